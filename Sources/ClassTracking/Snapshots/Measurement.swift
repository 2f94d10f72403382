import CTrackingRuntime
import HeapSizing
import TrackingRecords

/// The memory that successive measurements of one tracker reuse.
struct MeasurementResources: ~Copyable {
    var memory = MeasurementMemory()
    var forked = ForkedSweeps()
    /// The types that were reported, because no metadata describes what their objects hold.
    var reportedTypes: Set<String> = []
}

/// One measurement of all tracked objects: their sizes, and the sums.
struct Measurement: ~Copyable {
    let sweep: LiveObjects
    let kinds: KindTable
    private(set) var classes: [String: ClassSize] = [:]
    /// The number of names that match a pattern and have never had an instance.
    private(set) var unusedClasses = 0
    /// The names that were requested individually, which every snapshot contains.
    private var named: Set<String> = []
    /// The bytes of all tracked objects.
    private(set) var total = 0
    private(set) var unsized = 0
    /// The referents of objects that have a resolution level, by key.
    private(set) var details: [UInt64: SizedObject] = [:]
    /// The bytes that the sizer used in the process.
    private(set) var workingBytes = 0
    /// The types whose objects hold more than is described, so that sizes lack it; unknown after a copy of the process.
    private(set) var opaqueTypes: [String] = []

    /// Sizes all objects of a registry.
    ///
    /// - Parameters:
    ///   - registry: The tracked objects.
    ///   - memory: The memory for the copies.
    ///   - detailLimit: The number of objects whose referents are kept; all count in the sums of their names.
    init(_ registry: ObjectRegistry, _ memory: consuming MeasurementMemory, detailLimit: Int) {
        let sizer = HeapSizer()
        var sweep = LiveObjects(registry, memory, sizer)
        let kinds = KindTable(registry)
        sweep.size(with: sizer, kinds, detailLimit: detailLimit)
        sweep.dropDead(registry)
        self.init(registry, sweep, kinds, workingBytes: sizer.workingBytes)
        opaqueTypes = sizer.opaqueTypePaths
    }

    /// Takes the results of a copy of the process.
    ///
    /// - Parameters:
    ///   - registry: The tracked objects.
    ///   - memory: The memory with the results.
    ///   - kinds: The kinds of the objects.
    init(_ registry: ObjectRegistry, found memory: consuming MeasurementMemory, _ kinds: KindTable) {
        // The memory that the copy used for its walk was freed with it.
        self.init(registry, LiveObjects(found: memory), kinds, workingBytes: 0)
    }

    private init(_ registry: ObjectRegistry, _ sweep: consuming LiveObjects, _ kinds: KindTable, workingBytes: Int) {
        // Objects whose class was changed die by the new class's deinitializer.
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
            // Named classes are included without instances, so that the next snapshot is compared with zero. A pattern
            // may match a thousand classes that the program never uses.
            if isNamed { classes[name] = ClassSize() } else { unusedClasses += 1 }
        }
    }

    /// Returns the memory for reuse.
    consuming func takeMemory() -> MeasurementMemory { sweep.takeMemory() }

    /// Computes the sums by name.
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

    /// Adds the changes since the previous snapshot.
    ///
    /// - Parameters:
    ///   - totals: The counts of the previous snapshot.
    ///   - whole: The bytes to which the classes' percentages refer.
    mutating func compare(with totals: SnapshotStore.Totals, whole: Int) {
        var changes: [String: (created: Int, destroyed: Int)] = [:]
        for (kind, count) in sweep.counts.enumerated() {
            let before = kind < totals.counts.count ? totals.counts[kind] : ct_count()
            guard count.born != before.born || count.died != before.died else { continue }
            // The births of a kind may decrease, because an object whose level is changed changes its kind.
            changes[kinds.name(of: kind), default: (0, 0)].created += Int(Int32(bitPattern: count.born &- before.born))
            changes[kinds.name(of: kind), default: (0, 0)].destroyed += Int(count.died &- before.died)
        }
        for name in changes.keys where classes[name] == nil { classes[name] = ClassSize() }
        // A comparison of two snapshots shows that a class has no instance any more; afterwards the class is omitted.
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

    /// Returns the sizes of individual objects, of the largest if there are more than `limit`.
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
