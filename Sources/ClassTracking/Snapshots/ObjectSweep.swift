import CTrackingRuntime
import HeapSizing
import TrackingRecords

/// All tracked objects of one moment, and their sizes.
struct ObjectSweep: ~Copyable {
    private(set) var memory: SweepMemory
    private(set) var count = 0
    /// How many of them have sizes: all or none.
    private(set) var sizedCount = 0
    /// By kind: how many were ever announced and have died.
    private(set) var counts: [ct_count]
    /// By shard: how many had died when its objects were copied, or before.
    private let deaths: [UInt32]
    /// By kind: what they add up to.
    private(set) var sums: [KindSum]

    /// By kind, the objects that could not be copied; empty where there are none.
    ///
    /// There was no memory, or a lock is lost: they are counted, and not sized.
    private var left: [Int] = []

    /// Where they stand in order of announcement.
    private(set) var order: [Range<Int>] = []

    /// In the order of ``order``.
    var objects: UnsafeMutableBufferPointer<ct_object> {
        UnsafeMutableBufferPointer(rebasing: memory.objects[..<count])
    }
    /// In units of `HeapSizer.unit` bytes, or `HeapSizer.unreadable`.
    var sizes: UnsafeMutableBufferPointer<UInt32> { UnsafeMutableBufferPointer(rebasing: memory.sizes[..<sizedCount]) }

    /// Takes note of all live objects.
    ///
    /// - Parameters:
    ///   - registry: Where they are.
    ///   - memory: Where to put them.
    ///   - sizer: Has them marked, so that none of them is entered from another.
    init(_ registry: ObjectRegistry, _ memory: consuming SweepMemory = SweepMemory(), _ sizer: HeapSizer? = nil) {
        self.memory = memory
        deaths = registry.deaths
        counts = [ct_count](repeating: ct_count(), count: registry.kinds.count)
        sums = [KindSum](repeating: KindSum(), count: counts.count)
        let alive = registry.counts(of: counts.count).reduce(0) { $0 + Int($1.born &- $1.died) }
        guard self.memory.reserveObjects(alive + 64, keeping: 0) else {
            counts = registry.counts(of: counts.count)
            noteLeft()
            return
        }
        var order = KeyOrder(expected: alive)
        // In the order in which regions of the heap were first used for tracked objects, which mostly is that of the objects.
        for shard in registry.shardsInOrder {
            let added = copy(registry, shard)
            guard added > 0 else { continue }
            // While they are in the processor's cache.
            let fresh = UnsafeMutableBufferPointer(rebasing: self.memory.objects[count..<count + added])
            order.note(fresh)
            if let sizer, let first = fresh.baseAddress {
                sizer.mark(Self.word(first), stride: MemoryLayout<ct_object>.stride, count: added)
            }
            count += added
        }
        ct_registry_trim(registry.pointer)
        if let pieces = order.pieces(of: objects) {
            self.order = pieces
        } else {
            if let sorted = KeyOrder.sort(objects) { self.memory.replaceObjects(by: sorted) }
            self.order = [0..<count]
        }
        noteLeft()
    }

    /// Compares the counts with the objects that are here.
    private mutating func noteLeft() {
        let alive = counts.map { Int(Int32(bitPattern: $0.born &- $0.died)) }
        guard alive.reduce(0, +) > count else { return }
        left = alive
        for object in objects where object.kind < left.count { left[object.kind] -= 1 }
        for kind in left.indices { left[kind] = max(0, left[kind]) }
    }

    /// Copies the objects of a shard behind those that are there.
    private mutating func copy(_ registry: ObjectRegistry, _ shard: Int) -> Int {
        while true {
            let room = memory.objects.count - count
            let start = memory.objects.baseAddress.map { $0 + count }
            let found = ct_registry_copy(registry.pointer, shard, start, room, &counts, counts.count)
            if found <= room { return found }
            // Some more than are there now: others go on allocating.
            guard memory.reserveObjects(count + found + found / 8 + 64, keeping: count) else {
                ct_registry_count_shard(registry.pointer, shard, &counts, counts.count)
                return 0
            }
        }
    }

