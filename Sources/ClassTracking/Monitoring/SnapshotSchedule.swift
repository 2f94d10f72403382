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
        var occasion = TrackedSide.Occasion.timer
        var isStopped = false
        /// Nanoseconds on the monotonic clock before which no snapshot begins.
        var notBefore: UInt64 = 0
    }

    /// A snapshot is followed by a pause of so many times its own duration, whatever the budget: it never takes more than a
    /// fifth of a processor.
    private static let pause: UInt64 = 4

    private let worker = WorkerThread()
    private let state = Mutex(State())
    private let take: @Sendable (TrackedSide.Occasion, _ skipped: Int) -> Void
    private let budget: OverheadBudget

    /// Makes a schedule.
    ///
    /// - Parameters:
    ///   - budget: What snapshots may cost.
    ///   - take: Takes one, and is told how many were left out before it.
    init(_ budget: OverheadBudget, take: @escaping @Sendable (TrackedSide.Occasion, _ skipped: Int) -> Void) {
        self.budget = budget
        self.take = take
    }

    /// Starts the thread; returns 0, or the error for which there is none.
    func start() -> Int32 {
        worker.start("tracker-walk") { [self] in
            if state.withLock({ $0.isBusy }) { takeWanted() }
            return WorkerThread.whenWoken
        }
    }

    /// Begins a snapshot, unless one is being taken, took long, or costs more than it may.
    func tick() {
        if !budget.allowsSnapshot() || !begin(.timer) { budget.noteSkippedSnapshot() }
    }

    /// Begins a snapshot, unless one is being taken: there is something to see.
    func takeNow() { _ = begin(.spike) }

    private func begin(_ occasion: TrackedSide.Occasion) -> Bool {
        let begins = state.withLock { state in
            guard !state.isBusy, !state.isStopped, occasion == .spike || monotonicNanoseconds() >= state.notBefore
            else {
                return false
            }
            state.isBusy = true
            state.occasion = occasion
            return true
        }
        if begins { worker.wake() }
        return begins
    }

    private func takeWanted() {
        let (start, used) = (monotonicNanoseconds(), threadNanoseconds())
        take(state.withLock { $0.occasion }, budget.takeSkippedSnapshots())
        let end = monotonicNanoseconds()
        budget.chargeSnapshot(threadNanoseconds() - used, now: end)
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
