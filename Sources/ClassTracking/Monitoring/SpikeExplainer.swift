import CTrackingRuntime
import ProcessSampling
import Synchronization
import TrackingRecords
import TrackingSinks

/// Explains spikes by the tracked objects.
///
/// The counts at the moment that a spike is compared with tell how many objects were created and have died since. The bytes of
/// these objects are known only while they hold them. So the resident set is read more often than it is sampled, which costs
/// a microsecond. A snapshot is taken when the resident set is above the threshold of a spike, and another one when it rises
/// no more.
final class SpikeExplainer: Sendable {
    /// A sample with the detector's decision.
    struct Moment {
        /// When it was taken, in seconds since the tracker began.
        var timestamp: Double
        var decision: SpikeDecision
        /// Whether it is what a spike would be compared with.
        var isNormal: Bool
        /// Seconds between two samples.
        var interval: Double

        init(_ timestamp: Double, _ decision: SpikeDecision, isNormal: Bool, interval: Double) {
            self.timestamp = timestamp
            self.decision = decision
            self.isNormal = isNormal
            self.interval = interval
        }
    }

    /// The counts at the last sample that was normal.
    private struct Reference {
        var registry: ObjectRegistry
        var counts: [ct_count]
        var timestamp: Double
    }

    private struct State {
        var reference: Reference?
        var interval = 1.0
        /// Nanoseconds between two looks; `nil` while there are none.
        var pace: UInt64?
        /// When the next one is due, on the monotonic clock.
        var nextLook = WorkerThread.whenWoken
        /// The resident set at the last look since then that was worth a snapshot.
        var seen = 0
        /// Looks since then at which it was no higher.
        var steady = 0
        /// Whether that height was looked at.
        var hasHeight = false
        var heights = HeightLooks()
        /// Processor time that snapshots of spikes took on the sampling thread, in nanoseconds.
        var snapshotTime: UInt64 = 0
    }

    /// So often the resident set is read, and at least so many times an interval.
    private static let pace = 0.05
    private static let looksAnInterval = 4.0
    /// After so many looks at which it is no higher, memory has risen as far as it does for now.
    private static let looksAtHeight = 4
    /// After so many it is no pause in a climb.
    private static let looksAtLongHeight = 20
    /// A snapshot that takes longer is not waited for when a spike has to be told.
    private static let longestWait = 0.05
    /// A spike names so many classes.
    private static let namedClasses = 8
    /// A new level names so many.
    private static let namedInLevel = 4

    private weak let source: (any SnapshotSource)?
    private let schedule: SnapshotSchedule
    private let budget: OverheadBudget
    private let state = OrderedMutex(.spikeExplainer, State())
    /// The resident set from which on there is something to see, in bytes.
    private let level = Atomic<Int>(.max)

    init(_ source: any SnapshotSource, _ schedule: SnapshotSchedule, _ budget: OverheadBudget) {
        self.source = source
        self.schedule = schedule
        self.budget = budget
    }

    // MARK: At each sample

