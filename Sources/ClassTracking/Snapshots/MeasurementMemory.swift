import CTrackingRuntime
import HeapSizing

/// Memory for the objects of a snapshot, and their sizes.
///
/// It comes from the kernel, so that the heap that is measured does not change by it, and is kept for the next
/// snapshot:
/// the kernel takes as long to give pages as it takes to size what they tell of. Where it is shared, a copy of the
/// process
/// fills it, and nothing in it can grow meanwhile.
struct MeasurementMemory: ~Copyable {
    private(set) var objects = UnsafeMutableBufferPointer<ct_object>(start: nil, count: 0)
    private(set) var sizes = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    /// The positions of the objects in order of announcement.
    private(set) var pieces = UnsafeMutableBufferPointer<AnnouncementOrder.Piece>(start: nil, count: 0)
    /// The sums; `nil` where the kernel gives no memory.
    private(set) var sums: KindSums?
    /// The referents of objects that have a resolution level.
    var tree: ReferentTree
    let isShared: Bool
    /// Whether nothing can grow, because a copy of the process is going to fill it.
    private(set) var isFixed = false
    /// Objects whose pages are there.
    private var filled = 0
    private var filledSizes = 0

    /// Fewer are not worth giving back.
    private static let least = 16_384

    /// Makes an instance without memory.
    ///
    /// - Parameter isShared: Whether a copy of the process can fill it.
    init(isShared: Bool = false) {
        self.isShared = isShared
        tree = ReferentTree(isShared: isShared)
    }

    deinit {
        PageMemory.unmap(objects)
        PageMemory.unmap(sizes)
        PageMemory.unmap(pieces)
        sums?.deallocate()
    }

    /// Bytes that are there, about.
    var bytes: Int {
        filled * MemoryLayout<ct_object>.stride + filledSizes * MemoryLayout<UInt32>.stride + tree.written.count
    }

    /// Makes room for objects.
    ///
    /// - Parameters:
    ///   - needed: How many there will be.
    ///   - used: How many are there and stay.
    /// - Returns: False where the kernel gives no memory; then nothing has changed.
    mutating func reserveObjects(_ needed: Int, keeping used: Int) -> Bool {
        if needed > objects.count {
            // Some more than now; what is not used takes no memory.
            let room = max(needed + needed / 4, 2 * used)
            guard let fresh = PageMemory.map(ct_object.self, room, isShared: isShared) else { return false }
            fill(fresh, 0..<needed)
            if let from = objects.baseAddress, let to = fresh.baseAddress { to.update(from: from, count: used) }
            PageMemory.unmap(objects)
            objects = fresh
        } else if needed > filled {
            fill(objects, filled..<needed)
        }
        filled = max(filled, needed)
        return true
    }

    /// Makes room for as many sizes.
    mutating func reserveSizes(_ needed: Int) -> Bool {
        if needed > sizes.count {
            guard let fresh = PageMemory.map(UInt32.self, needed + needed / 4, isShared: isShared) else { return false }
            fill(fresh, 0..<needed)
            PageMemory.unmap(sizes)
            sizes = fresh
        } else if needed > filledSizes {
            fill(sizes, filledSizes..<needed)
        }
        filledSizes = max(filledSizes, needed)
        return true
    }

    /// What is shared is filled by who writes it.
    private func fill<Element: BitwiseCopyable>(_ memory: UnsafeMutableBufferPointer<Element>, _ range: Range<Int>) {
        if !isShared { PageMemory.fill(memory, range) }
    }

    /// Makes room for the pieces of as many objects, and for all sums, and has them empty.
    ///
    /// - Parameters:
    ///   - expected: How many objects there will be.
    ///   - isFixed: Whether a copy of the process is going to fill it.
    /// - Returns: False where the kernel gives no memory.
    mutating func reset(expecting expected: Int, isFixed: Bool = false) -> Bool {
        self.isFixed = isFixed
        let limit = AnnouncementOrder.limit(expected: expected)
        if limit > pieces.count {
            guard let fresh = PageMemory.map(AnnouncementOrder.Piece.self, limit + limit / 4, isShared: isShared) else {
                return false
            }
            PageMemory.unmap(pieces)
            pieces = fresh
        }
        if sums == nil { sums = KindSums(isShared: isShared) }
        sums?.reset()
        return sums != nil && tree.reset(isFixed: isFixed)
    }

