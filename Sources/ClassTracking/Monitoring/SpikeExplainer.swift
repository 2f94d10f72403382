import CTrackingRuntime
import ProcessSampling
import Synchronization
import TrackingRecords
import TrackingSinks

/// Explains spikes by the tracked objects.
///
/// The counts at the moment with which a spike is compared show how many objects were created and have died since.
/// Their bytes are known only while they exist. So the resident set is read more often than it is sampled, which takes
/// a microsecond. A snapshot is taken when the resident set is above the threshold of a spike, and another one when it
/// stops rising.
final class SpikeExplainer: Sendable {
    /// A sample with the detector's decision.
    struct Moment {
        /// The time at which it was taken, in seconds since the tracker began.
        var timestamp: Double
        var decision: SpikeDecision
        /// Indicates whether a spike would be compared with it.
        var isNormal: Bool
        /// The seconds between two samples.
        var interval: Double

        init(_ timestamp: Double, _ decision: SpikeDecision, isNormal: Bool, interval: Double) {
            self.timestamp = timestamp
            self.decision = decision
            self.isNormal = isNormal
            self.interval = interval
        }
    }

    /// The counts at the last sample at the usual level.
    private struct Reference {
        var registry: ObjectRegistry
        var counts: [ct_count]
        var timestamp: Double
    }

    private struct State {
        var reference: Reference?
        var interval = 1.0
        /// The nanoseconds between two checks; `nil` while there are none.
        var pace: UInt64?
        /// The monotonic time of the next check.
        var nextLook = WorkerThread.whenWoken
        /// The resident set at the last check that requested a snapshot.
        var seen = 0
        /// The number of checks since then at which it was no higher.
        var steady = 0
        /// Indicates whether a snapshot was taken at that height.
        var hasHeight = false
        var heights = HeightLooks()
        /// The processor time of snapshots of spikes on the sampling thread, in nanoseconds.
        var snapshotTime: UInt64 = 0
    }

    /// The longest time between two checks, in seconds.
    private static let pace = 0.05
    private static let looksAnInterval = 4.0
    /// The number of checks without a rise after which memory has reached its height for now.
    private static let looksAtHeight = 4
    /// The number of checks without a rise after which it is no pause in a climb.
    private static let looksAtLongHeight = 20
    /// The longest expected snapshot that a record of a spike waits for, in seconds.
    private static let longestWait = 0.05
    /// The number of classes named in a spike.
    private static let namedClasses = 8
    /// The number of classes named in a new level.
    private static let namedInLevel = 4

    private weak let source: (any SnapshotSource)?
    private let schedule: SnapshotSchedule
    private let budget: OverheadBudget
    private let state = OrderedMutex(.spikeExplainer, State())
    /// The resident set above which a snapshot is useful, in bytes.
    private let level = Atomic<Int>(.max)

    init(_ source: any SnapshotSource, _ schedule: SnapshotSchedule, _ budget: OverheadBudget) {
        self.source = source
        self.schedule = schedule
        self.budget = budget
    }

    // MARK: At each sample

    /// Processes the detector's decision on a sample, and explains a spike.
    ///
    /// Allocates nothing while no object is tracked.
    func follow(_ moment: Moment, _ spike: inout Spike?) {
        guard let registry = source?.registry else {
            state.withLock { $0.reference = nil }
            setPace(nil)
            return
        }
        if var explained = spike {
            explain(&explained)
            spike = explained
        }
        let isKnown = state.withLock { state in
            state.interval = moment.interval
            return state.reference?.registry === registry
        }
        if moment.isNormal || !isKnown {
            let counts = registry.counts(of: registry.kinds.count)
            let reference = Reference(registry: registry, counts: counts, timestamp: moment.timestamp)
            state.withLock { $0.reference = reference }
        }
        switch moment.decision.verdict {
        case .began, .ongoing: break
        default:
            state.withLock { state in
                state.seen = 0
                state.steady = 0
                state.hasHeight = false
                state.heights = HeightLooks()
            }
        }
        if let baseline = moment.decision.baseline, let threshold = moment.decision.threshold {
            level.store(baseline + threshold, ordering: .relaxed)
        }
        setPace(UInt64(min(Self.pace, moment.interval / Self.looksAnInterval) * 1e9))
    }

