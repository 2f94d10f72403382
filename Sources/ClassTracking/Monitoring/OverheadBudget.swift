import TrackingRecords
import TrackingSinks

/// Limits the tracker to a share of one processor.
///
/// The processor time of samples, snapshots and the sinks' thread is charged to an account, which grows with time at
/// the share's rate. While it is overdrawn no periodic snapshot is begun, because snapshots are the most expensive and
/// least frequent work. Samples find spikes, so they have an account of their own, and are skipped only if they alone
/// exceed the share. Snapshots at the height of a spike have an account of their own too: while memory climbs, earlier
/// snapshots use up the main account, and the cause of the climb is visible at the top. The few such snapshots of a
/// spike may overdraw their account, and the next spike has none until it is balanced.
///
/// The time in which the host's threads record births and deaths is not included: skipping work here would not reduce
/// it.
final class OverheadBudget: Sendable {
    private struct State {
        var all: OverheadAccount
        var samples: OverheadAccount
        var heights: OverheadAccount
        /// The processor time of the sinks' thread that has been charged, in nanoseconds.
        var sinks: UInt64 = 0
        /// The number of snapshots skipped since the previous one.
        var skippedSnapshots = 0
        var snapshots = Thinning("snapshots of the tracked objects")
        var sampling = Thinning("samples")
        var notice: String?
    }

    /// The share of one processor; `nil` for no limit.
    private let share: Double?
    private let state: OrderedMutex<State>

    /// Creates a budget that saves up to ten seconds' worth of processor time.
    init(share: Double?, now: UInt64 = monotonicNanoseconds()) {
        self.share = share
        let account = OverheadAccount(share: share ?? 1, now: now)
        state = OrderedMutex(.overheadBudget, State(all: account, samples: account, heights: account))
    }

    /// Indicates whether a sample may be taken.
    func allowsSample(now: UInt64 = monotonicNanoseconds()) -> Bool {
        guard let share else { return true }
        return state.withLock { state in
            if state.samples.isCovered(at: now) { return true }
            state.notice = state.sampling.notice(share: share) ?? state.notice
            return false
        }
    }

    /// Charges a sample, and the time of the sinks' thread since the previous one.
    ///
    /// - Parameters:
    ///   - time: The processor time of the sample, in nanoseconds.
    ///   - sinks: The processor time of the sinks' thread since its start, in nanoseconds.
    ///   - now: The current monotonic time.
    func chargeSample(_ time: UInt64, sinks: UInt64, now: UInt64 = monotonicNanoseconds()) {
        state.withLock { state in
            state.sampling.latest = time
            state.samples.charge(time, at: now)
            state.all.charge(time + (sinks >= state.sinks ? sinks - state.sinks : 0), at: now)
            state.sinks = sinks
        }
    }

    /// Indicates whether a periodic snapshot may be begun.
    func allowsSnapshot(now: UInt64 = monotonicNanoseconds()) -> Bool {
        guard let share else { return true }
        return state.withLock { state in
            if state.all.isCovered(at: now) { return true }
            state.notice = state.snapshots.notice(share: share) ?? state.notice
            return false
        }
    }

    func chargeSnapshot(_ time: UInt64, now: UInt64 = monotonicNanoseconds()) {
        state.withLock { state in
            state.snapshots.latest = time
            state.all.charge(time, at: now)
        }
    }

    /// Indicates whether a snapshot may be taken at the height of a spike.
    func allowsHeight(now: UInt64 = monotonicNanoseconds()) -> Bool {
        guard share != nil else { return true }
        return state.withLock { $0.heights.isCovered(at: now) }
    }

    /// Charges a snapshot at the height of a spike, both as such and as a snapshot.
    func chargeHeight(_ time: UInt64, now: UInt64 = monotonicNanoseconds()) {
        chargeSnapshot(time, now: now)
        state.withLock { $0.heights.charge(time, at: now) }
    }

    /// Counts a periodic snapshot that was not taken, for any reason.
    func noteSkippedSnapshot() { state.withLock { $0.skippedSnapshots += 1 } }

    /// Returns the number of snapshots that were not taken since the last call.
    func takeSkippedSnapshots() -> Int { state.withLock { exchange(&$0.skippedSnapshots, with: 0) } }

    /// Returns a notice about skipped samples or snapshots; `nil` if nothing has changed.
    func takeNotice() -> String? { state.withLock { exchange(&$0.notice, with: nil) } }
}

/// The available processor time, in nanoseconds.
struct OverheadAccount {
    /// The longest time whose share is saved, in nanoseconds.
    private static let saved: UInt64 = 10_000_000_000

    private let share: Double
    private var balance: Double
    private var latest: UInt64

    init(share: Double, now: UInt64) {
        self.share = share
        balance = Double(Self.saved) * share
        latest = now
    }

    mutating func isCovered(at now: UInt64) -> Bool {
        payIn(until: now)
        return balance >= 0
    }

    mutating func charge(_ time: UInt64, at now: UInt64) {
        payIn(until: now)
        balance -= Double(time)
    }

    private mutating func payIn(until now: UInt64) {
        guard now > latest else { return }
        balance = min(balance + Double(now - latest) * share, Double(Self.saved) * share)
        latest = now
    }
}

/// The notices about skipped work: one at first, and one each time that it becomes twice as rare.
private struct Thinning {
    let what: String
    /// The processor time of the last one, in nanoseconds.
    var latest: UInt64 = 0
    private var reported: UInt64 = 0

    init(_ what: String) { self.what = what }

    mutating func notice(share: Double) -> String? {
        guard latest > 0, latest >= 2 * reported else { return nil }
        reported = latest
        let milliseconds = (Double(latest) / 1e5).rounded() / 10
        let percent = (share * 1e4).rounded() / 100
        return "\(what) take \(milliseconds) ms of processor time each: some are left out, so that the tracker "
            + "stays within \(percent) % of a processor (overhead-budget)"
    }
}
