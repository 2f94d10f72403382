extension Walker {
    // MARK: Trust

    // The runtime believes what it is given, and follows it without any guard. A word comes from memory that may have been
    // freed and be anything now; so what is asked for is what only the compiler and the runtime write: the addresses of
    // functions in their places, descriptors in read-only data.

    /// A word is the metadata of objects, as far as reading can tell.
    func isMetadataOfObject(_ isa: UInt) -> Bool {
        guard isAddress(isa) else { return false }
        switch Metadata.Kind(rawValue: word(isa)) {
        case .classType: return isClass(isa)
        case .heapLocal: return isBox(isa) && images.contain(isa) && isCaptureDescriptor(word(isa &+ 16))
        case .genericBox: return isBox(isa) && isMetadataOfValue(word(isa &+ 16))
        case .errorBox, .task: return images.contain(isa) && code.contain(word(isa &- 16))
        default: return false
        }
    }

    /// A word is the metadata of a type, as far as reading can tell.
    func isMetadataOfValue(_ type: UInt) -> Bool {
        guard isAddress(type) else { return false }
        let kind = Metadata.Kind(rawValue: word(type))
        if kind == .classType { return isClass(type) }
        let table = word(type &- 8)
        guard isWitnessTable(table) else { return false }
        switch kind {
        case .structType: return isDescriptor(word(type &+ 8), .structType)
        case .enumType, .optionalType:
            return isDescriptor(word(type &+ 8), .enumType) && areFunctions(3, at: table &+ 88)
        case .tuple, .function, .existential, .metatype, .existentialMetatype, .extendedExistential, .fixedArray,
            .opaque:
            return true
        case .classType, .foreignClass, .foreignReference, .heapLocal, .genericBox, .errorBox, .task, nil: return false
        }
    }

    private func isAddress(_ word: UInt) -> Bool {
        word & 7 == 0 && word >= Architecture.leastAddress && word >> Architecture.addressBits == 0
    }

    private func areFunctions(_ count: UInt, at address: UInt) -> Bool {
        for index in 0..<count where !code.contain(word(address &+ index &* 8)) { return false }
        return true
    }

    /// Eight functions, a size and a stride.
    private func isWitnessTable(_ table: UInt) -> Bool {
        isAddress(table) && areFunctions(8, at: table) && word(table &+ 64) < 1 << 40
            && word(table &+ 72) &- 1 < 1 << 40
    }

    private func isClass(_ isa: UInt) -> Bool {
        word(isa &- 8) == nativeWitnesses && code.contain(word(isa &- 16))
            && isDescriptor(word(isa &+ 40), .classType)
    }

    /// Boxes have a function that destroys them, no witnesses, and their first value within the first few words.
    private func isBox(_ isa: UInt) -> Bool {
        code.contain(word(isa &- 16)) && word(isa &- 8) == 0 && halfWord(isa &+ 8) &- 16 < 1 << 12
    }

    private func isCaptureDescriptor(_ address: UInt) -> Bool { address == 0 || images.contain(address) }

    private func isDescriptor(_ address: UInt, _ kind: ContextDescriptor.Kind) -> Bool {
        images.contain(address) && ContextDescriptor(address).kind == kind
    }

    // MARK: Learning

    mutating func miss(_ what: Missing) {
        missing = what
        isMissing = true
    }

    /// Fetches what the last visit missed.
    ///
    /// - Returns: True where there was something; the visit has to be repeated.
    mutating func learn() -> Bool {
        guard isMissing else { return false }
        let needed = missing
        isMissing = false
        missing = .nothing
        guard isLearning else {
            strangers &+= 1
            return false
        }
        switch needed {
        case .nothing: return false
        case .object(let isa):
            // Once more: what is no metadata may have looked like it while it was changed.
            guard isMetadataOfObject(isa) else { return false }
            let plan = LayoutCatalog.shared.objectLayout(of: Metadata(isa)).plan
            return objects.insert(isa, UInt(bitPattern: plan))
        case .value(let type):
            guard isMetadataOfValue(type) else { return false }
            let program = LayoutCatalog.shared.layout(of: Metadata(type)).program
            return values.insert(type, UInt(bitPattern: program))
        case .captures(let box, let plan, let key):
            return learnCaptures(of: box, plan, key: key)
        }
    }

    /// The layout of the values of a type, or `nil` for a word that is no type.
    mutating func layout(ofValue type: UInt) -> TypeLayout? {
        if let known = UnsafeRawPointer(bitPattern: layouts.find(type)) {
            return Unmanaged<TypeLayout>.fromOpaque(known).takeUnretainedValue()
        }
        guard isMetadataOfValue(type) else { return nil }
        guard isLearning else {
            strangers &+= 1
            return nil
        }
        let layout = LayoutCatalog.shared.layout(of: Metadata(type))
        _ = layouts.insert(type, UInt(bitPattern: Unmanaged.passUnretained(layout).toOpaque()))
        return layout
    }

    private mutating func learnCaptures(of box: UInt, _ plan: UnsafePointer<ObjectPlan>, key: UInt) -> Bool {
        guard let isa = plan.pointee.layout?.takeUnretainedValue().metadata else { return false }
        var captured = CapturedArguments(isa: isa, box: box, plan)
        // What is learnt stays for good under its key: it has to be of the very words that the key is made of.
        guard captured.key == key else {
            unsized &+= 1
            return false
        }
        captured.keep { isMetadataOfValue($0) }
        let layout = LayoutCatalog.shared.captureLayout(of: captured)
        return captures.insert(key, UInt(bitPattern: layout.plan))
    }
}

/// The words in a box of captures that tell the types of the others.
struct CapturedArguments {
    let isa: Metadata
    /// What the layout is remembered by.
    let key: UInt
    /// The generic arguments in front of the captures.
    private(set) var bindings: [UInt]
    /// The first capture, which may be a metatype, and its class; 0 where no argument is told by it.
    private(set) var capture: UInt
    private(set) var captureClass: UInt

    /// Reads each word once: the box may be changing.
    init(isa: Metadata, box: UInt, _ plan: UnsafePointer<ObjectPlan>) {
        self.isa = isa
        let first = box &+ 16
        bindings = (0..<plan.pointee.bindings).map { word(first &+ UInt($0) &* 8) }
        capture = plan.pointee.dependsOnCapture ? word(first &+ UInt(plan.pointee.bindings) &* 8) : 0
        captureClass = word(capture & Architecture.addressMask)
        var key = bindings.reduce(Walker.mixed(0, isa.address), Walker.mixed)
        if plan.pointee.dependsOnCapture { key = Walker.mixed(key, captureClass) }
        self.key = key
    }

    /// Leaves out what is no metadata: the runtime is going to believe it.
    mutating func keep(where isMetadata: (UInt) -> Bool) {
        bindings = bindings.map { isMetadata($0) ? $0 : 0 }
        if !isMetadata(capture) { capture = 0 }
        if !isMetadata(captureClass) { captureClass = 0 }
    }
}
