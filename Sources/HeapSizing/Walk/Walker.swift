internal import CTrackingRuntime
internal import SwiftRuntimeABI

/// Walks a graph of objects and adds up the blocks.
///
/// No object is retained, nothing is allocated with malloc and no lock is taken, except for a type that is seen for the
/// first time. The memory may be changing: each first word is compared with known metadata, each count with its block,
/// and an object that does not fit is not sized.
///
/// An entry is an address, with the number of a payload in the high bits if the object is the box of a payload whose
/// type only its owner knows. Entries wait in four places. A *batch* is being visited; its referents become the *next
/// batch*, whose memory is prefetched immediately, so that it arrives while others are visited. *Pending* holds entries
/// that do not fit into a batch. *Cursors* are positions in arrays and dictionaries, which are read only when nothing
/// else waits, so that an array of any length waits in one place.
struct Walker: ~Copyable {
    static let batchCapacity = 64
    /// The number of entries up to which a batch is filled from other places; the rest is for referents found by its
    /// visits.
    static let batchFill = 32
    /// The number of objects between two checks of the fault handlers, some hundred microseconds at most: until then a
    /// handler that the host installs may receive a fault of the walk.
    static let lookInterval = 2048
    static let pendingCapacity = 65_536
    static let cursorCapacity = 1024
    static let maximumRevisits = 64
    static let scratchBytes = 1 << 20
    /// The bytes of an array after which the walk checks whether the next ones can still be read.
    static let cursorBytes: UInt = 4096

    var marks: MarkBitmap
    /// Addresses that are marked because they are excluded, not because they were visited.
    var excluded: MarkBitmap?
    var batch: Arena<UInt>
    var nextBatch: Arena<UInt>
    var nextCount = 0
    let pending: Arena<UInt>
    var pendingCount = 0
    let cursors: Arena<Cursor>
    var cursorCount = 0
    /// Copies of enums whose payload has to be extracted.
    let scratch: Arena<UInt8>
    var scratchUsed = 0
    var objects: PointerTable
    var values: PointerTable
    var captures: PointerTable
    let boxPrograms: Arena<UInt>
    var images: ImageRanges
    var code: ImageRanges
    let readable: ReadablePages
    let nativeWitnesses: UInt
    let nativeString: UInt
    let headersAreReadable: Bool
    /// Exclusive upper bound of ordinary block headers, relative to 32; 0, which excludes any word, if headers cannot
    /// be read.
    let ordinaryHeaders: UInt

    /// The bytes of all visited blocks.
    var bytes = 0
    /// The number of objects that could not be read, or were not objects any more.
    var unsized = 0
    /// The plans of visited opaque objects, each once.
    var opaquePlans: [UInt] = []
    /// The class visited last, and its plan.
    var recentClass: UInt = 0
    var recentPlan: UInt = 0
    /// The distance from its owner of the text that was found last, if it was near; memory at that distance is
    /// prefetched with objects to which an array refers.
    var textDistance: UInt = 0
    /// Indicates whether an entry did not fit into its place and was dropped, so that the marked objects have to be
    /// visited again.
    var overflowed = false
    var isRevisiting = false
    /// The number of such repeated visits, over all walks.
    var revisits = 0
    /// Indicates whether the last visit is incomplete; apart from `missing`, because it is checked after each visit.
    var isMissing = false
    var missing = Missing.nothing
    /// The number of objects until the next check of the fault handlers.
    var untilLook = Walker.lookInterval
    /// Indicates whether the handlers could not be renewed: nothing is read any more.
    var isUnguarded = false
    /// Indicates whether layouts of new types are read, which takes locks and allocates.
    var isLearning = true
    /// The number of times that an unknown type was found while layouts are not read.
    var unknownTypes = 0
    /// The layouts of values, with the names of their properties.
    var layouts: PointerTable

    /// The number of libraries that had been unloaded at the last check for lost layouts.
    private var departures = ct_image_departures()

    /// The layout that has to be read before a visit can be completed.
    enum Missing {
        case nothing
        case object(isa: UInt)
        case value(type: UInt)
        case captures(box: UInt, plan: UnsafePointer<ObjectPlan>, key: UInt)
    }

    /// A position in an array or a dictionary.
    struct Cursor: BitwiseCopyable {
        /// The next element, or the storage of a dictionary.
        var address: UInt
        /// The number of remaining elements, or words of the dictionary's bitmap.
        var remaining: UInt
        var program: UnsafePointer<Program>?
        /// For a dictionary, the program of its values.
        var value: UnsafePointer<Program>?
        /// For a dictionary, the address of its keys; for an array, 1 if objects of many classes were found, else 0.
        var keys: UInt = 0
        var values: UInt = 0
        var bitmap: UInt = 0
        var position: UInt = 0

