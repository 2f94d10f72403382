import CTrackingRuntime
import HeapSizing
import TrackingRecords

/// One look at all tracked objects: their sizes, and what they add up to.
struct Measurement: ~Copyable {
    let sweep: ObjectSweep
    let kinds: KindTable
    private(set) var classes: [String: ClassSize] = [:]
    /// Bytes of all tracked objects.
    private(set) var total = 0
    private(set) var unsized = 0
    /// By key, of the objects that have a resolution level.
    private(set) var details: [UInt64: SizedObject] = [:]
    /// Bytes that the sizer needed.
    private(set) var workingBytes = 0

    /// Sizes all objects of a registry.
    ///
    /// - Parameters:
    ///   - registry: The tracked objects.
    ///   - detailLimit: How many objects' referents are kept; all count in the sums of their names.
    init(_ registry: ObjectRegistry, detailLimit: Int) {
        var sweep = ObjectSweep(registry)
        let kinds = KindTable(registry)
        let sizer = HeapSizer()
        var details: [UInt64: SizedObject] = [:]
        var merged: [Int: SizedObject] = [:]
        let objects = sweep.objects
        sweep.size(with: sizer, levels: kinds.levels) { index in
            let kind = objects[index].kind
            let sized = sizer.sized(
                objectAt: objects[index].address,
                name: kinds.classNames[kind],
                resolutionLevel: kinds.levels[kind]
            )
            merged[kinds.nameOfKind[kind], default: SizedObject(name: kinds.name(of: kind), size: 0, flat: 0)]
                .merge(sized)
            if details.count < detailLimit { details[objects[index].key] = sized }
            return sized.size
        }
        sweep.dropDead(registry)
        workingBytes = sizer.workingBytes
        self.details = details
        self.kinds = kinds
        self.sweep = sweep
        add(merged)
        // Those without an instance are what the next snapshot is compared with.
        for name in registry.watchedNames where classes[name] == nil { classes[name] = ClassSize() }
    }

    /// Adds the objects up by name.
    private mutating func add(_ merged: [Int: SizedObject]) {
        var sums = [ClassSize](repeating: ClassSize(), count: kinds.names.count)
        for index in 0..<sweep.count {
            let name = kinds.nameOfKind[sweep.objects[index].kind]
            sums[name].active += 1
            let size = index < sweep.sizes.count ? sweep.sizes[index] : HeapSizer.unreadable
            if size == HeapSizer.unreadable {
                sums[name].unsized += 1
            } else {
                sums[name].sum += Int(size) * HeapSizer.unit
            }
        }
        for (position, name) in kinds.names.enumerated() where !name.isEmpty {
            sums[position].merged = merged[position]
            classes[name] = sums[position]
            total += sums[position].sum
            unsized += sums[position].unsized
        }
    }

    /// Adds what can be said of the time since the snapshot before.
    ///
    /// - Parameters:
    ///   - totals: The counts of the snapshot before.
    ///   - processTotal: Bytes of which the classes' percentages are.
    mutating func compare(with totals: SnapshotStore.Totals, processTotal: Int) {
        var changes: [String: (created: Int, destroyed: Int)] = [:]
        for (kind, count) in sweep.counts.enumerated() {
            let before = kind < totals.counts.count ? totals.counts[kind] : ct_count()
            guard count.born != before.born || count.died != before.died else { continue }
            // Births of one kind may be less than before: an object that is given another level changes its kind.
            changes[kinds.name(of: kind), default: (0, 0)].created += Int(Int32(bitPattern: count.born &- before.born))
            changes[kinds.name(of: kind), default: (0, 0)].destroyed += Int(count.died &- before.died)
        }
        for name in changes.keys where classes[name] == nil { classes[name] = ClassSize() }
        for (name, var size) in classes {
            size.created = changes[name]?.created ?? 0
            size.destroyed = changes[name]?.destroyed ?? 0
            if processTotal > 0 { size.percentage = Double(size.sum) * 100 / Double(processTotal) }
            classes[name] = size
        }
    }

    /// The sizes of single objects, of the largest where there are more than `limit`.
    func sizes(at timestamp: Double, limit: Int) -> SnapshotStore.Sizes {
        let count = min(sweep.count, sweep.sizes.count)
        let least = count > limit ? leastKept(limit) : 0
        var kept = SnapshotStore.Sizes(timestamp: timestamp, keys: [], sizes: [], details: details)
        kept.keys.reserveCapacity(min(count, limit))
        kept.sizes.reserveCapacity(min(count, limit))
        for index in 0..<count where kept.keys.count < limit {
            let size = sweep.sizes[index]
            guard size != HeapSizer.unreadable, size >= least else { continue }
            kept.keys.append(sweep.objects[index].key)
            kept.sizes.append(size)
        }
        return kept
    }

    /// A power of two that about `limit` objects' sizes reach; of those that just do, the first ones are kept.
    private func leastKept(_ limit: Int) -> UInt32 {
        var withBits = [Int](repeating: 0, count: 33)
        for index in 0..<sweep.sizes.count where sweep.sizes[index] != HeapSizer.unreadable {
            withBits[32 - sweep.sizes[index].leadingZeroBitCount] += 1
        }
        var sum = 0
        for bits in stride(from: 32, through: 1, by: -1) {
            sum += withBits[bits]
            if sum >= limit { return 1 << UInt32(bits - 1) }
        }
        return 0
    }
}
