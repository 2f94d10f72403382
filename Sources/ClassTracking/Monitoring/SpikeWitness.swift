import CTrackingRuntime
import ProcessSampling
import Synchronization
import TrackingRecords
import TrackingSinks

/// What a run may ask of its tracker, which it must not keep.
struct TrackedSide: Sendable {
    /// The tracked objects, if there are any.
    var registry: @Sendable () -> ObjectRegistry?
    /// The snapshots that are kept, oldest first.
    var snapshots: @Sendable () -> [Snapshot]
    /// Takes a snapshot, which is kept and published like others, and is told how many were left out before it.
    var takeSnapshot: @Sendable (Occasion, _ skipped: Int) -> Void

    /// Why a snapshot is taken.
    enum Occasion {
        case timer
        case spike
    }
}

/// Finds out what tracked objects have to do with a spike.
///
/// How many were created and have died is known from the counts at the last sample that was normal. What they held has to
/// be looked at while they hold it: so the resident set is read more often than it is sampled, which costs a microsecond,
/// and a snapshot is taken when it is above what would be a spike.
final class SpikeWitness: Sendable {
    /// The counts at the last sample that was normal.
    private struct Before {
        var registry: ObjectRegistry
        var counts: [ct_count]
    }

    private struct State {
        var before: Before?
        /// Nanoseconds between two looks; `nil` while there are none.
        var pace: UInt64?
        /// When the next one is due, on the monotonic clock.
        var nextLook = WorkerThread.whenWoken
        /// The resident set at the last look since then that was worth a snapshot.
        var seen = 0
    }

    /// So often the resident set is read, and at least so many times an interval.
    private static let pace = Duration.milliseconds(50)
    private static let looksAnInterval = 4
    /// A snapshot that takes longer is not waited for when a spike has to be told.
    private static let longestWait = 0.05
    /// A spike names so many classes.
    private static let namedClasses = 8

    private let tracked: TrackedSide
    private let schedule: SnapshotSchedule
    private let state = Mutex(State())
    /// The resident set from which on there is something to see, in bytes.
    private let level = Atomic<Int>(.max)

    init(_ tracked: TrackedSide, _ schedule: SnapshotSchedule) {
        self.tracked = tracked
        self.schedule = schedule
    }

    // MARK: At each sample

    /// Takes note of what the detector made of a sample, and tells a spike what it consists of.
    ///
    /// Without tracked objects nothing is allocated.
    func follow(_ decision: SpikeDecision, _ spike: inout Spike?, interval: Duration) {
        guard let registry = tracked.registry() else {
            state.withLock { $0.before = nil }
            setPace(nil)
            return
        }
        if var told = spike {
            testify(&told, registry)
            spike = told
        }
        switch decision.verdict {
        case .began, .ongoing: break
        default:
            let before = Before(registry: registry, counts: registry.counts(of: registry.kinds.count))
            state.withLock {
                $0.before = before
                $0.seen = 0
            }
        }
        if let baseline = decision.baseline, let threshold = decision.threshold {
            level.store(baseline + threshold, ordering: .relaxed)
        }
        setPace(min(Self.pace, interval / Self.looksAnInterval))
    }

    private func setPace(_ pace: Duration?) {
        let pace = pace?.nanoseconds
        state.withLock { state in
            guard state.pace != pace else { return }
            state.pace = pace
            state.nextLook = pace.map { monotonicNanoseconds() + $0 } ?? WorkerThread.whenWoken
        }
    }

    // MARK: Between samples

    /// Looks, if it is time to.
    ///
    /// - Returns: When the next look is due, on the monotonic clock.
    func look(at now: UInt64) -> UInt64 {
        let (isDue, next) = state.withLock { state in
            let isDue = now >= state.nextLook
            // Not made up for: what counts is how often it is looked.
            if isDue, let pace = state.pace { state.nextLook = now + pace }
            return (isDue, state.nextLook)
        }
        if isDue { look() }
        return next
    }