        var isDictionary: Bool { bitmap != 0 }
    }

    init?() {
        let words = [Self.batchCapacity, Self.batchCapacity, Self.pendingCapacity, 1 << 16]
            .map { Arena<UInt>(capacity: $0) }
        let tables = (0..<4).map { _ in PointerTable() }
        let (bitmap, places, bytes) = (
            MarkBitmap(), Arena<Cursor>(capacity: Self.cursorCapacity), Arena<UInt8>(capacity: Self.scratchBytes)
        )
        let pages = ReadablePages()
        guard let readable = pages, let marks = bitmap, let cursors = places, let scratch = bytes,
            let batch = words[0], let nextBatch = words[1], let pending = words[2], let boxes = words[3],
            let objects = tables[0], let values = tables[1], let captures = tables[2],
            let layouts = tables[3]
        else {
            // All or nothing: a process that is short of memory must not lose some at each attempt.
            pages?.deallocate()
            bitmap?.deallocate()
            places?.deallocate()
            bytes?.deallocate()
            for arena in words { arena?.deallocate() }
            for table in tables { table?.deallocate() }
            return nil
        }
        self.readable = readable
        self.marks = marks
        self.batch = batch
        self.nextBatch = nextBatch
        self.pending = pending
        self.cursors = cursors
        self.scratch = scratch
        self.objects = objects
        self.values = values
        self.captures = captures
        self.layouts = layouts
        boxPrograms = boxes
        images = ImageRanges()
        code = ImageRanges(withCodeOnly: true)
        nativeWitnesses = StandardStorage.shared.nativeWitnesses
        nativeString = StandardStorage.shared.nativeString
        headersAreReadable = BlockSize.headersAreReadable
        ordinaryHeaders = headersAreReadable ? BlockSize.ordinaryHeaders : 0
    }

    /// Removes stored layouts if a library was unloaded since, because other data may be at their addresses.
    mutating func forgetLost() {
        let now = ct_image_departures()
        guard now != departures else { return }
        departures = now
        (recentClass, recentPlan) = (0, 0)
        for table in [objects, values, captures, layouts] { table.clear() }
    }

    var workingBytes: Int {
        marks.residentBytes + (excluded?.residentBytes ?? 0) + batch.residentBytes + nextBatch.residentBytes
            + pending.residentBytes
            + cursors.residentBytes + scratch.residentBytes + objects.residentBytes + values.residentBytes
            + captures.residentBytes + layouts.residentBytes + boxPrograms.residentBytes
    }

    deinit {
        readable.deallocate()
        marks.deallocate()
        excluded?.deallocate()
        batch.deallocate()
        nextBatch.deallocate()
        pending.deallocate()
        cursors.deallocate()
        scratch.deallocate()
        objects.deallocate()
        values.deallocate()
        captures.deallocate()
        layouts.deallocate()
        boxPrograms.deallocate()
        images.deallocate()
        code.deallocate()
    }

    // MARK: Waiting entries

    /// Enqueues the object to which a word refers, unless it has been visited.
    @inline(__always)
    mutating func reach(_ reference: UInt, box: UInt = 0) {
        let address = reference & Architecture.addressMask
        if marks.insert(address) { wait(address | box &<< 48) }
    }

    /// Enqueues an object to which `base` refers; counts text immediately if it is in the cache together with its
    /// owner.
    ///
    /// Blocks that are allocated together lie together: their distance is that of the text and the owner before.
    @inline(__always)
    mutating func reach(_ reference: UInt, from base: UInt, isText: Bool) {
        let address = reference & Architecture.addressMask
        guard marks.insert(address) else { return }
        let distance = address &- base
        if distance < 72, word(address) == nativeString {
            let header = word(address &- 8)
            let usable = (header & ~7) &- 8
            // Longer text may have more after it.
            if isOrdinary(header) && usable &- 32 < StringStorage.shortText {
                bytes &+= Int(bitPattern: usable)
                return
            }
        }
        wait(address, isText: isText)
    }

    @inline(__always)
    func isOrdinary(_ header: UInt) -> Bool {
        header &- 32 < ordinaryHeaders && header & BlockSize.rareBits == 0
    }

