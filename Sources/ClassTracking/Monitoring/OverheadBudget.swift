import TrackingRecords
import TrackingSinks

/// Holds the tracker to a share of one processor.
///
/// What samples, snapshots and the sinks' thread take is charged to an account that time pays into, at the share's
/// rate.
/// While it is overdrawn no periodic snapshot is begun: sizing objects is what costs, and is needed least often.
/// Samples
/// find spikes, so that they have an account of their own, and are left out only where they alone take more than the
/// share.
/// So has the look at the height of a spike: while memory climbs, snapshots use up what there is, and what memory went
/// up for
/// is seen at the top. The few such looks of a spike may overdraw their account, and the next spike has none before
/// that is
/// paid back.
///
/// What the host's own threads take to record births and deaths is not in it: nothing that is left out here would make
/// that
/// less.
final class OverheadBudget: Sendable {
    private struct State {
        var all: OverheadAccount
        var samples: OverheadAccount
        var heights: OverheadAccount
        /// Processor time of the sinks' thread that has been charged, in nanoseconds.
        var sinks: UInt64 = 0
        /// Snapshots left out since the one before.
        var skippedSnapshots = 0
        var snapshots = Thinning("snapshots of the tracked objects")
        var sampling = Thinning("samples")
        var notice: String?
    }

    /// The share of one processor; `nil` where there is no bound.
    private let share: Double?
    private let state: OrderedMutex<State>

    /// Makes a budget from which as much as ten seconds pay in can be taken at once.
    init(share: Double?, now: UInt64 = monotonicNanoseconds()) {
        self.share = share
        let account = OverheadAccount(share: share ?? 1, now: now)
        state = OrderedMutex(.overheadBudget, State(all: account, samples: account, heights: account))
    }

    /// Whether a sample may be taken.
    func allowsSample(now: UInt64 = monotonicNanoseconds()) -> Bool {
        guard let share else { return true }
        return state.withLock { state in
            if state.samples.isCovered(at: now) { return true }
            state.notice = state.sampling.notice(share: share) ?? state.notice
            return false
        }
    }

    /// Charges a sample, and what the sinks' thread has taken since the one before.
    ///
    /// - Parameters:
    ///   - time: What the sample took, in nanoseconds of processor time.
    ///   - sinks: What the sinks' thread has taken since it began.
    ///   - now: When that is.
    func chargeSample(_ time: UInt64, sinks: UInt64, now: UInt64 = monotonicNanoseconds()) {
        state.withLock { state in
            state.sampling.latest = time
            state.samples.charge(time, at: now)
            state.all.charge(time + (sinks >= state.sinks ? sinks - state.sinks : 0), at: now)
            state.sinks = sinks
        }
    }

    /// Whether a periodic snapshot may be begun.
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

    /// Whether the height of a spike may be looked at.
    func allowsHeight(now: UInt64 = monotonicNanoseconds()) -> Bool {
        guard share != nil else { return true }
        return state.withLock { $0.heights.isCovered(at: now) }
    }

    /// Charges the look at the height of a spike, which is a snapshot too.
    func chargeHeight(_ time: UInt64, now: UInt64 = monotonicNanoseconds()) {
        chargeSnapshot(time, now: now)
        state.withLock { $0.heights.charge(time, at: now) }
    }

    /// Counts a periodic snapshot that was not taken, for whatever reason.
    func noteSkippedSnapshot() { state.withLock { $0.skippedSnapshots += 1 } }

    /// How many were not taken since the last call.
    func takeSkippedSnapshots() -> Int { state.withLock { exchange(&$0.skippedSnapshots, with: 0) } }

    /// Returns a notice about samples or snapshots that are left out; `nil` where there is nothing new.
    func takeNotice() -> String? { state.withLock { exchange(&$0.notice, with: nil) } }
}

/// Processor time that is there to be taken, in nanoseconds.
struct OverheadAccount {
    /// So much time is paid in for at most, in nanoseconds.
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

/// The notices about left-out work: one at first, and one each time that it becomes twice as rare.
private struct Thinning {
    let what: String
    /// Processor time that the last one took, in nanoseconds.
    var latest: UInt64 = 0
    private var told: UInt64 = 0

    init(_ what: String) { self.what = what }

    mutating func notice(share: Double) -> String? {
        guard latest > 0, latest >= 2 * told else { return nil }
        told = latest
        let milliseconds = (Double(latest) / 1e5).rounded() / 10
        let percent = (share * 1e4).rounded() / 100
        return "\(what) take \(milliseconds) ms of processor time each: some are left out, so that the tracker "
            + "stays within \(percent) % of a processor (overhead-budget)"
    }
}
