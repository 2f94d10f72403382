internal import CTrackingRuntime

/// Tells metadata from what only looks like it.
///
/// The runtime believes what it is given, and follows it without any guard. A word comes from memory that may have been
/// freed and be anything now; so what is asked for is what only the compiler and the runtime write: the addresses of
/// functions in their places, descriptors in read-only data.
struct MetadataTrust {
    let images: ImageRanges
    let code: ImageRanges
    let nativeWitnesses: UInt

    /// As deep as types that are written by hand nest in each other.
    private static let maximumDepth = 32

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

    /// Everything that the runtime reads to name a type and the types of its properties is there.
    ///
    /// Metadata that the runtime has made itself is never freed, and may be of types of a library that is gone.
    func isWhole(_ metadata: Metadata) -> Bool { ct_image_departures() == 0 || isWhole(metadata, depth: 0) }

    private func isWhole(_ metadata: Metadata, depth: Int) -> Bool {
        let address = metadata.address
        guard depth < Self.maximumDepth, isAddress(address) else { return false }
        switch metadata.kind {
        case .classType:
            guard isClass(address), argumentsAreWhole(metadata, depth: depth) else { return false }
            return metadata.superclass.map { isWhole($0, depth: depth + 1) } ?? true
        case .structType, .enumType, .optionalType:
            return isMetadataOfValue(address) && argumentsAreWhole(metadata, depth: depth)
        case .tuple:
            let count = word(address &+ 8)
            return count < 1 << 16
                && (0..<count).allSatisfy { isWhole(Metadata(word(address &+ 24 &+ $0 &* 16)), depth: depth + 1) }
        case .function:
            let count = word(address &+ 8) & 0xFFFF
            return (0...count).allSatisfy { isWhole(Metadata(word(address &+ 16 &+ $0 &* 8)), depth: depth + 1) }
        case .metatype, .existentialMetatype: return isWhole(Metadata(word(address &+ 8)), depth: depth + 1)
        case .fixedArray: return isWhole(Metadata(word(address &+ 16)), depth: depth + 1)
        case .existential: return protocolsAreThere(of: address)
        case .extendedExistential: return images.contain(address) || images.contain(word(address &+ 8))
        case .genericBox: return isBox(address) && isWhole(Metadata(word(address &+ 16)), depth: depth + 1)
        case .heapLocal, .errorBox, .task: return isMetadataOfObject(address)
        case .opaque: return images.contain(address)
        // Any number but the few kinds is a class to the runtime.
        case .foreignClass, .foreignReference, nil: return false
        }
    }

    /// The generic arguments, and the tables of how they conform.
    private func argumentsAreWhole(_ metadata: Metadata, depth: Int) -> Bool {
        guard let descriptor = metadata.descriptor, descriptor.isGeneric, let start = metadata.genericArguments
        else { return true }
        let (types, all) = descriptor.keyArguments
        for index in 0..<all {
            let argument = word(start &+ UInt(index) &* 8)
            let isThere = index < types ? isWhole(Metadata(argument), depth: depth + 1) : isConformance(argument)
            guard isThere else { return false }
        }
        return true
    }

    /// A table of a conformance: the compiler's, or one that the runtime has made of it.
    private func isConformance(_ table: UInt) -> Bool {
        images.contain(word(table)) && (images.contain(table) || isAddress(table))
    }

    /// A word of flags, the number of protocols, a superclass where the flags say so, then the protocols.
    private func protocolsAreThere(of existential: UInt) -> Bool {
        let hasSuperclass = halfWord(existential &+ 8) & 0x4000_0000 != 0
        let count = UInt(halfWord(existential &+ 12))
        let first = existential &+ (hasSuperclass ? 24 : 16)
        return count < 1 << 12 && (0..<count).allSatisfy { images.contain(word(first &+ $0 &* 8) & ~1) }
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
}

extension ContextDescriptor {
    /// How many words of generic arguments metadata of the type has, and how many of them are types, which come first.
    ///
    /// Behind the descriptor's own words: 8 bytes, then the numbers of parameters, of requirements and of words, 2 bytes each,
    /// flags, and a byte for each parameter (`TargetGenericContextDescriptorHeader` in the Swift repository).
    var keyArguments: (types: Int, all: Int) {
        let header = address &+ (kind == .classType ? 44 : 28) &+ 8
        let parameters = halfWord(header) & 0xFFFF
        let all = Int(halfWord(header &+ 4) & 0xFFFF)
        let hasPacks = halfWord(header &+ 4) >> 16 & 1 != 0
        // A pack is told by its length and a list of types.
        if hasPacks { return (0, 0) }
        var types = 0
        for index in 0..<UInt(parameters) where byte(at: header &+ 8 &+ index) == 0x80 { types += 1 }
        return (min(types, all), all)
    }
}

extension Metadata {
    /// What a type has in common with itself and with no other one whose metadata lies at the same address at another time.
    ///
    /// - Returns: 0 where there is no metadata any more.
    func fingerprint(depth: Int = 0) -> UInt64 {
        guard depth < 16, let kind else { return 0 }
        var hash = UInt64(kind.rawValue)
        func mix(_ value: UInt64) { hash = (hash ^ value) &* 0x0000_0100_0000_01B3 }
        mix(UInt64(valueWitnesses.table))
        switch kind {
        case .classType, .structType, .enumType, .optionalType:
            guard let descriptor else { return 0 }
            mix(ct_context_identity(descriptor.address))
            if kind == .classType {
                mix(UInt64(instanceSize))
                if let superclass { mix(superclass.fingerprint(depth: depth + 1)) }
            } else {
                mix(UInt64(valueWitnesses.size))
            }
            if let fields = descriptor.fields {
                for index in 0..<fields.count {
                    let record = fields[index].address
                    for part in 0..<UInt(3) { mix(UInt64(halfWord(record &+ part &* 4))) }
                }
            }
            guard descriptor.isGeneric, let start = genericArguments else { break }
            for index in 0..<UInt(descriptor.keyArguments.types) {
                mix(Metadata(word(start &+ index &* 8)).fingerprint(depth: depth + 1))
            }
        case .tuple:
            for index in 0..<min(word(address &+ 8), 1 << 12) {
                mix(Metadata(word(address &+ 24 &+ index &* 16)).fingerprint(depth: depth + 1))
            }
        case .genericBox, .fixedArray:
            mix(Metadata(word(address &+ 16)).fingerprint(depth: depth + 1))
        case .heapLocal:
            let captures = word(address &+ 16)
            for part in 0..<UInt(4) { mix(UInt64(halfWord(captures &+ part &* 4))) }
        default: break
        }
        return hash | 1
    }
}