    @inline(__always)
    mutating func wait(_ entry: UInt, isText: Bool = false) {
        if nextCount < Self.batchCapacity {
            // From the block's header to the end of small objects; of text, only the words before it are read.
            ct_prefetch((entry & 0xFFFF_FFFF_FFFF) &- 8)
            ct_prefetch((entry & 0xFFFF_FFFF_FFFF) &+ (isText ? 8 : 47))
            nextBatch.base[nextCount] = entry
            nextCount &+= 1
        } else {
            waitLonger(entry)
        }
    }

    @inline(never)
    private mutating func waitLonger(_ entry: UInt) {
        if pendingCount < Self.pendingCapacity {
            pending.base[pendingCount] = entry
            pendingCount &+= 1
        } else {
            // Unmark it; the revisit pass reaches it again through its referrer.
            marks.remove(entry & 0xFFFF_FFFF_FFFF)
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

    /// Visits a marked object, and everything reachable from it.
    @inline(__always)
    mutating func visitAlone(_ address: UInt) {
        visit(address)
        if isMissing { completeVisit(address, counts: true) }
        if nextCount | pendingCount | cursorCount != 0 || overflowed { drain() }
    }

    /// Visits all waiting entries.
    mutating func drain() {
        drainOnce()
        if overflowed { revisit() }
    }

    @inline(never)
    private mutating func revisit() {
        let pages = PageMap()
        let before = revisits
        // A graph at rest needs a few passes; one that grows as fast as it is walked must not block the walk.
        while overflowed && revisits &- before < Self.maximumRevisits {
            // Every visited object is marked; a dropped entry is a child of a marked one.
            overflowed = false
            isRevisiting = true
            revisits &+= 1
            var next: UInt? = Architecture.leastAddress
            while !isUnguarded, let address = next.flatMap({ marks.next(from: $0, pages) }) {
                if excluded?.contains(address) != true { visitCompletely(address, counts: false) }
                // Objects outside the heap may begin in the middle of the 16 bytes of one bit.
                if word(address) == 0 { visitCompletely(address &+ 8, counts: false) }
                drainOnce()
                next = address &+ 16
            }
            isRevisiting = false
        }
        if overflowed {
            overflowed = false
            unsized &+= 1
        }
    }

    /// Makes sure, at intervals, that faults still reach the walk's handlers first.
    @inline(__always)
    mutating func visits(_ count: Int) {
        untilLook &-= count
        if untilLook < 0 { renewGuard() }
    }

    @inline(never)
    private mutating func renewGuard() {
        untilLook = Self.lookInterval
        if ct_guard_renew() != 0 { isUnguarded = true }
    }

    /// Discards all waiting entries.
    @inline(never)
    private mutating func abandon() {
        nextCount = 0
        pendingCount = 0
        cursorCount = 0
        unsized &+= 1
    }

    private mutating func drainOnce() {
        if isUnguarded { return abandon() }
        // A variable of its own stays in a register: the walk of a list comes here for each object.
        var left = untilLook
        while true {
            if nextCount < Self.batchFill && pendingCount | cursorCount != 0 {
                fillBatch()
                if isUnguarded { return abandon() }
            }
            let count = nextCount
            nextCount = 0
            switch count {
            case 0:
                untilLook = left
                return
            // A linked list has one at a time.
            case 1: batch.base[0] = nextBatch.base[0]
            default: swap(&batch, &nextBatch)
            }
            var index = 0
            while index < count {
                let entry = batch.base[index]
                index &+= 1
                visit(entry)
                if isMissing { completeVisit(entry, counts: true) }
            }
            left &-= count
            if left < 0 {
                renewGuard()
                if isUnguarded { return abandon() }
                left = untilLook
            }
        }
    }

    @inline(never)
    private mutating func fillBatch() {
        while nextCount < Self.batchFill && !isUnguarded {
            if pendingCount > 0 {
                pendingCount &-= 1
                wait(pending.base[pendingCount])
            } else if cursorCount > 0 {
                advance()
            } else {
                return
            }
        }
    }

    mutating func visitCompletely(_ entry: UInt, counts: Bool) {
        visitRare(entry, counts: counts)
        completeVisit(entry, counts: counts)
    }

    /// Repeats a visit until nothing is missing; objects that were marked the first time are not enqueued again.
    @inline(never)
    mutating func completeVisit(_ entry: UInt, counts: Bool) {
        while true {
            // Nothing of an object of an unknown class has been counted yet.
            let isUncounted = if case .object = missing { true } else { false }
            guard learn() else { return }
            visitRare(entry, counts: counts && isUncounted)
        }
    }
}
