internal import CTrackingRuntime

/// Walks a graph of objects and adds up the blocks.
///
/// No object is retained, nothing is allocated with malloc and no lock is taken, but for a type that is met for the
/// first time. What is read may be changing: each first word is compared with known metadata, each count with the
/// block that it is about, and what does not fit costs that object its size.
///
/// An entry is an address, with the number of a payload in the high bits where the object is the box of a payload whose
/// type only its owner knows. Entries wait in four places. A *batch* is being visited; what it refers to becomes the
/// *next batch*, whose memory is asked for at once, so that it comes while others are visited. *Pending* holds what does
/// not fit into a batch. *Cursors* stand in arrays and dictionaries, which are read on only when nothing else waits, so
/// that an array of any length waits in one place.
struct Walker: ~Copyable {
    static let batchCapacity = 64
    /// A batch is filled up to here from what waits elsewhere; what its visits find has room behind it.
    static let batchFill = 32
    /// Objects that are visited in some hundred microseconds at most, as long as a handler that the host puts in may get a fault
    /// of the walk's.
    static let lookInterval = 2048
    static let pendingCapacity = 65_536
    static let cursorCapacity = 1024
    static let maximumRevisits = 64
    /// Text with fewer bytes never has a place for breadcrumbs (StringStorage.swift in the Swift repository).
    static let shortText: UInt = 64
    static let scratchBytes = 1 << 20
    /// After so many bytes of an array it is looked whether the next ones can still be read.
    static let cursorBytes: UInt = 4096

    var marks: MarkBitmap
    /// Addresses that are marked because they are left out, not because they were met.
    var excluded: MarkBitmap?
    var batch: Arena<UInt>
    var nextBatch: Arena<UInt>
    var nextCount = 0
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
    var images: ImageRanges
    var code: ImageRanges
    let readable: ReadablePages
    let nativeWitnesses: UInt
    let nativeString: UInt
    let headersAreReadable: Bool
    /// So far above 32 the headers of ordinary blocks reach; nowhere, for any word, where headers cannot be read.
    let ordinaryHeaders: UInt

    /// Bytes of all blocks met.
    var bytes = 0
    /// Objects that could not be read, or were not objects any more.
    var unsized = 0
    /// The plans of opaque objects met, each once.
    var opaquePlans: [UInt] = []
    /// The class visited last, and its plan.
    var recentClass: UInt = 0
    var recentPlan: UInt = 0
    /// How far from its owner the text lay that was met last, if that was near; what lies there is asked for with objects
    /// that an array refers to.
    var textDistance: UInt = 0
    /// Something did not fit into its place and was left out; the marked objects have to be visited again.
    var overflowed = false
    var isRevisiting = false
    /// How often they were, over all walks.
    var revisits = 0
    /// The last visit is incomplete; what for is `missing`, apart because it is looked at after each visit.
    var isMissing = false
    var missing = Missing.nothing
    /// After how many objects it is looked at the handlers of faults again.
    var untilLook = Walker.lookInterval
    /// The handlers could not be renewed: nothing is read any more.
    var isUnguarded = false
    /// Whether types that are met for the first time are learnt, which takes locks and allocates.
    var isLearning = true
    /// How often something was met that had to be learnt, where nothing is.
    var strangers = 0
    /// The layouts of values, with the names of their properties.
    var layouts: PointerTable

    /// How many libraries had been unloaded when it was looked for what went with them.
    private var departures = ct_image_departures()

    /// What has to be learnt before a visit can be completed.
    enum Missing {
        case nothing
        case object(isa: UInt)
        case value(type: UInt)
        case captures(box: UInt, plan: UnsafePointer<ObjectPlan>, key: UInt)
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
        /// Of an array: 1 where objects of many classes were met, else 0.
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
            // All or nothing: a process that is short of memory must not lose some at each try.
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

    /// Forgets what it has learnt where a library was unloaded since: something else may lie there.
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

    /// Has the object that a word refers to visited, unless it has been.
    @inline(__always)
    mutating func reach(_ reference: UInt, box: UInt = 0) {
        let address = reference & Architecture.addressMask
        if marks.insert(address) { wait(address | box &<< 48) }
    }

    /// The same for what is referred to from `base`: text that has come with its owner is counted at once.
    ///
    /// What is allocated together lies together: as far from each other as the text and the owner before.
    @inline(__always)
    mutating func reach(_ reference: UInt, from base: UInt, isText: Bool) {
        let address = reference & Architecture.addressMask
        guard marks.insert(address) else { return }
        let distance = address &- base
        if distance < 72, word(address) == nativeString {
            let header = word(address &- 8)
            let usable = (header & ~7) &- 8
            // Longer text may have more behind it.
            if isOrdinary(header) && usable &- 32 < Self.shortText {
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
            // From the block's header to where small objects end; of text nothing is read but what is in front of it.
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
            // Not met, then: whoever refers to it is visited again.
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

    /// Visits an object that is marked, and all that is reached from it.
    @inline(__always)
    mutating func visitAlone(_ address: UInt) {
        visit(address)
        if isMissing { completeVisit(address, counts: true) }
        if nextCount | pendingCount | cursorCount != 0 || overflowed { drain() }
    }

    /// Visits all that waits.
    mutating func drain() {
        drainOnce()
        if overflowed { revisit() }
    }

    @inline(never)
    private mutating func revisit() {
        let pages = PageMap()
        let before = revisits
        // A graph at rest needs a few times; one that grows as fast as it is walked must not keep us.
        while overflowed && revisits &- before < Self.maximumRevisits {
            // Everything met is marked; what was left out is a child of something marked.
            overflowed = false
            isRevisiting = true
            revisits &+= 1
            var next: UInt? = Architecture.leastAddress
            while !isUnguarded, let address = next.flatMap({ marks.next(from: $0, pages) }) {
                if excluded?.contains(address) != true { visitCompletely(address, counts: false) }
                // Objects of the program's own may begin in the middle of what one bit stands for.
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

    /// Sees to it that faults still come to the walk's handlers first, where it is time to.
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

    /// Forgets what waits to be visited.
    @inline(never)
    private mutating func abandon() {
        nextCount = 0
        pendingCount = 0
        cursorCount = 0
        unsized &+= 1
    }

    private mutating func drainOnce() {
        while true {
            if isUnguarded { return abandon() }
            if nextCount < Self.batchFill && pendingCount | cursorCount != 0 { fillBatch() }
            let count = nextCount
            nextCount = 0
            switch count {
            case 0: return
            // A list has one at a time.
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
            visits(count)
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

    /// Repeats a visit until nothing is missing; what was marked the first time is not met again.
    @inline(never)
    mutating func completeVisit(_ entry: UInt, counts: Bool) {
        while true {
            // Of an object of an unknown class nothing has been counted yet.
            let isUncounted = if case .object = missing { true } else { false }
            guard learn() else { return }
            visitRare(entry, counts: counts && isUncounted)
        }
    }
}
