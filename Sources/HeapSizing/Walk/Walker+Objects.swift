internal import CTrackingRuntime

extension Walker {
    /// A new object's counters are 3, and more retains add above bit 32: an object with none of these bits is alive, in
    /// the heap, and has no side table (RefCount.h in the Swift repository).
    static let rareCounters: UInt = 1 << 63 | 1 << 32 | 0xFFFF_FFFC

    /// Counts an object's block and has what it refers to visited.
    @inline(__always)
    mutating func visit(_ entry: UInt) {
        let address = entry & 0xFFFF_FFFF_FFFF
        let isa = word(address)
        if isa != recentClass { switchClass(to: isa) }
        let found = recentPlan
        let header = word(address &- 8)
        let usable = (header & ~7) &- 8
        guard found != 0, word(address &+ 8) & Self.rareCounters == 0, header & rareHeader == 0 else {
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
        // A class that is not known yet will be when it is met again.
        recentClass = recentPlan == 0 ? 0 : isa
    }

    /// Has visited what an object refers to.
    @inline(__always)
    private mutating func follow(_ entry: UInt, _ plan: UnsafePointer<ObjectPlan>, usable: UInt) {
        let address = entry & 0xFFFF_FFFF_FFFF
        if entry >> 48 != 0 {
            visitPayload(of: address, box: entry >> 48, usable: usable)
            return
        }
        run(plan.pointee.program, at: address)
        if plan.pointee.isPlain { return }
        visitTail(of: address, plan, usable: usable)
        if plan.pointee.isOpaque { noteOpaque(UInt(bitPattern: plan)) }
    }

    /// The same for any object, and for one that was counted before.
    @inline(never)
    mutating func visitRare(_ entry: UInt, counts: Bool) {
        let address = entry & 0xFFFF_FFFF_FFFF
        let isa = word(address)
        guard let plan = UnsafePointer<ObjectPlan>(bitPattern: objects.find(isa)) else {
            meetUnknown(isa)
            return
        }
        let (usable, isFollowed) = count(address, plan, counts: counts)
        if isFollowed { follow(entry, plan, usable: usable) }
    }

    /// Counts the block of an object, and that of its side table.
    ///
    /// - Returns: The bytes that the object may have, and whether there is something to follow.
    private mutating func count(
        _ address: UInt,
        _ plan: UnsafePointer<ObjectPlan>,
        counts: Bool
    ) -> (usable: UInt, isFollowed: Bool) {
        let counters = word(address &+ 8)
        var isStatic = false
        var isDying = false
        if counters & Self.rareCounters != 0 {
            (isStatic, isDying) = inspect(counters, of: address, counts: counts)
        }
        if isStatic { return (1 << 40, true) }
        let usable = blockSize(address)
        guard Int(bitPattern: usable) >= plan.pointee.minimumSize else {
            if !isRevisiting { unsized &+= 1 }
            return (0, false)
        }
        if counts { bytes &+= Int(bitPattern: usable) }
        // What a dying object refers to is being released.
        return (usable, !isDying)
    }

    /// Counts an object alone.
    ///
    /// - Returns: Its layout, or `nil` where there is nothing to follow.
    mutating func beginObject(at address: UInt) -> ObjectLayout? {
        var found = objects.find(word(address))
        if found == 0 {
            meetUnknown(word(address))
            guard learn() else { return nil }
            found = objects.find(word(address))
        }
        guard let plan = UnsafePointer<ObjectPlan>(bitPattern: found), count(address, plan, counts: true).isFollowed
        else { return nil }
        if plan.pointee.isOpaque { noteOpaque(UInt(bitPattern: plan)) }
        return plan.pointee.layout?.takeUnretainedValue()
    }

    /// Has visited what an object refers to that has been counted.
    mutating func visitRoot(_ address: UInt) { visitCompletely(address, counts: false) }

    /// The object was made by malloc.
    mutating func isInHeap(_ address: UInt) -> Bool {
        let counters = word(address &+ 8)
        return counters & Self.rareCounters == 0 || !inspect(counters, of: address, counts: false).isStatic
    }

    @inline(__always)
    func blockSize(_ address: UInt) -> UInt {
        headersAreReadable ? BlockSize.glibc(address) : UInt(ct_guarded_usable_size(address))
    }

    mutating func miss(_ what: Missing) {
        missing = what
        isMissing = true
    }

    @inline(never)
    private mutating func meetUnknown(_ isa: UInt) {
        if isMetadataOfObject(isa) {
            miss(.object(isa: isa))
        } else if !isRevisiting {
            unsized &+= 1
        }
    }

    @inline(never)
    private mutating func noteOpaque(_ plan: UInt) {
        if !opaquePlans.contains(plan) { opaquePlans.append(plan) }
    }

    /// Reads a reference count that is not one of an ordinary object (RefCount.h in the Swift repository).
    @inline(never)
    private mutating func inspect(
        _ counters: UInt,
        of address: UInt,
        counts: Bool
    ) -> (isStatic: Bool, isDying: Bool) {
        // Immortal: a static object, or one whose count ran over.
        if counters >> 63 != 0 && counters & 0xFFFF_FFFF == 0xFFFF_FFFF { return (images.contain(address), false) }
        if counters >> 62 == 3 {
            // The counters stand in a side table, because there is or was a weak reference.
            let table = (counters & (1 << 62 - 1)) << 3
            guard table >> Architecture.addressBits == 0, word(table) == address else { return (false, false) }
            if counts && marks.insert(table) { bytes &+= Int(bitPattern: blockSize(table)) }
            let moved = word(table &+ 16)
            return (false, moved & 1 << 32 != 0 && moved & 0xFFFF_FFFF != 0xFFFF_FFFF)
        }
        // Two unowned references on a new object are also what a promoted one has.
        let isStatic = counters & 0xFFFF_FFFF == 5 && ct_is_on_stack(address) != 0
        return (isStatic, counters & 1 << 32 != 0)
    }

    /// The payload of an indirect case or of an existential too large for its own words.
    @inline(never)
    private mutating func visitPayload(of address: UInt, box: UInt, usable: UInt) {
        guard let program = UnsafePointer<Program>(bitPattern: boxPrograms.base[Int(bitPattern: box)]) else { return }
        let offset = aligned(16, mask: program.pointee.alignmentMask)
        if offset <= usable { run(program.pointee, at: address &+ offset) }
    }

    // MARK: Trust

    /// A word is the metadata of objects, as far as reading can tell.
    func isMetadataOfObject(_ isa: UInt) -> Bool {
        guard isAddress(isa) else { return false }
        switch word(isa) {
        case Metadata.Kind.classType.rawValue: return isClass(isa)
        case Metadata.Kind.heapLocal.rawValue, Metadata.Kind.errorBox.rawValue, Metadata.Kind.task.rawValue:
            return images.contain(isa)
        case Metadata.Kind.genericBox.rawValue: return isMetadataOfValue(word(isa &+ 16))
        default: return false
        }
    }

    /// A word is the metadata of a type, as far as reading can tell.
    func isMetadataOfValue(_ type: UInt) -> Bool {
        guard isAddress(type) else { return false }
        let kind = word(type)
        if kind == Metadata.Kind.classType.rawValue { return isClass(type) }
        let table = word(type &- 8)
        // Not all tables are static, but all their functions are: no data of the host's looks like that.
        guard isAddress(table), images.contain(word(table)), images.contain(word(table &+ 8)),
            word(table &+ 64) < 1 << 40, word(table &+ 72) != 0, word(table &+ 72) < 1 << 40
        else { return false }
        switch Metadata.Kind(rawValue: kind) {
        case .structType: return isDescriptor(word(type &+ 8), .structType)
        case .enumType, .optionalType: return isDescriptor(word(type &+ 8), .enumType)
        case .tuple, .function, .existential, .metatype, .existentialMetatype, .extendedExistential, .fixedArray,
            .opaque:
            return true
        case .classType, .foreignClass, .foreignReference, .heapLocal, .genericBox, .errorBox, .task, nil: return false
        }
    }

    private func isAddress(_ word: UInt) -> Bool {
        word & 7 == 0 && word >= Architecture.leastAddress && word >> Architecture.addressBits == 0
    }

    private func isClass(_ isa: UInt) -> Bool {
        word(isa &- 8) == nativeWitnesses && isDescriptor(word(isa &+ 40), .classType)
    }

    private func isDescriptor(_ address: UInt, _ kind: ContextDescriptor.Kind) -> Bool {
        images.contain(address) && ContextDescriptor(address).kind == kind
    }

    // MARK: Learning

    /// Fetches what the last visit missed.
    ///
    /// - Returns: True where there was something; the visit has to be repeated.
    mutating func learn() -> Bool {
        guard isMissing else { return false }
        let needed = missing
        isMissing = false
        missing = .nothing
        switch needed {
        case .nothing: return false
        case .object(let isa):
            // Once more, because the runtime is going to believe it.
            guard isMetadataOfObject(isa) else { return false }
            let plan = LayoutCatalog.shared.objectLayout(of: Metadata(isa)).plan
            return objects.insert(isa, UInt(bitPattern: plan))
        case .value(let type):
            guard isMetadataOfValue(type) else { return false }
            let program = LayoutCatalog.shared.layout(of: Metadata(type)).program
            return values.insert(type, UInt(bitPattern: program))
        case .captures(let box, let isa, let key):
            let layout = LayoutCatalog.shared.captureLayout(ofBoxAt: box, isa: Metadata(isa), key: key)
            return captures.insert(key, UInt(bitPattern: layout.plan))
        }
    }
}
