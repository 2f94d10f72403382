import Synchronization

/// A clock that goes on when a test says so, and by a microsecond with each look at it.
package final class ManualClock: Sendable {
    private let nanoseconds = Atomic<UInt64>(1_000_000_000)

    package init() {}

    /// The time now, in nanoseconds.
    @Sendable
    package func now() -> UInt64 { nanoseconds.add(1000, ordering: .relaxed).newValue }

    package func advance(milliseconds: UInt64) { nanoseconds.add(milliseconds * 1_000_000, ordering: .relaxed) }
}
