import TrackingRecords
import TrackingSinks

/// Takes the snapshots of a run, in parallel to its samples.
///
/// On a thread of its own: a walk through a large heap takes longer than an interval, and samples must continue,
/// because they find spikes.
final class SnapshotSchedule: Sendable {
    private struct State {
        /// True from the moment when a snapshot is requested until it is taken.
        var isBusy = false
        var occasion = SnapshotOccasion.timer
        /// Indicates whether it is a snapshot at a spike's height, which has an account of its own.
        var isReserved = false
        var isStopped = false
        /// The monotonic time before which no snapshot begins, in nanoseconds.
        var notBefore: UInt64 = 0
    }

    /// The pause after a snapshot, as a multiple of its own duration, whatever the budget: snapshots never take more
    /// than a fifth of a processor.
    private static let pause: UInt64 = 4

    private let worker = WorkerThread()
    private let state = OrderedMutex(.snapshotSchedule, State())
    private let take: @Sendable (SnapshotOccasion, _ skipped: Int) -> Void
    private let budget: OverheadBudget

    /// Creates a schedule.
    ///
    /// - Parameters:
    ///   - budget: The budget of snapshots.
    ///   - take: Takes a snapshot; receives the number of those skipped before it.
    init(_ budget: OverheadBudget, take: @escaping @Sendable (SnapshotOccasion, _ skipped: Int) -> Void) {
        self.budget = budget
        self.take = take
    }

    /// Starts the thread; returns 0, or the error for which it could not be created.
    func start() -> Int32 {
        worker.start("tracker-walk") { [self] in
            if state.withLock({ $0.isBusy }) { takeWanted() }
            return WorkerThread.whenWoken
        }
    }

    /// Begins a snapshot, unless one is being taken, took long, or the budget is used up.
    func tick() {
        if !budget.allowsSnapshot() || !begin(.timer) { budget.noteSkippedSnapshot() }
    }

    /// Begins a snapshot of a spike that rises, unless one is being taken or the budget is used up.
    func takeNow() { if budget.allowsSnapshot() { _ = begin(.spike) } }

    /// Begins a snapshot at the height of a spike.
    ///
    /// - Parameter overdraws: Whether it is taken although the account is overdrawn by the previous one.
    /// - Returns: `false` if it may not be taken, or another one is being taken.
    func takeHeight(overdraws: Bool) -> Bool {
        (overdraws || budget.allowsHeight()) && begin(.spike, isReserved: true)
    }

    private func begin(_ occasion: SnapshotOccasion, isReserved: Bool = false) -> Bool {
        let begins = state.withLock { state in
            guard !state.isBusy, !state.isStopped, occasion == .spike || monotonicNanoseconds() >= state.notBefore
            else {
                return false
            }
            state.isBusy = true
            state.occasion = occasion
            state.isReserved = isReserved
            return true
        }
        if begins { worker.wake() }
        return begins
    }

    private func takeWanted() {
        let (start, used) = (monotonicNanoseconds(), threadNanoseconds())
        let (occasion, isReserved) = state.withLock { ($0.occasion, $0.isReserved) }
        take(occasion, budget.takeSkippedSnapshots())
        let end = monotonicNanoseconds()
        let time = threadNanoseconds() - used
        if isReserved { budget.chargeHeight(time, now: end) } else { budget.chargeSnapshot(time, now: end) }
        state.withLock {
            $0.isBusy = false
            $0.notBefore = end + Self.pause * (end - start)
        }
        worker.bell.ring()
    }

    /// Indicates whether a snapshot is being taken.
    var isBusy: Bool { state.withLock { $0.isBusy } }

    /// Takes one more snapshot, and then no more.
    ///
    /// - Parameters:
    ///   - deadline: The monotonic time at which the wait for the snapshot in progress and for the last one ends.
    ///   - duration: The expected duration of the last one, in nanoseconds; if that is too long, it is not begun.
    /// - Returns: Whether all was done in time.
    func finish(until deadline: UInt64, duration: UInt64) -> Bool {
        state.withLock { $0.isStopped = true }
        defer { worker.abandon() }
        guard worker.bell.wait(until: deadline, for: { !isBusy }) else { return false }
        let now = monotonicNanoseconds()
        guard now < deadline, deadline - now > duration else { return false }
        state.withLock {
            $0.isBusy = true
            $0.occasion = .timer
        }
        worker.wake()
        return worker.bell.wait(until: deadline) { !isBusy }
    }

    func abandon() {
        state.withLock { $0.isStopped = true }
        worker.abandon()
    }
}
