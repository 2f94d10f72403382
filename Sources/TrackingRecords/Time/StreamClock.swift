/// The two times of a record, neither of which goes back within a stream.
///
/// Times since the start are from `CLOCK_BOOTTIME`, which counts suspended time and cannot be set. Wall times are the
/// start plus that, so that a system clock that is set back does not put later records before earlier ones; a clock
/// that is set forward is followed.
package final class StreamClock: Sendable {
    /// One reading.
    package struct Moment: Sendable, Equatable {
        /// The seconds since the clock was created.
        package var timestamp: Double
        /// The seconds since 1970.
        package var wallTime: Double
        /// The seconds by which the system clock is behind `wallTime`, if that is more than slewing explains.
        package var clockBehind: Double?
    }

    /// The nanoseconds of the boot clock and of the system clock.
    package struct Reading: Sendable {
        package var boot: Int64
        package var real: Int64

        package init(boot: Int64, real: Int64) {
            self.boot = boot
            self.real = real
        }

        /// Reads both clocks.
        package static func now() -> Reading {
            Reading(boot: SystemClock.boot.nanoseconds, real: SystemClock.wall.nanoseconds)
        }
    }

    private struct State {
        var start: Int64
        var anchor: Int64
        var latest: Int64
    }

    /// A smaller difference results from slewing, which the boot clock follows too.
    private static let step: Int64 = 500_000_000

    /// The time at which the clock was created, in seconds since 1970 by the system clock.
    ///
    /// It distinguishes one run from another, and stays the same if the system clock is set later.
    package let startTime: Double

    private let state: OrderedMutex<State>
    private let read: @Sendable () -> Reading

    package init(read: @escaping @Sendable () -> Reading = { Reading.now() }) {
        self.read = read
        let first = read()
        startTime = Double(first.real / 1000) / 1e6
        state = OrderedMutex(.streamClock, State(start: first.boot, anchor: first.real, latest: first.boot))
    }

    package func now() -> Moment {
        state.withLock { state in
            let reading = read()
            state.latest = max(state.latest, reading.boot)
            let elapsed = state.latest - state.start
            let ahead = reading.real - (state.anchor + elapsed)
            if ahead > Self.step { state.anchor += ahead }
            return Moment(
                timestamp: Double(elapsed) / 1e9,
                wallTime: Double((state.anchor + elapsed) / 1000) / 1e6,
                clockBehind: ahead < -Self.step ? Double(-ahead) / 1e9 : nil
            )
        }
    }
}
