import CTrackingRuntime
import HeapSizing
import TrackingRecords

/// All tracked objects of one moment, and their sizes.
struct LiveObjects: ~Copyable {
    private(set) var memory: MeasurementMemory
    /// For each shard, the number of deaths at or before the copy of its objects; empty if all are of one instant.
    private let deaths: [UInt32]

    private var totals: KindSums.Totals { memory.sums?.totals ?? KindSums.Totals() }

    var count: Int { totals.count }

    /// For each kind, the number of objects that were recorded and that have died.
    var counts: UnsafeMutableBufferPointer<ct_count> { memory.sums?.counts ?? .init(start: nil, count: 0) }

    /// For each kind, the sum of its objects.
    var sums: UnsafeMutableBufferPointer<KindSum> { memory.sums?.sums ?? .init(start: nil, count: 0) }

    /// For each kind, the number of objects that could not be copied; empty if there are none.
    ///
    /// There was no memory, or a lock is lost: they are counted, and not sized.
    private var left: [Int] = []

    /// The positions in the order in which tracking began.
    var order: UnsafeMutableBufferPointer<AnnouncementOrder.Piece> {
        .init(rebasing: memory.pieces[..<totals.pieceCount])
    }

    /// The objects, to which the positions in ``order`` refer.
    var objects: UnsafeMutableBufferPointer<ct_object> { .init(rebasing: memory.objects[..<count]) }

    /// The sizes in units of `HeapSizer.unit` bytes, or `HeapSizer.unreadable`.
    var sizes: UnsafeMutableBufferPointer<UInt32> { .init(rebasing: memory.sizes[..<totals.sizedCount]) }

    /// The metadata of the current classes of objects whose class was changed.
    var others: UnsafeBufferPointer<UInt> { .init(start: memory.sums?.others, count: totals.otherCount) }

    /// Copies all live objects.
    ///
    /// - Parameters:
    ///   - registry: The tracked objects.
    ///   - memory: The memory for the copies.
    ///   - sizer: Marks the objects, so that none of them is entered from another.
    init(
        _ registry: ObjectRegistry,
        _ memory: consuming MeasurementMemory = MeasurementMemory(),
        _ sizer: HeapSizer? = nil
    ) {
        self.memory = memory
        deaths = registry.deaths
        let alive = registry.liveCount
        let isReserved = self.memory.reset(expecting: alive) && self.memory.reserveObjects(alive + 64, keeping: 0)
        self.memory.sums?.count(kinds: registry.kinds.count)
        if isReserved {
            self.memory.gather(registry, sizer)
        } else if let counts = counts.baseAddress {
            ct_registry_count(registry.pointer, counts, self.counts.count)
        }
        ct_registry_trim(registry.pointer)
        noteLeft()
    }

    /// Compares the counts with the number of copied objects.
    private mutating func noteLeft() {
        let alive = counts.map { Int(Int32(bitPattern: $0.born &- $0.died)) }
        guard alive.reduce(0, +) > count else { return }
        left = alive
        for object in objects where object.kind < left.count { left[object.kind] -= 1 }
        for kind in left.indices { left[kind] = max(0, left[kind]) }
    }

    /// Takes the results of a copy of the process.
    init(found memory: consuming MeasurementMemory) {
        self.memory = memory
        deaths = []
    }

    /// Returns the memory for reuse.
    consuming func takeMemory() -> MeasurementMemory {
        memory.trim(to: count)
        return memory
    }

    /// Returns the number of objects of each name, in the order of the table's names.
    func active(_ kinds: KindTable) -> [Int] {
        var active = [Int](repeating: 0, count: kinds.names.count)
        for object in objects { active[kinds.nameOfKind[object.kind]] += 1 }
        for (kind, left) in left.enumerated() { active[kinds.nameOfKind[kind]] += left }
        return active
    }

    /// Sizes the objects.
    ///
    /// - Parameters:
    ///   - sizer: A sizer that has counted nothing yet.
    ///   - kinds: The kinds of the objects.
    ///   - detailLimit: The number of objects whose referents are kept individually.
    mutating func size(with sizer: HeapSizer, _ kinds: KindTable, detailLimit: Int) {
        // Below, the sums are bound to a name before they are changed: Swift 6.3.1 emits an invalid module for
        // ThreadSanitizer if the result of a getter is changed in place.
        if memory.reserveSizes(count) {
            memory.size(with: sizer, kinds, detailLimit: detailLimit)
        } else {
            memory.sums?.sum(kinds: kinds.metadata.count)
            let sums = sums
            for object in objects { sums[object.kind].addUnsized() }
        }
        let sums = sums
        for (kind, left) in left.enumerated() where left > 0 { sums[kind].addUnsized(left) }
    }

    /// Returns the referents of objects that have a resolution level.
    ///
    /// First those of individual objects, with their keys, and then the sum of the others of each name.
    ///
    /// - Parameter kinds: The kinds of the objects.
    /// - Returns: The referents; the position is that of the name.
    func details(_ kinds: KindTable) -> [(key: UInt64?, position: Int, sized: SizedObject)] {
        guard !sizes.isEmpty, kinds.hasLevels else { return [] }
        var details: [(UInt64?, Int, SizedObject)] = []
        for place in memory.tree.places(in: ReferentTree.objects) {
            let object = objects[place.number]
            let sized = memory.tree.sized(place.node, name: kinds.classNames[object.kind])
            details.append((object.key, kinds.nameOfKind[object.kind], sized))
        }
        for place in memory.tree.places(in: ReferentTree.sums) {
            details.append((nil, place.number, memory.tree.sized(place.node, name: kinds.names[place.number])))
        }
        return details
    }

