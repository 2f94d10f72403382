internal import CTrackingRuntime

/// Walks a graph of objects and adds up the blocks.
///
/// No object is retained, nothing is allocated with malloc and no lock is taken, but for a type that is met for the
/// first time. What is read may be changing: each first word is compared with known metadata, each count with the
/// block that it is about, and what does not fit costs that object its size.
///
/// An entry is an address, with the number of a payload in the high bits where the object is the box of a payload whose
/// type only its owner knows. Entries wait in three places. The *ring* holds those that are visited next: their memory
/// has been asked for, and while it comes others are visited. *Pending* holds what does not fit into the ring. *Cursors*
/// stand in arrays and dictionaries, which are read on only when nothing else waits, so that an array of any length
/// waits in one place.
struct Walker {
    static let ringSize = 32
    static let pendingCapacity = 65_536
    static let cursorCapacity = 1024
    static let scratchBytes = 1 << 20

    var marks: MarkBitmap
    /// Addresses that are marked because they are left out, not because they were met.
    var excluded: MarkBitmap?
    let ring: Arena<UInt>
    var ringHead = 0
    var ringCount = 0
    let pending: Arena<UInt>
    var pendingCount = 0
    let cursors: Arena<Cursor>
    var cursorCount = 0
    /// Copies of enums whose payload has to be taken out.
    let scratch: Arena<UInt8>
    var scratchUsed = 0
    var objects: PointerTable
    var values: PointerTable
    var captures: PointerTable
    let boxPrograms: Arena<UInt>
    let images: ImageRanges
    let nativeWitnesses: UInt
    let headersAreReadable: Bool

    /// Bytes of all blocks met.
    var bytes = 0
    /// Objects that could not be read, or were not objects any more.
    var unsized = 0
    /// The plans of opaque objects met, each once.
    var opaquePlans: [UInt] = []
    /// Something did not fit into its place and was left out; the marked objects have to be visited again.
    var overflowed = false
    var isRevisiting = false
    var missing = Missing.nothing

    /// What has to be learnt before a visit can be completed.
    enum Missing {
        case nothing
        case object(isa: UInt)
        case value(type: UInt)
        case captures(box: UInt, isa: UInt, key: UInt)
    }

    /// A place in an array or a dictionary.
    struct Cursor: BitwiseCopyable {
        /// The next element, or the storage of a dictionary.
        var address: UInt
        /// Elements left, or words of the dictionary's bitmap.
        var remaining: UInt
        var program: UnsafePointer<Program>?
        /// Of a dictionary: its values' program and its place.
        var value: UnsafePointer<Program>?
        var keys: UInt = 0
        var values: UInt = 0
        var bitmap: UInt = 0
        var position: UInt = 0

        var isDictionary: Bool { bitmap != 0 }
    }

    init?() {
        guard let marks = MarkBitmap(), let ring = Arena<UInt>(capacity: Self.ringSize),
            let pending = Arena<UInt>(capacity: Self.pendingCapacity),
            let cursors = Arena<Cursor>(capacity: Self.cursorCapacity),
            let scratch = Arena<UInt8>(capacity: Self.scratchBytes), let objects = PointerTable(),
            let values = PointerTable(), let captures = PointerTable(), let boxes = Arena<UInt>(capacity: 1 << 16)
        else { return nil }
        self.marks = marks
        self.ring = ring
        self.pending = pending
        self.cursors = cursors
        self.scratch = scratch
        self.objects = objects
        self.values = values
        self.captures = captures
        boxPrograms = boxes
        images = ImageRanges()
        nativeWitnesses = StandardStorage.shared.nativeWitnesses
        headersAreReadable = BlockSize.headersAreReadable
    }

    var workingBytes: Int {
        marks.residentBytes + (excluded?.residentBytes ?? 0) + ring.residentBytes + pending.residentBytes
            + cursors.residentBytes + scratch.residentBytes + objects.residentBytes + values.residentBytes
            + captures.residentBytes + boxPrograms.residentBytes
    }

    func deallocate() {
        marks.deallocate()
        excluded?.deallocate()
        ring.deallocate()
        pending.deallocate()
        cursors.deallocate()
        scratch.deallocate()
        objects.deallocate()
        values.deallocate()
        captures.deallocate()
        boxPrograms.deallocate()
        images.deallocate()
    }

    // MARK: Waiting entries

    /// Has the object that a word refers to visited, unless it has been.
    @inline(__always)
    mutating func reach(_ reference: UInt, box: UInt = 0) {
        let address = reference & Architecture.addressMask
        // Wraps for what is too small to be an address.
        guard address &- Architecture.leastAddress < (1 << Architecture.addressBits) &- Architecture.leastAddress,
            marks.insert(address)
        else { return }
        wait(address | box &<< 48)
    }

    @inline(__always)
    mutating func wait(_ entry: UInt) {
        if ringCount < Self.ringSize {
            ct_prefetch(entry & 0xFFFF_FFFF_FFFF)
            ring.base[(ringHead &+ ringCount) & (Self.ringSize &- 1)] = entry
            ringCount &+= 1
        } else if pendingCount < Self.pendingCapacity {
            pending.base[pendingCount] = entry
            pendingCount &+= 1
        } else {
            overflowed = true
        }
    }

    mutating func wait(_ cursor: Cursor) {
        if cursorCount < Self.cursorCapacity {
            cursors.base[cursorCount] = cursor
            cursorCount &+= 1
        } else {
            overflowed = true
        }
    }

    /// Visits all that waits.
    mutating func drain() {
        drainOnce()
        while overflowed {
            // Everything met is marked; what was left out is a child of something marked.
            overflowed = false
            isRevisiting = true
            var next: UInt? = Architecture.leastAddress
            while let address = next.flatMap({ marks.next(from: $0) }) {
                if excluded?.contains(address) != true { visitCompletely(address, counts: false) }
                // Objects of the program's own may begin in the middle of what one bit stands for.
                if word(address) == 0 { visitCompletely(address &+ 8, counts: false) }
                drainOnce()
                next = address &+ 16
            }
            isRevisiting = false
        }
    }

    private mutating func drainOnce() {
        while true {
            while ringCount < Self.ringSize {
                if pendingCount > 0 {
                    pendingCount &-= 1
                    wait(pending.base[pendingCount])
                } else if cursorCount > 0 {
                    advance()
                } else {
                    break
                }
            }
            if ringCount == 0 { return }
            let entry = ring.base[ringHead]
            ringHead = (ringHead &+ 1) & (Self.ringSize &- 1)
            ringCount &-= 1
            visit(entry, counts: true)
            if case .nothing = missing { continue }
            completeVisit(entry, counts: true)
        }
    }

    private mutating func visitCompletely(_ entry: UInt, counts: Bool) {
        visit(entry, counts: counts)
        completeVisit(entry, counts: counts)
    }

    /// Repeats a visit until nothing is missing; what was marked the first time is not met again.
    @inline(never)
    private mutating func completeVisit(_ entry: UInt, counts: Bool) {
        while true {
            // Of an object of an unknown class nothing has been counted yet.
            let isUncounted = if case .object = missing { true } else { false }
            guard learn() else { return }
            visit(entry, counts: counts && isUncounted)
        }
    }
}
