import Dispatch
import Synchronization
import TrackingSinks

/// Takes the snapshots of a run, beside its samples.
///
/// On a queue of its own: a walk through a large heap takes longer than an interval, and samples must go on, because
/// spikes are found by them.
final class SnapshotSchedule: Sendable {
    private struct State {
        var isBusy = false
        var isStopped = false
        /// Nanoseconds on the monotonic clock before which no snapshot begins.
        var notBefore: UInt64 = 0
    }

    /// A snapshot is followed by a pause of so many times its own duration: it never takes more than a fifth of a processor.
    private static let pause: UInt64 = 4

    private let queue = DispatchQueue(label: "class-tracker.snapshots", qos: .utility)
    private let state = Mutex(State())
    private let take: @Sendable (TrackedSide.Occasion) -> Void

    init(take: @escaping @Sendable (TrackedSide.Occasion) -> Void) { self.take = take }

    /// Begins a snapshot, unless one is being taken or took long.
    func tick() { begin(.timer) }

    /// Begins a snapshot, unless one is being taken: there is something to see.
    func takeNow() { begin(.spike) }

    private func begin(_ occasion: TrackedSide.Occasion) {
        let begins = state.withLock { state in
            guard !state.isBusy, !state.isStopped, occasion == .spike || monotonicNanoseconds() >= state.notBefore
            else {
                return false
            }
            state.isBusy = true
            return true
        }
        guard begins else { return }
        queue.async { @Sendable in
            let start = monotonicNanoseconds()
            self.take(occasion)
            let end = monotonicNanoseconds()
            self.state.withLock {
                $0.isBusy = false
                $0.notBefore = end + Self.pause * (end - start)
            }
        }
    }

    /// Takes no more snapshots, and returns when the one in flight is done.
    func stop() {
        abandon()
        queue.sync {}
    }

    func abandon() { state.withLock { $0.isStopped = true } }
}