    /// Discards the sizes of objects that have died since: the memory that was read may have been reused.
    mutating func dropDead(_ registry: ObjectRegistry) {
        guard !sizes.isEmpty, !deaths.isEmpty else { return }
        let hasDeaths = zip(registry.deaths, deaths).map { $0 != $1 }
        guard hasDeaths.contains(true) else { return }
        let (objects, sizes, sums) = (objects, sizes, sums)
        for index in 0..<count where hasDeaths[Int(ct_key_shard(objects[index].key))] {
            let object = objects[index]
            guard sizes[index] != HeapSizer.unreadable else { continue }
            if ct_registry_contains(registry.pointer, object.key, object.address) == 0 {
                sums[object.kind].drop(units: Int(sizes[index]))
                sizes[index] = HeapSizer.unreadable
            }
        }
    }
}

/// The part of a sweep that runs both in the process and in copies of it. Nothing here is allocated with malloc, and no
/// lock except the registry's is waited for.
extension MeasurementMemory {
    /// Returns the word of an object that contains its address and its kind.
    private static func word(_ object: UnsafeMutablePointer<ct_object>) -> UnsafeRawPointer {
        UnsafeRawPointer(object) + (MemoryLayout<ct_object>.offset(of: \.place) ?? 8)
    }

    /// Copies all live objects.
    mutating func gather(_ registry: ObjectRegistry, _ sizer: HeapSizer?) {
        guard let sums else { return }
        var order = AnnouncementOrder(expected: pieces.count * 64)
        var count = 0
        // In the order in which regions of the heap were first used for tracked objects, which mostly is that of the
        // objects.
        registry.forEachShard { shard in
            let added = copy(registry, shard, behind: count, sums)
            guard added > 0, let first = objects.baseAddress else { return }
            // While they are in the processor's cache.
            order.note(UnsafeMutableBufferPointer(start: first + count, count: added))
            sizer?.mark(Self.word(first + count), stride: MemoryLayout<ct_object>.stride, count: added)
            count += added
        }
        let gathered = UnsafeMutableBufferPointer(rebasing: objects[..<count])
        if let found = order.pieces(of: gathered, into: pieces) {
            sums.totals.pieceCount = found
        } else {
            if let sorted = AnnouncementOrder.sort(gathered) { replaceObjects(by: sorted) }
            pieces[0] = AnnouncementOrder.Piece(start: 0, end: count)
            sums.totals.pieceCount = 1
        }
        sums.totals.count = count
    }

    /// Appends copies of the objects of a shard.
    private mutating func copy(_ registry: ObjectRegistry, _ shard: Int, behind count: Int, _ sums: KindSums) -> Int {
        while true {
            let capacity = objects.count - count
            let start = objects.baseAddress.map { $0 + count }
            let counts = sums.counts
            let found = ct_registry_copy(registry.pointer, shard, start, capacity, counts.baseAddress, counts.count)
            if found <= capacity { return found }
            // Some more than there are now, because other threads continue to allocate.
            guard !isFixed, reserveObjects(count + found + found / 8 + 64, keeping: count) else {
                sums.totals.hasOverflowed = true
                if !isFixed, let counts = counts.baseAddress {
                    ct_registry_count_shard(registry.pointer, shard, counts, sums.counts.count)
                }
                return 0
            }
        }
    }

    /// Sizes the objects; there is enough memory for the results.
    mutating func size(with sizer: HeapSizer, _ kinds: KindTable, detailLimit: Int) {
        guard let sums else { return }
        // Kinds may have been added while the objects were copied.
        sums.sum(kinds: kinds.metadata.count)
        guard sums.totals.count > 0 else { return }
        var others = OtherClasses(sums.others)
        var detailed = 0
        for piece in 0..<sums.totals.pieceCount {
            let piece = pieces[piece]
            guard kinds.hasLevels else {
                size(piece.range, with: sizer, kinds, &others)
                continue
            }
            var start = piece.start
            for index in piece.range where kinds.levels[objects[index].kind] > 0 {
                size(start..<index, with: sizer, kinds, &others)
                sizeDetail(index, with: sizer, kinds, isSum: detailed >= detailLimit)
                detailed += 1
                start = index + 1
            }
            size(start..<piece.end, with: sizer, kinds, &others)
        }
        sums.totals.sizedCount = sums.totals.count
        sums.totals.otherCount = others.count
    }

    private func size(_ range: Range<Int>, with sizer: HeapSizer, _ kinds: KindTable, _ others: inout OtherClasses) {
        guard let sums = sums?.sums, let first = objects.baseAddress, let into = sizes.baseAddress else { return }
        kinds.metadata.withUnsafeBufferPointer { classes in
            sizer.size(
                Self.word(first + range.lowerBound),
                stride: MemoryLayout<ct_object>.stride,
                count: range.count,
                classes: classes,
                into: into + range.lowerBound,
                sums,
                &others
            )
        }
    }

    /// Sizes an object with its referents.
    private mutating func sizeDetail(_ index: Int, with sizer: HeapSizer, _ kinds: KindTable, isSum: Bool) {
        let kind = objects[index].kind
        let bytes = sizer.size(
            objectAt: objects[index].address,
            resolutionLevel: kinds.levels[kind],
            isMarked: true,
            as: isSum ? kinds.nameOfKind[kind] : index,
            isSum: isSum,
            in: &tree
        )
        guard bytes > 0 else {
            sizes[index] = HeapSizer.unreadable
            sums?.sums[kind].addUnsized()
            return
        }
        sizes[index] = UInt32(clamping: min(bytes / HeapSizer.unit, Int(HeapSizer.unreadable) - 1))
        sums?.sums[kind].add(units: bytes / HeapSizer.unit)
    }
}
