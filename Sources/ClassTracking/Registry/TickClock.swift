import CTrackingRuntime
import TrackingRecords

/// Converts the processor's ticks into seconds since the tracker began.
///
/// Births and deaths are stored in ticks, because reading a clock would take as long as the rest of an allocation.
final class TickClock: Sendable {
    private struct Rate {
        var secondsPerTick: Double
        var measured: Double
    }

    private let clock: StreamClock
    private let startTicks: UInt64
    private let startSeconds: Double
    private let rate: OrderedMutex<Rate>
    /// The seconds after which the rate is exact enough: the error of a clock reading is a billionth of it.
    private static let settled = 100.0

    init(_ clock: StreamClock) {
        self.clock = clock
        // Determines how to read the processor's counter before the first reading.
        _ = ct_ticks_are_steady()
        startTicks = ct_ticks()
        startSeconds = clock.now().timestamp
        rate = OrderedMutex(.tickClock, Rate(secondsPerTick: 0, measured: 0))
    }

    func seconds(at ticks: UInt64) -> Double {
        let rate = rate.withLock { rate in
            if rate.measured < Self.settled {
                let elapsed = clock.now().timestamp - startSeconds
                // Only if the rate becomes more exact, so that each object has one time of birth.
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