    /// Returns the processor time of snapshots on the sampling thread since the last call, in nanoseconds; the budget
    /// is already charged with it.
    func takeSnapshotTime() -> UInt64 { state.withLock { exchange(&$0.snapshotTime, with: 0) } }

    private func setPace(_ pace: UInt64?) {
        state.withLock { state in
            guard state.pace != pace else { return }
            state.pace = pace
            state.nextLook = pace.map { monotonicNanoseconds() + $0 } ?? WorkerThread.whenWoken
        }
    }

    // MARK: Between samples

    /// Checks the resident set, if a check is due.
    ///
    /// - Parameter now: The monotonic time, in nanoseconds.
    /// - Returns: The monotonic time of the next check.
    func checkResidentSet(at now: UInt64) -> UInt64 {
        let (isDue, next) = state.withLock { state in
            let isDue = now >= state.nextLook
            // A missed check is not made up for.
            if isDue, let pace = state.pace { state.nextLook = now + pace }
            return (isDue, state.nextLook)
        }
        if isDue { checkResidentSet() }
        return next
    }

    private func checkResidentSet() {
        guard let resident = ResidentSet.current(), resident > level.load(ordering: .relaxed) else { return }
        let (isHigher, overdraws) = state.withLock { state -> (Bool, Bool?) in
            // Again while it rises, because the snapshot at the height counts.
            guard resident > state.seen + state.seen / 16 else {
                state.steady += 1
                guard state.steady >= Self.looksAtHeight, !state.hasHeight else { return (false, nil) }
                let isLong = state.steady >= Self.looksAtLongHeight
                return (false, state.heights.mayOverdraw(at: resident, isLong: isLong, budget))
            }
            state.seen = resident
            state.steady = 0
            state.hasHeight = false
            return (true, nil)
        }
        if isHigher { schedule.takeNow() }
        guard let overdraws, schedule.takeHeight(overdraws: overdraws) else { return }
        state.withLock { state in
            state.hasHeight = true
            state.heights.add(resident, isLong: state.steady >= Self.looksAtLongHeight)
        }
    }

    // MARK: Explanation of a spike

    /// Adds the classes that grew to a spike.
    ///
    /// - Parameters:
    ///   - spike: The spike.
    ///   - mayLook: Whether a snapshot may be taken for it.
    func explain(_ spike: inout Spike, mayLook: Bool = true) {
        let (reference, interval) = state.withLock { ($0.reference, $0.interval) }
        guard let reference, let registry = source?.registry, reference.registry === registry else { return }
        let isUp = isUp(spike)
        var looks = looks(of: registry)
        if mayLook, isUp, !Self.isSeen(spike, in: looks), takeSnapshot(after: looks) {
            looks = self.looks(of: registry)
        }
        // Of two snapshots at the same distance, the earlier one: it does not include objects created after the moment.
        let near = looks.min {
            abs($0.snapshot.timestamp - reference.timestamp) < abs($1.snapshot.timestamp - reference.timestamp)
        }
        let counts = registry.counts(of: registry.kinds.count)
        let kinds = KindTable(registry)
        let seen = Self.height(of: spike, in: looks)
        func growth(_ height: SpikeGrowth.Height) -> SpikeGrowth {
            SpikeGrowth(
                since: reference.counts,
                at: reference.timestamp,
                near: near,
                height: height,
                kinds,
                sizes: seen?.snapshot.classes ?? [:],
                tolerance: max(0.05, interval / 2)
            )
        }
        if let seen, let resident = seen.snapshot.processMemory.residentSet, resident > spike.peak {
            spike.peak = resident
            spike.peakTime = max(spike.peakTime, min(seen.snapshot.timestamp, spike.timestamp))
        }
        if let seen {
            let (time, resident) = (seen.snapshot.timestamp, seen.snapshot.processMemory.residentSet)
            let growth = growth(.seen(seen))
            // Includes the rise during the walk, if memory was rising.
            if isUp, growth.bytes > spike.excess { spike.peak = max(spike.peak, ResidentSet.current() ?? 0) }
            growth.explain(&spike, naming: Self.namedClasses, at: time, resident: resident)
        } else {
            growth(isUp ? .counted(counts) : .missed(counts))
                .explain(&spike, naming: Self.namedClasses, at: spike.timestamp, resident: nil)
        }
        guard spike.outcome == .newLevel || spike.outcome == .streamEnd else { return }
        // The current bytes, as the next snapshots will measure them.
        let isFresh = looks.last.map { $0.snapshot.timestamp >= spike.timestamp - 2 * interval } ?? false
        if mayLook, !isFresh, takeSnapshot(after: looks) { looks = self.looks(of: registry) }
        let latest = looks.last.flatMap { $0.snapshot.timestamp >= spike.timestamp - 2 * interval ? $0 : nil }
        growth(latest.map { .seen($0) } ?? .counted(counts)).explainLevel(&spike, naming: Self.namedInLevel)
    }

