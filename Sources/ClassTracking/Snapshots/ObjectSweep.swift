import CTrackingRuntime
import Glibc
import HeapSizing
import TrackingRecords

/// All tracked objects of one moment in order of announcement, and their sizes.
///
/// Memory comes from the kernel and goes back to it, so that the heap that is measured does not change by it.
struct ObjectSweep: ~Copyable {
    /// In order of announcement.
    private(set) var objects: UnsafeMutableBufferPointer<ct_object>
    /// In units of `HeapSizer.unit` bytes, or `HeapSizer.unreadable`.
    private(set) var sizes: UnsafeMutableBufferPointer<UInt32>
    private(set) var count = 0
    /// By kind: how many were ever announced and have died.
    private(set) var counts: [ct_count]
    private var capacity = 0

    /// Takes note of all live objects.
    init(_ registry: ObjectRegistry) {
        objects = UnsafeMutableBufferPointer(start: nil, count: 0)
        sizes = UnsafeMutableBufferPointer(start: nil, count: 0)
        counts = [ct_count](repeating: ct_count(), count: registry.kinds.count)
        let alive = registry.counts(of: counts.count).reduce(0) { $0 + Int($1.born &- $1.died) }
        guard reserve(alive + alive / 8 + 64) else { return }
        // In the order in which regions of the heap were first used for tracked objects, which mostly is that of the objects.
        for shard in registry.shardsInOrder {
            while true {
                let room = capacity - count
                let start = objects.baseAddress.map { $0 + count }
                let found = ct_registry_copy(registry.pointer, shard, start, room, &counts, counts.count)
                if found <= room {
                    count += found
                    break
                }
                // Some more than are there now: others go on allocating.
                guard reserve(count + found + found / 8 + 64) else { break }
            }
        }
        if let sorted = KeyOrder.sort(UnsafeMutableBufferPointer(rebasing: objects[..<count])) {
            Pages.unmap(objects)
            objects = sorted
            capacity = sorted.count
        }
    }

    deinit {
        Pages.unmap(objects)
        Pages.unmap(sizes)
    }

    private mutating func reserve(_ needed: Int) -> Bool {
        let larger = max(needed, 2 * capacity)
        guard let fresh = Pages.map(ct_object.self, larger) else { return false }
        if let from = objects.baseAddress, let to = fresh.baseAddress {
            to.update(from: from, count: count)
        }
        Pages.unmap(objects)
        objects = fresh
        capacity = larger
        return true
    }

    /// How many objects each name has, in the order of the table's names.
    func active(_ kinds: KindTable) -> [Int] {
        var active = [Int](repeating: 0, count: kinds.names.count)
        for index in 0..<count { active[kinds.nameOfKind[objects[index].kind]] += 1 }
        return active
    }

    // MARK: Sizes

    /// Sizes the objects; `sizeDetails` is called, in order, for those whose kind asks for referents.
    ///
    /// - Parameters:
    ///   - sizer: Counts nothing yet.
    ///   - kinds: What the objects are.
    ///   - sizeDetail: Takes the index of an object and gives its size in bytes.
    /// - Returns: The metadata of classes that objects have changed theirs for.
    mutating func size(with sizer: HeapSizer, _ kinds: KindTable, sizeDetail: (Int) -> Int) -> Set<UInt> {
        guard count > 0, let fresh = Pages.map(UInt32.self, count), let into = fresh.baseAddress,
            let first = objects.baseAddress
        else { return [] }
        sizes = fresh
        let stride = MemoryLayout<ct_object>.stride
        let place = MemoryLayout<ct_object>.offset(of: \.place) ?? 8
        func word(_ index: Int) -> UnsafeRawPointer { UnsafeRawPointer(first + index) + place }
        sizer.mark(word(0), stride: stride, count: count)
        let isDetailed = kinds.levels.contains { $0 > 0 }
        var others: Set<UInt> = []
        kinds.metadata.withUnsafeBufferPointer { classes in
            func size(_ range: Range<Int>) {
                others.formUnion(
                    sizer.size(
                        word(range.lowerBound),
                        stride: stride,
                        count: range.count,
                        classes: classes,
                        into: into + range.lowerBound
                    )
                )
            }
            var start = 0
            for index in 0..<count where isDetailed && kinds.levels[first[index].kind] > 0 {
                size(start..<index)
                into[index] = UInt32(clamping: min(sizeDetail(index) / HeapSizer.unit, Int(HeapSizer.unreadable) - 1))
                start = index + 1
            }
            size(start..<count)
        }
        return others
    }

    /// Takes the sizes of objects away that have died since: what was read may have been somebody else's.
    mutating func dropDead(_ registry: ObjectRegistry) {
        guard sizes.count > 0 else { return }
        let now = registry.counts(of: counts.count)
        guard zip(now, counts).contains(where: { $0.died != $1.died }) else { return }
        for index in 0..<count {
            let object = objects[index]
            if ct_registry_contains(registry.pointer, object.key, UInt(object.place & 0xFFFF_FFFF_FFFF)) == 0 {
                sizes[index] = HeapSizer.unreadable
            }
        }
    }
}
