import CTrackingRuntime
import HeapSizing

/// The memory for the objects of a snapshot, and their sizes.
///
/// It comes from the kernel, so that it does not change the heap that is measured, and is kept for the next snapshot:
/// the kernel takes as long to provide pages as sizing the objects takes. If it is shared, a copy of the process fills
/// it, and nothing in it can grow meanwhile.
struct MeasurementMemory: ~Copyable {
    private(set) var objects = UnsafeMutableBufferPointer<ct_object>(start: nil, count: 0)
    private(set) var sizes = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    /// The positions of the objects in the order in which tracking began.
    private(set) var pieces = UnsafeMutableBufferPointer<AnnouncementOrder.Piece>(start: nil, count: 0)
    /// The sums; `nil` if the kernel gives no memory.
    private(set) var sums: KindSums?
    /// The referents of objects that have a resolution level.
    var tree: ReferentTree
    let isShared: Bool
    /// Indicates whether nothing can grow, because a copy of the process is going to fill it.
    private(set) var isFixed = false
    /// The number of objects whose pages are populated.
    private var filled = 0
    private var filledSizes = 0

    /// The number of objects below which freeing memory is not worth it.
    private static let smallestTrim = 16_384

    /// Creates an instance without memory.
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

    /// The approximate bytes of memory in use.
    var bytes: Int {
        filled * MemoryLayout<ct_object>.stride + filledSizes * MemoryLayout<UInt32>.stride + tree.written.count
    }

    /// Reserves memory for objects.
    ///
    /// - Parameters:
    ///   - needed: The number of objects to come.
    ///   - used: The number of objects that are already there and stay.
    /// - Returns: `false` if the kernel gives no memory; nothing has changed then.
    mutating func reserveObjects(_ needed: Int, keeping used: Int) -> Bool {
        if needed > objects.count {
            // Some more than now; the unused part uses no memory.
            let capacity = max(needed + needed / 4, 2 * used)
            guard let fresh = PageMemory.map(ct_object.self, capacity, isShared: isShared) else { return false }
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

    /// Reserves memory for as many sizes.
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

    /// Populates memory, unless it is shared: the process that writes it populates it.
    private func fill<Element: BitwiseCopyable>(_ memory: UnsafeMutableBufferPointer<Element>, _ range: Range<Int>) {
        if !isShared { PageMemory.fill(memory, range) }
    }

    /// Reserves memory for the pieces of as many objects, and for all sums, and clears them.
    ///
    /// - Parameters:
    ///   - expected: The expected number of objects.
    ///   - isFixed: Whether a copy of the process is going to fill it.
    /// - Returns: `false` if the kernel gives no memory.
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

    /// Replaces the objects by the same in another order.
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

    /// Frees memory that exceeds by far what `used` objects need.
    mutating func trim(to used: Int) {
        guard filled > max(Self.smallestTrim, 4 * used) else { return }
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
        /// The number of unknown types that a copy found.
        var unknownTypes = 0
        /// Indicates whether there were more objects than fit.
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
        // Only pages of existing kinds use memory.
        guard let memory = PageMemory.reserve(Self.bytes, isShared: isShared) else { return nil }
        self.memory = memory
    }

    func deallocate() { PageMemory.release(memory) }

    private func pointer<Element>(_ type: Element.Type, _ offset: Int) -> UnsafeMutablePointer<Element> {
        // The memory exists, and begins with a page.
        (memory.baseAddress.unsafelyUnwrapped + offset).assumingMemoryBound(to: type)
    }

    var totals: Totals {
        get { pointer(Totals.self, 0).pointee }
        nonmutating set { pointer(Totals.self, 0).pointee = newValue }
    }

    /// For each kind, the number of objects that were recorded and that have died.
    var counts: UnsafeMutableBufferPointer<ct_count> {
        UnsafeMutableBufferPointer(start: pointer(ct_count.self, Self.countsOffset), count: totals.countedKinds)
    }

    /// For each kind, the sum of its objects.
    var sums: UnsafeMutableBufferPointer<KindSum> {
        UnsafeMutableBufferPointer(start: pointer(KindSum.self, Self.sumsOffset), count: totals.kinds)
    }

    /// The metadata of the current classes of objects whose class was changed.
    var others: UnsafeMutablePointer<UInt> { pointer(UInt.self, Self.othersOffset) }

    /// Clears everything.
    func reset() {
        counts.update(repeating: ct_count())
        sums.update(repeating: KindSum())
        totals = Totals()
    }

    /// Sets the number of kinds that are counted.
    func count(kinds: Int) { totals.countedKinds = min(kinds, Int(CT_KINDS)) }

    /// Sets the number of kinds that have sums, some of which may have been added later.
    func sum(kinds: Int) { totals.kinds = min(kinds, Int(CT_KINDS)) }
}