    /// Follows the detector's decision on a sample, and explains a spike.
    ///
    /// Allocates nothing while no object is tracked.
    func follow(_ moment: Moment, _ spike: inout Spike?) {
        guard let registry = source?.registry else {
            state.withLock { $0.reference = nil }
            setPace(nil)
            return
        }
        if var told = spike {
            explain(&told)
            spike = told
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

    /// Returns the processor time that snapshots took on the sampling thread since the last call, in nanoseconds; the budget
    /// is charged with it already.
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
    /// - Parameter now: The time on the monotonic clock, in nanoseconds.
    /// - Returns: When the next check is due, on the same clock.
    func checkResidentSet(at now: UInt64) -> UInt64 {
        let (isDue, next) = state.withLock { state in
            let isDue = now >= state.nextLook
            // A check that is missed is not made up for.
            if isDue, let pace = state.pace { state.nextLook = now + pace }
            return (isDue, state.nextLook)
        }
        if isDue { checkResidentSet() }
        return next
    }

    private func checkResidentSet() {
        guard let resident = ResidentSet.current(), resident > level.load(ordering: .relaxed) else { return }
        let (isHigher, overdraws) = state.withLock { state -> (Bool, Bool?) in
            // Once more while it goes on rising: what counts is what was held at the height of it.
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

    // MARK: What a spike consists of

    /// Adds to a spike the classes that grew.
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
        // Of two that are as near, the one before: what came after the moment is not in it.
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
            // What came during the walk, where memory was rising.
            if isUp, growth.bytes > spike.excess { spike.peak = max(spike.peak, ResidentSet.current() ?? 0) }
            growth.explain(&spike, naming: Self.namedClasses, at: time, resident: resident)
        } else {
            growth(isUp ? .counted(counts) : .missed(counts))
                .explain(&spike, naming: Self.namedClasses, at: spike.timestamp, resident: nil)
        }
        guard spike.outcome == .newLevel || spike.outcome == .streamEnd else { return }
        // What is held now, as the next snapshots will find it.
        let isFresh = looks.last.map { $0.snapshot.timestamp >= spike.timestamp - 2 * interval } ?? false
        if mayLook, !isFresh, takeSnapshot(after: looks) { looks = self.looks(of: registry) }
        let latest = looks.last.flatMap { $0.snapshot.timestamp >= spike.timestamp - 2 * interval ? $0 : nil }
        growth(latest.map { .seen($0) } ?? .counted(counts)).explainLevel(&spike, naming: Self.namedInLevel)
    }

    private func looks(of registry: ObjectRegistry) -> [CountedSnapshot] {
        (source?.countedSnapshots ?? []).filter { $0.registry == ObjectIdentifier(registry) }
    }

    /// Whether memory is still up, so that there is something to be seen of a spike.
    private func isUp(_ spike: Spike) -> Bool { ResidentSet.current() ?? 0 > spike.baseline + spike.excess / 2 }

    /// Whether a snapshot shows what memory went up for.
    ///
    /// The one of the last normal sample is of the same time as the beginning, and shows nothing.
    static func isSeen(_ spike: Spike, in looks: [CountedSnapshot]) -> Bool {
        let level = spike.baseline + spike.excess / 4 * 3
        return looks.contains {
            $0.snapshot.timestamp >= spike.begin && $0.snapshot.processMemory.residentSet ?? 0 > level
        }
    }

    /// The snapshot of the height of a spike, as far as anybody looked: the one with the most tracked bytes of those in
    /// which memory was up.
    static func height(of spike: Spike, in looks: [CountedSnapshot]) -> CountedSnapshot? {
        let level = spike.baseline + spike.excess / 4
        return
            looks.filter {
                $0.snapshot.timestamp > spike.begin && $0.snapshot.processMemory.residentSet ?? 0 > level
            }
            .max { $0.snapshot.trackedTotal < $1.snapshot.trackedTotal }
    }

    /// Takes a snapshot on this thread, unless that takes long or costs more than it may.
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

/// The looks at the height of one spike that its budget has not paid for.
///
/// A climb has pauses. So a look that was taken too early must not be the last one: where memory is higher by a quarter, or
/// has not risen for a second, another one may overdraw the account. They are few, and no later spike has one before all
/// are paid back.
struct HeightLooks {
    /// Whether the account was balanced when the spike was looked at first; `nil` before.
    private var isEntitled: Bool?
    private var highest = 0
    private var hasLong = false

    /// Whether a look may overdraw the account.
    mutating func mayOverdraw(at resident: Int, isLong: Bool, _ budget: OverheadBudget) -> Bool {
        if isEntitled == nil { isEntitled = budget.allowsHeight() }
        guard isEntitled == true else { return false }
        return resident - highest > highest / 4 || (isLong && !hasLong)
    }

    /// Takes note of a look.
    mutating func add(_ resident: Int, isLong: Bool) {
        highest = max(highest, resident)
        if isLong { hasLong = true }
    }
}