    /// Lets the memory be used again.
    consuming func takeMemory() -> SweepMemory {
        memory.trim(to: count)
        return memory
    }

    /// The word of an object that has its address and its kind in it.
    private static func word(_ object: UnsafeMutablePointer<ct_object>) -> UnsafeRawPointer {
        UnsafeRawPointer(object) + (MemoryLayout<ct_object>.offset(of: \.place) ?? 8)
    }

    /// How many objects each name has, in the order of the table's names.
    func active(_ kinds: KindTable) -> [Int] {
        var active = [Int](repeating: 0, count: kinds.names.count)
        for index in 0..<count { active[kinds.nameOfKind[objects[index].kind]] += 1 }
        for (kind, left) in left.enumerated() { active[kinds.nameOfKind[kind]] += left }
        return active
    }

    // MARK: Sizes

    /// Sizes the objects; `sizeDetail` is called, in order, for those whose kind asks for referents.
    ///
    /// - Parameters:
    ///   - sizer: Counts nothing yet.
    ///   - kinds: What the objects are.
    ///   - sizeDetail: Takes the index of an object and gives its size in bytes.
    /// - Returns: The metadata of classes that objects have changed theirs for.
    mutating func size(with sizer: HeapSizer, _ kinds: KindTable, sizeDetail: (Int) -> Int) -> Set<UInt> {
        // Kinds may have come while the objects were copied.
        if sums.count < kinds.metadata.count {
            sums += [KindSum](repeating: KindSum(), count: kinds.metadata.count - sums.count)
        }
        for (kind, left) in left.enumerated() where left > 0 { sums[kind].addUnsized(left) }
        guard count > 0, memory.reserveSizes(count), let into = memory.sizes.baseAddress,
            let first = memory.objects.baseAddress
        else {
            for object in objects { sums[object.kind].addUnsized() }
            return []
        }
        sizedCount = count
        let stride = MemoryLayout<ct_object>.stride
        let isDetailed = kinds.levels.contains { $0 > 0 }
        var others: Set<UInt> = []
        sums.withUnsafeMutableBufferPointer { sums in
            kinds.metadata.withUnsafeBufferPointer { classes in
                func size(_ range: Range<Int>) {
                    others.formUnion(
                        sizer.size(
                            Self.word(first + range.lowerBound),
                            stride: stride,
                            count: range.count,
                            classes: classes,
                            into: into + range.lowerBound,
                            sums
                        )
                    )
                }
                for piece in order {
                    guard isDetailed else {
                        size(piece)
                        continue
                    }
                    var start = piece.lowerBound
                    for index in piece where kinds.levels[first[index].kind] > 0 {
                        size(start..<index)
                        let bytes = sizeDetail(index)
                        start = index + 1
                        guard bytes > 0 else {
                            into[index] = HeapSizer.unreadable
                            sums[first[index].kind].addUnsized()
                            continue
                        }
                        into[index] = UInt32(clamping: min(bytes / HeapSizer.unit, Int(HeapSizer.unreadable) - 1))
                        sums[first[index].kind].add(units: bytes / HeapSizer.unit)
                    }
                    size(start..<piece.upperBound)
                }
            }
        }
        return others
    }

    /// Takes the sizes of objects away that have died since: what was read may have been somebody else's.
    mutating func dropDead(_ registry: ObjectRegistry) {
        guard sizedCount > 0 else { return }
        let hasDeaths = zip(registry.deaths, deaths).map { $0 != $1 }
        guard hasDeaths.contains(true) else { return }
        let (objects, sizes) = (objects, sizes)
        // The low bits of a key are the number of its shard.
        for index in 0..<count where hasDeaths[Int(objects[index].key) % Int(CT_SHARDS)] {
            let object = objects[index]
            guard sizes[index] != HeapSizer.unreadable else { continue }
            if ct_registry_contains(registry.pointer, object.key, UInt(object.place & 0xFFFF_FFFF_FFFF)) == 0 {
                sums[object.kind].drop(units: Int(sizes[index]))
                sizes[index] = HeapSizer.unreadable
            }
        }
    }
}
