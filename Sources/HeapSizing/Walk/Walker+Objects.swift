internal import CTrackingRuntime
internal import SwiftRuntimeABI

extension Walker {
    /// Counts an object's block and enqueues its referents.
    @inline(__always)
    mutating func visit(_ entry: UInt) {
        let address = entry & 0xFFFF_FFFF_FFFF
        let isa = word(address)
        if isa != recentClass { switchClass(to: isa) }
        let found = recentPlan
        let header = word(address &- 8)
        let usable = (header & ~7) &- 8
        guard found != 0, word(address &+ ObjectCounters.offset) & ObjectCounters.rare == 0, isOrdinary(header) else {
            visitRare(entry, counts: true)
            return
        }
        let plan = UnsafePointer<ObjectPlan>(bitPattern: found).unsafelyUnwrapped
        guard Int(bitPattern: usable) >= plan.pointee.minimumSize else {
            unsized &+= 1
            return
        }
        bytes &+= Int(bitPattern: usable)
        follow(entry, plan, usable: usable)
    }

    @inline(__always)
    mutating func switchClass(to isa: UInt) {
        recentPlan = objects.find(isa)
        // The plan of an unknown class is read at its next object.
        recentClass = recentPlan == 0 ? 0 : isa
    }

    /// Enqueues the referents of an object.
    @inline(__always)
    private mutating func follow(_ entry: UInt, _ plan: UnsafePointer<ObjectPlan>, usable: UInt) {
        let address = entry & 0xFFFF_FFFF_FFFF
        if entry >> 48 != 0 {
            // It is not a box any more, so its owner's description of its contents does not apply.
            guard plan.pointee.isBox else {
                unsized &+= 1
                return
            }
            visitPayload(of: address, box: entry >> 48, usable: usable)
            return
        }
        run(plan.pointee.program, at: address)
        if plan.pointee.isPlain { return }
        visitTail(of: address, plan, usable: usable)
        if plan.pointee.isOpaque { noteOpaque(UInt(bitPattern: plan)) }
    }

    /// Visits any object, including one whose block was counted before.
    @inline(never)
    mutating func visitRare(_ entry: UInt, counts: Bool) {
        let address = entry & 0xFFFF_FFFF_FFFF
        let isa = word(address)
        guard let plan = UnsafePointer<ObjectPlan>(bitPattern: objects.find(isa)) else {
            meetUnknown(isa, at: address)
            return
        }
        let (usable, isFollowed) = count(address, plan, counts: counts)
        if isFollowed { follow(entry, plan, usable: usable) }
    }

    /// Counts the block of an object, and that of its side table.
    ///
    /// - Returns: The largest number of bytes that the object may have, and whether its referents are to be visited.
    private mutating func count(
        _ address: UInt,
        _ plan: UnsafePointer<ObjectPlan>,
        counts: Bool
    ) -> (usable: UInt, isFollowed: Bool) {
        let counters = word(address &+ ObjectCounters.offset)
        var extent: UInt = 0
        var isDying = false
        if counters & ObjectCounters.rare != 0 {
            (extent, isDying) = inspect(ObjectCounters(counters), of: address, counts: counts)
        }
        if extent > 0 { return (extent, true) }
        let usable = blockSize(address)
        guard Int(bitPattern: usable) >= plan.pointee.minimumSize else {
            if !isRevisiting { unsized &+= 1 }
            return (0, false)
        }
        if counts { bytes &+= Int(bitPattern: usable) }
        // The referents of a dying object are being released.
        return (usable, !isDying)
    }

    /// Counts an object alone.
    ///
    /// - Returns: Its layout, or `nil` if there is nothing to follow.
    mutating func beginObject(at address: UInt) -> ObjectLayout? {
        var found = objects.find(word(address))
        if found == 0 {
            meetUnknown(word(address), at: address)
            guard learn() else { return nil }
            found = objects.find(word(address))
        }
        guard let plan = UnsafePointer<ObjectPlan>(bitPattern: found), count(address, plan, counts: true).isFollowed
        else { return nil }
        if plan.pointee.isOpaque { noteOpaque(UInt(bitPattern: plan)) }
        return plan.pointee.layout?.takeUnretainedValue()
    }

    /// Enqueues the referents of an object that was counted.
    mutating func visitRoot(_ address: UInt) { visitCompletely(address, counts: false) }

    /// Returns the largest number of bytes that an object may have, and the bytes that malloc allocated for it.
    mutating func extent(of address: UInt) -> (all: UInt, heap: UInt) {
        let counters = ObjectCounters(word(address &+ ObjectCounters.offset))
        let extent = counters.word & ObjectCounters.rare == 0 ? 0 : inspect(counters, of: address, counts: false).extent
        if extent > 0 { return (extent, 0) }
        let usable = blockSize(address)
        return (usable, usable)
    }

    @inline(__always)
    func blockSize(_ address: UInt) -> UInt {
        headersAreReadable ? BlockSize.glibc(address) : BlockSize.asked(address)
    }

    @inline(never)
    private mutating func meetUnknown(_ isa: UInt, at address: UInt) {
        if isMetadataOfObject(isa) {
            miss(.object(isa: isa))
        } else if !isRevisiting && !images.contain(address) {
            // A static object has no size: the box of a variable without any bytes, for example.
            unsized &+= 1
        }
    }

    @inline(never)
    private mutating func noteOpaque(_ plan: UInt) {
        if isLearning && !opaquePlans.contains(plan) { opaquePlans.append(plan) }
    }

    /// Interprets a reference count that an ordinary object does not have.
    ///
    /// - Returns: For an object outside the heap, the largest number of its bytes, else 0; and whether it is being
    ///   released.
    @inline(never)
    private mutating func inspect(
        _ counters: ObjectCounters,
        of address: UInt,
        counts: Bool
    ) -> (extent: UInt, isDying: Bool) {
        if counters.isImmortal { return (images.room(at: address), false) }
        if counters.isInSideTable {
            let table = counters.sideTable
            guard table >> Architecture.addressBits == 0, word(table) == address else { return (0, false) }
            if counts && marks.insert(table) { bytes &+= Int(bitPattern: blockSize(table)) }
            return (0, ObjectCounters(word(table &+ ObjectCounters.sideTableOffset)).isDyingInSideTable)
        }
        return (counters.mayBeOnStack ? UInt(ct_stack_room(address)) : 0, counters.isDying)
    }

    /// Visits the payload of an indirect case or of an existential too large for its own words.
    @inline(never)
    private mutating func visitPayload(of address: UInt, box: UInt, usable: UInt) {
        guard let program = UnsafePointer<Program>(bitPattern: boxPrograms.base[Int(bitPattern: box)]) else { return }
        let offset = BoxLayout.value(alignmentMask: program.pointee.alignmentMask)
        if offset <= usable { run(program.pointee, at: address &+ offset) }
    }
}
