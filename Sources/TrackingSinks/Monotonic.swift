internal import CTrackingRuntime
import Glibc

/// Reads a clock that cannot be set, in nanoseconds; tests have clocks of their own.
package typealias MonotonicClock = @Sendable () -> UInt64

/// Nanoseconds on a clock that cannot be set: for intervals inside of a sink.
@Sendable
package func monotonicNanoseconds() -> UInt64 { ct_monotonic_nanoseconds() }

/// Processor time that the calling thread has used, in nanoseconds.
package func threadNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

extension Duration {
    /// The duration in whole nanoseconds, as large as fits and never negative.
    package var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < 1 << 32 else { return .max / 4 }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    /// The duration in seconds.
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
