internal import CTrackingRuntime

extension Walker {
    /// Counts an object's block and has what it refers to visited.
    ///
    /// - Parameters:
    ///   - entry: The object.
    ///   - counts: False where its block has been counted.
    @inline(__always)
    mutating func visit(_ entry: UInt, counts: Bool) {
        let address = entry & 0xFFFF_FFFF_FFFF
        let isa = word(address)
        guard let plan = UnsafePointer<ObjectPlan>(bitPattern: objects.find(isa)) else {
            meetUnknown(isa)
            return
        }
        let counters = word(address &+ 8)
        var isStatic = false
        var isDying = counters & 1 << 32 != 0
        // A new object's counters are 3; more retains add above, so that one test finds what is rare.
        if counters & (1 << 63 | 1 << 32 | 0xFFFF_FFFC) != 0 {
            (isStatic, isDying) = inspect(counters, of: address, counts: counts)
        }
        var usable: UInt = 1 << 40
        if !isStatic {
            usable = blockSize(address)
            guard usable >= plan.pointee.minimumSize else {
                if !isRevisiting { unsized &+= 1 }
                return
            }
            if counts { bytes &+= Int(bitPattern: usable) }
        }
        // What a dying object refers to is being released.
        if isDying { return }
        let box = entry >> 48
        if box != 0 {
            visitPayload(of: address, box: box, usable: usable)
            return
        }
        if plan.pointee.program.count != 0 { run(plan.pointee.program, at: address) }
        if plan.pointee.shape != .fixed { visitTail(of: address, plan, usable: usable) }
        if plan.pointee.isOpaque { noteOpaque(UInt(bitPattern: plan)) }
    }

    @inline(__always)
    func blockSize(_ address: UInt) -> UInt {
        headersAreReadable ? BlockSize.glibc(address) : UInt(ct_guarded_usable_size(address))
    }

    @inline(never)
    private mutating func meetUnknown(_ isa: UInt) {
        if isMetadataOfObject(isa) {
            missing = .object(isa: isa)
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
        guard isAddress(table), word(table &+ 64) < 1 << 40, word(table &+ 72) != 0, word(table &+ 72) < 1 << 40 else {
            return false
        }
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
        let needed = missing
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
