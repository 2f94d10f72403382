import CTrackingRuntime
import TrackingRecords

/// A snapshot with the counts at its time.
struct CountedSnapshot {
    var snapshot: Snapshot
    /// The registry of the objects.
    var registry: ObjectIdentifier
    /// For each kind, the number of objects that had been recorded and that had died.
    var counts: [ct_count]
}

/// The changes of tracked objects between two moments.
///
/// Counts are exact at both. Bytes are those of the snapshots; if there is none of the first moment, the bytes are
/// estimated from the nearest snapshot, by the counts and the average size.
struct SpikeGrowth {
    /// The data of the second moment.
    enum Height {
        /// A snapshot.
        case seen(CountedSnapshot)
        /// Counts alone, while memory is still high: bytes are estimated from the average size.
        case counted([ct_count])
        /// Counts alone, after memory has fallen: the bytes held are not known, so the objects' own blocks are used.
        case missed([ct_count])

        var counts: [ct_count] {
            switch self {
            case .seen(let look): look.counts
            case .counted(let counts), .missed(let counts): counts
            }
        }
    }

    /// The objects under one name, at the compared moments.
    private struct Change {
        var created = 0
        var destroyed = 0
        var allocated = 0
        /// The number of live objects at the first moment, in the nearest snapshot, and at the second moment.
        var before = 0
        var near = 0
        var after = 0
        /// The bytes of one object's block.
        var block = 0
    }

    /// The changes by name, the most bytes first; names that shrank come last.
    private(set) var classes: [ClassGrowth] = []
    /// The increase of the bytes of tracked objects.
    private(set) var bytes = 0
    /// The time of the snapshot from which the bytes of the first moment were estimated; `nil` if none was needed.
    private(set) var estimatedFrom: Double?

    /// Compares two moments.
    ///
    /// - Parameters:
    ///   - since: The counts at the first moment.
    ///   - time: The first moment, in seconds since the tracker began.
    ///   - near: The snapshot nearest to it.
    ///   - height: The data of the second moment.
    ///   - kinds: The kinds of the counts.
    ///   - sizes: The average sizes in other snapshots, for names of which the two moments have none.
    ///   - tolerance: The largest distance in seconds at which a snapshot counts as one of the first moment.
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
            // Objects that were created or died between the snapshot and the first moment.
            let missing = change.before - (near == nil ? 0 : change.near)
            let held = max(0, (nearSize?.sum ?? 0) &+ missing &* (nearAverage > 0 ? nearAverage : average))
            switch height {
            case .seen: growth.bytes = (heightSize?.sum ?? 0) - held
            // If a name was never sized, only the blocks of its live objects are known.
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
            // The births of a kind may decrease, because an object whose level is changed changes its kind.
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

    /// Adds the changes to a spike; the figures add up to its excess.
    ///
    /// - Parameters:
    ///   - spike: The spike.
    ///   - limit: The number of classes to name.
    ///   - time: The second moment, in seconds since the tracker began.
    ///   - resident: The resident set at that moment, in bytes; `nil` if it was not read.
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

    /// Adds the changes to a spike as the content of its new level.
    func explainLevel(_ spike: inout Spike, naming limit: Int) {
        guard let level = spike.level else { return }
        spike.levelGrown = Array(classes.prefix(limit))
        spike.levelOmitted = max(0, classes.count - limit)
        spike.levelOmittedBytes = classes.dropFirst(limit).reduce(0) { $0 + $1.figure }
        spike.levelUntracked = level - spike.baseline - bytes
    }
}

extension ct_count {
    /// The number of live objects.
    fileprivate var alive: Int { Int(Int32(bitPattern: born &- died)) }
}