    private func looks(of registry: ObjectRegistry) -> [CountedSnapshot] {
        (source?.countedSnapshots ?? []).filter { $0.registry == ObjectIdentifier(registry) }
    }

    /// Indicates whether memory is still high, so that a snapshot shows the spike.
    private func isUp(_ spike: Spike) -> Bool { ResidentSet.current() ?? 0 > spike.baseline + spike.excess / 2 }

    /// Indicates whether a snapshot shows the cause of a spike.
    ///
    /// The snapshot of the reference sample shows only the state before it.
    static func isSeen(_ spike: Spike, in looks: [CountedSnapshot]) -> Bool {
        let level = spike.baseline + spike.excess / 4 * 3
        return looks.contains {
            $0.snapshot.timestamp >= spike.begin && $0.snapshot.processMemory.residentSet ?? 0 > level
        }
    }

    /// Returns the snapshot at the height of a spike: of those taken while memory was high, the one with the most
    /// tracked bytes.
    static func height(of spike: Spike, in looks: [CountedSnapshot]) -> CountedSnapshot? {
        let level = spike.baseline + spike.excess / 4
        return
            looks.filter {
                $0.snapshot.timestamp > spike.begin && $0.snapshot.processMemory.residentSet ?? 0 > level
            }
            .max { $0.snapshot.trackedTotal < $1.snapshot.trackedTotal }
    }

    /// Takes a snapshot on this thread, unless that takes long or the budget is used up.
    private func takeSnapshot(after looks: [CountedSnapshot]) -> Bool {
        guard looks.last?.snapshot.duration ?? 0 <= Self.longestWait, budget.allowsSnapshot() else { return false }
        let start = threadNanoseconds()
        source?.takeSnapshot(.spike, skipped: 0)
        let time = threadNanoseconds() - start
        budget.chargeSnapshot(time)
        state.withLock { $0.snapshotTime += time }
        return true
    }
}

/// The snapshots at the height of one spike that its budget has not paid for.
///
/// A climb has pauses, so a snapshot that was taken too early must not be the last one: if memory is higher by a
/// quarter, or has not risen for a second, another one may overdraw the account. They are few, and no later spike has
/// one before the account is balanced.
struct HeightLooks {
    /// Indicates whether the account was balanced at the first snapshot of the spike; `nil` before.
    private var isEntitled: Bool?
    private var highest = 0
    private var hasLong = false

    /// Indicates whether a snapshot may overdraw the account.
    mutating func mayOverdraw(at resident: Int, isLong: Bool, _ budget: OverheadBudget) -> Bool {
        if isEntitled == nil { isEntitled = budget.allowsHeight() }
        guard isEntitled == true else { return false }
        return resident - highest > highest / 4 || (isLong && !hasLong)
    }

    /// Records a snapshot.
    mutating func add(_ resident: Int, isLong: Bool) {
        highest = max(highest, resident)
        if isLong { hasLong = true }
    }
}
