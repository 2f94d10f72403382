import CTrackingRuntime
import HeapSizing
import TrackingRecords

/// The memory that measurements of one tracker use again.
struct MeasurementResources: ~Copyable {
    var memory = MeasurementMemory()
    var forked = ForkedSweeps()
}

/// One look at all tracked objects: their sizes, and what they add up to.
struct Measurement: ~Copyable {
    let sweep: LiveObjects
    let kinds: KindTable
    private(set) var classes: [String: ClassSize] = [:]
    /// The number of names that match a pattern and have never had an instance.
    private(set) var unusedClasses = 0
    /// The names that somebody asked for; a snapshot has them in any case.
    private var named: Set<String> = []
    /// Bytes of all tracked objects.
    private(set) var total = 0
    private(set) var unsized = 0
    /// By key, of the objects that have a resolution level.
    private(set) var details: [UInt64: SizedObject] = [:]
    /// Bytes that the sizer needed in the process.
    private(set) var workingBytes = 0

    /// Sizes all objects of a registry.
    ///
    /// - Parameters:
    ///   - registry: The tracked objects.
    ///   - memory: Where to put them.
    ///   - detailLimit: How many objects' referents are kept; all count in the sums of their names.
    init(_ registry: ObjectRegistry, _ memory: consuming MeasurementMemory, detailLimit: Int) {
        let sizer = HeapSizer()
        var sweep = LiveObjects(registry, memory, sizer)
        let kinds = KindTable(registry)
        sweep.size(with: sizer, kinds, detailLimit: detailLimit)
        sweep.dropDead(registry)
        self.init(registry, sweep, kinds, workingBytes: sizer.workingBytes)
    }

    /// Takes over what a copy of the process has found.
    ///
    /// - Parameters:
    ///   - registry: The tracked objects.
    ///   - memory: Where they are.
    ///   - kinds: What the objects are.
    init(_ registry: ObjectRegistry, found memory: consuming MeasurementMemory, _ kinds: KindTable) {
        // What the copy needed for its walk ended with it.
        self.init(registry, LiveObjects(found: memory), kinds, workingBytes: 0)
    }

    private init(_ registry: ObjectRegistry, _ sweep: consuming LiveObjects, _ kinds: KindTable, workingBytes: Int) {
        // Objects that changed their class die by the new one's deinitialiser.
        for metadata in sweep.others { registry.follow(metadata) }
        var merged: [Int: SizedObject] = [:]
        for (key, position, sized) in sweep.details(kinds) {
            if let key { details[key] = sized }
            merged[position, default: SizedObject(name: kinds.names[position], size: 0, flat: 0)].merge(sized)
        }
        self.sweep = sweep
        self.kinds = kinds
        self.workingBytes = workingBytes
        add(merged)
        for (name, isNamed) in registry.watchedNames {
            if isNamed { named.insert(name) }
            guard classes[name] == nil else { continue }
            // Named classes are included without instances, so that the next snapshot is compared with zero. A pattern may match
            // a thousand classes that the program never uses.
            if isNamed { classes[name] = ClassSize() } else { unusedClasses += 1 }
        }
    }

    /// Lets the memory be used again.
    consuming func takeMemory() -> MeasurementMemory { sweep.takeMemory() }

    /// Adds the objects up by name.
    private mutating func add(_ merged: [Int: SizedObject]) {
        var sums = [ClassSize](repeating: ClassSize(), count: kinds.names.count)
        for (kind, sum) in sweep.sums.enumerated() {
            let name = kinds.nameOfKind[kind]
            sums[name].active += sum.active
            sums[name].sum += sum.units * HeapSizer.unit
            sums[name].unsized += sum.unsized
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
    ///   - whole: Bytes of which the classes' percentages are.
    mutating func compare(with totals: SnapshotStore.Totals, whole: Int) {
        var changes: [String: (created: Int, destroyed: Int)] = [:]
        for (kind, count) in sweep.counts.enumerated() {
            let before = kind < totals.counts.count ? totals.counts[kind] : ct_count()
            guard count.born != before.born || count.died != before.died else { continue }
            // Births of one kind may be less than before: an object that is given another level changes its kind.
            changes[kinds.name(of: kind), default: (0, 0)].created += Int(Int32(bitPattern: count.born &- before.born))
            changes[kinds.name(of: kind), default: (0, 0)].destroyed += Int(count.died &- before.died)
        }
        for name in changes.keys where classes[name] == nil { classes[name] = ClassSize() }
        // Who compares two snapshots sees that a class has no instance any more; after that there is nothing to tell of it.
        classes = classes.filter { name, size in
            size.active != 0 || changes[name] != nil || totals.active[name] ?? 0 != 0 || named.contains(name)
        }
        for (name, var size) in classes {
            size.created = changes[name]?.created ?? 0
            size.destroyed = changes[name]?.destroyed ?? 0
            if whole > 0 { size.percentage = Double(size.sum) * 100 / Double(whole) }
            classes[name] = size
        }
    }

    /// The sizes of single objects, of the largest where there are more than `limit`.
    func sizes(at timestamp: Double, limit: Int) -> SnapshotStore.Sizes {
        let count = min(sweep.count, sweep.sizes.count)
        var kept = SnapshotStore.Sizes(timestamp: timestamp, keys: [], sizes: [], details: details)
        guard limit > 0 else { return kept }
        var selection = LargestSizes(sweep.sizes, limit: limit)
        kept.keys.reserveCapacity(min(count, limit))
        kept.sizes.reserveCapacity(min(count, limit))
        let (objects, sizes) = (sweep.objects, sweep.sizes)
        for piece in sweep.order where count > 0 {
            for index in piece.range where selection.takes(sizes[index]) {
                kept.keys.append(objects[index].key)
                kept.sizes.append(sizes[index])
            }
        }
        return kept
    }
}

/// Selects the largest sizes by power-of-two bucket; within the last bucket the earliest win.
struct LargestSizes {
    /// The lower end of the last bucket.
    private var lowest: UInt32 = 0
    /// The number of sizes in `lowest..<2 * lowest` that may still be taken.
    private var remaining = Int.max

    init(_ sizes: UnsafeMutableBufferPointer<UInt32>, limit: Int) {
        guard sizes.count > limit else { return }
        var withBits = [Int](repeating: 0, count: 33)
        for size in sizes where size != HeapSizer.unreadable { withBits[32 - size.leadingZeroBitCount] += 1 }
        remaining = limit
        for bits in stride(from: 32, through: 1, by: -1) {
            lowest = 1 << UInt32(bits - 1)
            if withBits[bits] > remaining { return }
            remaining -= withBits[bits]
        }
        lowest = 0
        remaining = .max
    }

    mutating func takes(_ size: UInt32) -> Bool {
        guard size != HeapSizer.unreadable, size >= lowest else { return false }
        guard size < lowest &* 2 || lowest >= 1 << 31 else { return true }
        guard remaining > 0 else { return false }
        remaining -= 1
        return true
    }
}
