import Synchronization
import TrackingSinks

/// Takes the snapshots of a run, beside its samples.
///
/// On a thread of its own: a walk through a large heap takes longer than an interval, and samples must go on, because
/// spikes are found by them.
final class SnapshotSchedule: Sendable {
    private struct State {
        /// From the moment when one is wanted until it is taken.
        var isBusy = false
        var isStopped = false
        /// Nanoseconds on the monotonic clock before which no snapshot begins.
        var notBefore: UInt64 = 0
    }

    /// A snapshot is followed by a pause of so many times its own duration: it never takes more than a fifth of a processor.
    private static let pause: UInt64 = 4

    private let worker = WorkerThread()
    private let state = Mutex(State())
    private let take: @Sendable () -> Void

    init(take: @escaping @Sendable () -> Void) { self.take = take }

    /// Starts the thread; returns 0, or the error for which there is none.
    func start() -> Int32 {
        worker.start("tracker-walk") { [self] in
            if state.withLock({ $0.isBusy }) { takeWanted() }
            return WorkerThread.whenWoken
        }
    }

    /// Begins a snapshot, unless one is being taken or took long.
    func tick() { begin(isDue: false) }

    /// Begins a snapshot, unless one is being taken: there is something to see.
    func takeNow() { begin(isDue: true) }

    private func begin(isDue: Bool) {
        let begins = state.withLock { state in
            guard !state.isBusy, !state.isStopped, isDue || monotonicNanoseconds() >= state.notBefore else {
                return false
            }
            state.isBusy = true
            return true
        }
        if begins { worker.wake() }
    }

    private func takeWanted() {
        let start = monotonicNanoseconds()
        take()
        let end = monotonicNanoseconds()
        state.withLock {
            $0.isBusy = false
            $0.notBefore = end + Self.pause * (end - start)
        }
    }

    /// Takes no more snapshots, and returns when the one in flight is done.
    func stop() {
        state.withLock { $0.isStopped = true }
        worker.end()
    }

    func abandon() {
        state.withLock { $0.isStopped = true }
        worker.abandon()
    }
}