    private func look() {
        guard let resident = ResidentSet.current(), resident > level.load(ordering: .relaxed) else { return }
        let isNew = state.withLock { state in
            // Once more while it goes on rising: what counts is what was held at the height of it.
            guard resident > state.seen + state.seen / 16 else { return false }
            state.seen = resident
            return true
        }
        if isNew { schedule.takeNow() }
    }

    // MARK: What a spike consists of

    /// Whether a snapshot shows what memory went up for, as far as anything can still be seen of it.
    ///
    /// The one of the last normal sample is of the same time as the beginning, and shows nothing.
    static func isSeen(_ spike: Spike, in snapshots: [Snapshot]) -> Bool {
        let level = spike.baseline + spike.threshold / 2
        let since = snapshots.filter { $0.timestamp >= spike.begin }
        if since.contains(where: { $0.processMemory.residentSet ?? 0 > level }) { return true }
        return !since.isEmpty && ResidentSet.current() ?? 0 <= level
    }

    private func testify(_ spike: inout Spike, _ registry: ObjectRegistry) {
        guard let before = state.withLock({ $0.before }), before.registry === registry else { return }
        var snapshots = tracked.snapshots()
        if !Self.isSeen(spike, in: snapshots), snapshots.last.map(\.duration) ?? 0 <= Self.longestWait {
            tracked.takeSnapshot(.spike, 0)
            snapshots = tracked.snapshots()
        }
        let growth = SpikeGrowth(
            since: before.counts,
            until: registry.counts(of: registry.kinds.count),
            KindTable(registry),
            before: snapshots.last { $0.timestamp < spike.begin },
            // What was held at the height of it, as far as anybody looked.
            during: snapshots.filter { $0.timestamp >= spike.begin }.max { $0.trackedTotal < $1.trackedTotal }
        )
        spike.grown = Array(growth.classes.prefix(Self.namedClasses))
        spike.untracked = max(0, spike.excess - growth.bytes)
    }
}

/// What has changed among the tracked objects between two moments.
struct SpikeGrowth {
    /// By name, the most bytes first.
    private(set) var classes: [ClassGrowth] = []
    /// Bytes that tracked objects held more.
    private(set) var bytes = 0

    /// Compares.
    ///
    /// - Parameters:
    ///   - since: The counts by kind at the first moment.
    ///   - until: The counts at the second one.
    ///   - kinds: What they are of.
    ///   - before: A snapshot from before the first moment.
    ///   - during: A snapshot from between the two.
    init(since: [ct_count], until: [ct_count], _ kinds: KindTable, before: Snapshot?, during: Snapshot?) {
        var byName: [String: ClassGrowth] = [:]
        var alive: [String: Int] = [:]
        for (kind, now) in until.enumerated() where kind < kinds.nameOfKind.count {
            let name = kinds.name(of: kind)
            let then = kind < since.count ? since[kind] : ct_count()
            let created = Int(Int32(bitPattern: now.born &- then.born))
            let destroyed = Int(now.died &- then.died)
            alive[name, default: 0] += Int(then.born &- then.died)
            guard created != 0 || destroyed != 0 else { continue }
            var growth = byName[name] ?? ClassGrowth(name: name, instances: 0, created: 0, destroyed: 0, allocated: 0)
            growth.created += created
            growth.destroyed += destroyed
            growth.instances += created - destroyed
            growth.allocated += max(0, created) * kinds.blockSizes[kind]
            byName[name] = growth
        }
        for (name, size) in during?.classes ?? [:] {
            let grown = size.sum - (before?.classes[name]?.sum ?? 0)
            guard byName[name] != nil || grown > 0 else { continue }
            var growth = byName[name] ?? ClassGrowth(name: name, instances: 0, created: 0, destroyed: 0, allocated: 0)
            growth.bytes = grown
            // Of the same moment as the bytes.
            growth.instances = size.active - (alive[name] ?? 0)
            byName[name] = growth
        }
        classes = byName.values.sorted {
            ($0.bytes ?? $0.allocated, $0.allocated, $1.name) > ($1.bytes ?? $1.allocated, $1.allocated, $0.name)
        }
        bytes = classes.reduce(0) { $0 + max(0, $1.bytes ?? $1.allocated) }
    }
}
