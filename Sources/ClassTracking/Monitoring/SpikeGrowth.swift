import CTrackingRuntime
import TrackingRecords

/// A snapshot with the counts of its moment.
struct CountedSnapshot {
    var snapshot: Snapshot
    /// Whose objects they are.
    var registry: ObjectIdentifier
    /// By kind: how many objects had been announced and had died.
    var counts: [ct_count]
}

/// How tracked objects changed between two moments.
///
/// Counts are exact at both. Bytes are those of the snapshots; where there is none of the first moment, what was held
/// then
/// is estimated from the snapshot that is nearest, by the counts and the average size.
struct SpikeGrowth {
    /// The second moment, as far as it is known.
    enum Height {
        /// A snapshot.
        case seen(CountedSnapshot)
        /// Counts alone, while memory is still up: the average size stands for what objects hold.
        case counted([ct_count])
        /// Counts alone, after memory has come down: what objects held is not known, and their own blocks stand for it.
        case missed([ct_count])

        var counts: [ct_count] {
            switch self {
            case .seen(let look): look.counts
            case .counted(let counts), .missed(let counts): counts
            }
        }
    }

    /// The objects under one name, at the moments that are compared.
    private struct Change {
        var created = 0
        var destroyed = 0
        var allocated = 0
        /// Live objects at the first moment, in the snapshot nearest to it, and at the second one.
        var before = 0
        var near = 0
        var after = 0
        /// The bytes that malloc gives for one.
        var block = 0
    }

    /// By name, the most bytes first; those that shrank come last.
    private(set) var classes: [ClassGrowth] = []
    /// Bytes that tracked objects held more.
    private(set) var bytes = 0
    /// The time of the snapshot from which the bytes of the first moment were estimated; `nil` where that was not
    /// necessary.
    private(set) var estimatedFrom: Double?

    /// Compares.
    ///
    /// - Parameters:
    ///   - since: The counts at the first moment.
    ///   - time: When that was, in seconds since the tracker began.
    ///   - near: The snapshot that is nearest to it.
    ///   - height: The second moment.
    ///   - kinds: What the counts are of.
    ///   - sizes: What objects held when they were looked at, for those of which the moments say nothing.
    ///   - tolerance: So many seconds apart, a snapshot is of the same moment.
    init(
        since: [ct_count],
        at time: Double,
        near: CountedSnapshot?,
        height: Height,
        _ kinds: KindTable,
        sizes: [String: ClassSize] = [:],
        tolerance: Double
    ) {
        let changes = Self.changes(since, near?.counts, height.counts, kinds)
        let isSameMoment = near.map { abs($0.snapshot.timestamp - time) <= tolerance } ?? false
        var isEstimated = false
        var names = Set(changes.keys)
        if case .seen(let look) = height { names.formUnion(look.snapshot.classes.keys) }
        if let near { names.formUnion(near.snapshot.classes.keys) }
        for name in names {
            let change = changes[name] ?? Change()
            var growth = ClassGrowth(
                name: name,
                instances: change.after - change.before,
                created: change.created,
                destroyed: change.destroyed,
                allocated: change.allocated
            )
            let nearSize = near?.snapshot.classes[name]
            var heightSize: ClassSize?
            if case .seen(let look) = height { heightSize = look.snapshot.classes[name] ?? ClassSize() }
            let nearAverage = nearSize?.average ?? 0
            let heightAverage = heightSize?.average ?? 0
            let known = [heightAverage, nearAverage, sizes[name]?.average ?? 0].first { $0 > 0 }
            let average = known ?? change.block
            // Objects that came or went between the snapshot and the first moment.
            let missing = change.before - (near == nil ? 0 : change.near)
            let held = max(0, (nearSize?.sum ?? 0) &+ missing &* (nearAverage > 0 ? nearAverage : average))
            switch height {
            case .seen: growth.bytes = (heightSize?.sum ?? 0) - held
            // Of one that was never looked at, the blocks of those that live are all that is known.
            case .counted: growth.bytes = growth.instances &* average
            case .missed: growth.bytes = growth.created == 0 ? growth.instances &* average : nil
            }
            guard growth.created != 0 || growth.destroyed != 0 || growth.bytes ?? 0 != 0 else { continue }
            if missing != 0 || (change.before > 0 && !isSameMoment) { isEstimated = true }
            classes.append(growth)
        }
        classes.sort { ($0.figure, $0.allocated, $1.name) > ($1.figure, $1.allocated, $0.name) }
        bytes = classes.reduce(0) { $0 + $1.figure }
        if isEstimated { estimatedFrom = near?.snapshot.timestamp ?? time }
    }

    private static func changes(
        _ since: [ct_count],
        _ near: [ct_count]?,
        _ until: [ct_count],
        _ kinds: KindTable
    ) -> [String: Change] {
        var changes: [String: Change] = [:]
        for (kind, now) in until.enumerated() where kind < kinds.nameOfKind.count {
            let then = kind < since.count ? since[kind] : ct_count()
            let between = near.map { kind < $0.count ? $0[kind] : ct_count() } ?? then
            guard now.born != 0 || now.died != 0 else { continue }
            var change = changes[kinds.name(of: kind)] ?? Change()
            // Births of one kind may be less than before: an object that is given another level changes its kind.
            let created = Int(Int32(bitPattern: now.born &- then.born))
            change.created += created
            change.destroyed += Int(now.died &- then.died)
            change.allocated += max(0, created) * kinds.blockSizes[kind]
            change.before += then.alive
            change.near += between.alive
            change.after += now.alive
            change.block = max(change.block, kinds.blockSizes[kind])
            changes[kinds.name(of: kind)] = change
        }
        return changes
    }

    /// Puts it into a spike; the figures add up to its excess.
    ///
    /// - Parameters:
    ///   - spike: The spike.
    ///   - limit: How many classes are named.
    ///   - time: When the second moment was, in seconds since the tracker began.
    ///   - resident: The resident set at that moment, in bytes; `nil` where nobody looked.
    func explain(_ spike: inout Spike, naming limit: Int, at time: Double, resident: Int?) {
        spike.grown = Array(classes.prefix(limit))
        spike.omittedGrowth = max(0, classes.count - limit)
        spike.omittedGrowthBytes = classes.dropFirst(limit).reduce(0) { $0 + $1.figure }
        spike.grownTime = time
        spike.estimatedFrom = estimatedFrom
        spike.untracked = max(0, spike.excess - bytes)
        spike.surplus = max(0, bytes - spike.excess)
        spike.unseen = min(max(0, spike.peak - (resident ?? 0)), spike.untracked ?? 0)
    }

    /// Puts it into a spike as what its new level consists of.
    func explainLevel(_ spike: inout Spike, naming limit: Int) {
        guard let level = spike.level else { return }
        spike.levelGrown = Array(classes.prefix(limit))
        spike.levelOmitted = max(0, classes.count - limit)
        spike.levelOmittedBytes = classes.dropFirst(limit).reduce(0) { $0 + $1.figure }
        spike.levelUntracked = level - spike.baseline - bytes
    }
}

extension ct_count {
    /// How many are alive.
    fileprivate var alive: Int { Int(Int32(bitPattern: born &- died)) }
}
