import CTrackingRuntime
import TrackingRecords

/// Turns the processor's ticks into seconds since the tracker began.
///
/// Births and deaths are stamped with ticks, because reading a clock would cost as much as the rest of an allocation.
final class TickClock: Sendable {
    private struct Rate {
        var secondsPerTick: Double
        var measured: Double
    }

    private let clock: StreamClock
    private let startTicks: UInt64
    private let startSeconds: Double
    private let rate: OrderedMutex<Rate>
    /// Seconds after which the rate is as exact as it has to be: a clock reading's error is a billionth of it.
    private static let settled = 100.0

    init(_ clock: StreamClock) {
        self.clock = clock
        // Both ways to read the processor's counter have to be known before the first reading.
        _ = ct_ticks_are_steady()
        startTicks = ct_ticks()
        startSeconds = clock.now().timestamp
        rate = OrderedMutex(.tickClock, Rate(secondsPerTick: 0, measured: 0))
    }

    func seconds(at ticks: UInt64) -> Double {
        let rate = rate.withLock { rate in
            if rate.measured < Self.settled {
                let elapsed = clock.now().timestamp - startSeconds
                // Only when there is more to be known: one object has one time of birth.
                if elapsed > 2 * rate.measured {
                    let passed = ct_ticks() &- startTicks
                    rate = Rate(secondsPerTick: elapsed / Double(max(1, passed)), measured: elapsed)
                }
            }
            return rate.secondsPerTick
        }
        return startSeconds + Double(Int64(bitPattern: ticks &- startTicks)) * rate
    }
}