    /// Takes over objects in another order.
    mutating func replaceObjects(by other: UnsafeMutableBufferPointer<ct_object>) {
        if isShared {
            if let to = objects.baseAddress, let from = other.baseAddress { to.update(from: from, count: other.count) }
            PageMemory.unmap(other)
            return
        }
        PageMemory.unmap(objects)
        objects = other
        filled = other.count
    }

    /// Gives back what is far more than `used` objects need.
    mutating func trim(to used: Int) {
        guard filled > max(Self.least, 4 * used) else { return }
        self = MeasurementMemory(isShared: isShared)
    }
}

/// The sums of the objects by kind, in memory that a copy of the process can share.
struct KindSums: BitwiseCopyable {
    /// The figures of all objects together.
    struct Totals: BitwiseCopyable {
        var count = 0
        /// The number of objects that have sizes: all or none.
        var sizedCount = 0
        var pieceCount = 0
        /// The number of kinds whose births and deaths are counted.
        var countedKinds = 0
        /// The number of kinds that have sums.
        var kinds = 0
        var otherCount = 0
        /// The number of types that a copy met and does not know.
        var unknownTypes = 0
        /// Whether there were more objects than room.
        var hasOverflowed = false
        /// The checksum of everything that a copy has written.
        var checksum: UInt64 = 0
        /// The number of the sweep, written last.
        var endMark: UInt64 = 0
    }

    private static let countsOffset = 128
    private static let sumsOffset = countsOffset + Int(CT_KINDS) * MemoryLayout<ct_count>.stride
    private static let othersOffset = sumsOffset + Int(CT_KINDS) * MemoryLayout<KindSum>.stride
    private static let bytes = othersOffset + OtherClasses.limit * MemoryLayout<UInt>.stride

    private let memory: UnsafeMutableRawBufferPointer

    init?(isShared: Bool) {
        // There is memory for the kinds that there are only.
        guard let memory = PageMemory.reserve(Self.bytes, isShared: isShared) else { return nil }
        self.memory = memory
    }

    func deallocate() { PageMemory.release(memory) }

    private func pointer<Element>(_ type: Element.Type, _ offset: Int) -> UnsafeMutablePointer<Element> {
        // The memory is there, and begins with a page.
        (memory.baseAddress.unsafelyUnwrapped + offset).assumingMemoryBound(to: type)
    }

    var totals: Totals {
        get { pointer(Totals.self, 0).pointee }
        nonmutating set { pointer(Totals.self, 0).pointee = newValue }
    }

    /// By kind: how many were ever announced and have died.
    var counts: UnsafeMutableBufferPointer<ct_count> {
        UnsafeMutableBufferPointer(start: pointer(ct_count.self, Self.countsOffset), count: totals.countedKinds)
    }

    /// By kind: what they add up to.
    var sums: UnsafeMutableBufferPointer<KindSum> {
        UnsafeMutableBufferPointer(start: pointer(KindSum.self, Self.sumsOffset), count: totals.kinds)
    }

    /// The metadata of classes that objects have changed theirs for.
    var others: UnsafeMutablePointer<UInt> { pointer(UInt.self, Self.othersOffset) }

    /// Forgets everything.
    func reset() {
        counts.update(repeating: ct_count())
        sums.update(repeating: KindSum())
        totals = Totals()
    }

    /// Makes room for the counts of a number of kinds.
    func count(kinds: Int) { totals.countedKinds = min(kinds, Int(CT_KINDS)) }

    /// Makes room for the sums of a number of kinds, some of which may have come later.
    func sum(kinds: Int) { totals.kinds = min(kinds, Int(CT_KINDS)) }
}
