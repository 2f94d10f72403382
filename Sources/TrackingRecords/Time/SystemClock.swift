internal import CTrackingRuntime
import Glibc

/// A clock of the operating system, other than the monotonic one.
package enum SystemClock: Sendable {
    /// The wall time since 1970, which can be set.
    case wall
    /// The time since the boot, which cannot be set and counts suspended time.
    case boot
    /// The processor time of the calling thread.
    case thread

    /// The time in nanoseconds.
    package var nanoseconds: Int64 {
        let time = read()
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// The time in seconds.
    package var seconds: Double {
        let time = read()
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private func read() -> timespec {
        var time = timespec()
        switch self {
        case .wall: clock_gettime(CLOCK_REALTIME, &time)
        case .boot: clock_gettime(CLOCK_BOOTTIME, &time)
        case .thread: clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        }
        return time
    }
}

/// A function that reads the monotonic clock in nanoseconds; tests replace it.
package typealias MonotonicClock = @Sendable () -> UInt64

/// Returns the nanoseconds of the monotonic clock, which cannot be set; for intervals within this process.
@Sendable
package func monotonicNanoseconds() -> UInt64 { ct_monotonic_nanoseconds() }

/// Returns the processor time of the calling thread, in nanoseconds.
package func threadNanoseconds() -> UInt64 { UInt64(SystemClock.thread.nanoseconds) }
