internal import CTrackingRuntime

/// Checks whether a word is the address of metadata.
///
/// The runtime follows any address that it gets, without a guard. A word may come from memory that was freed and has other
/// contents now. So the check looks for words that only the compiler and the runtime write: addresses of functions at their
/// offsets, descriptors in read-only data.
@usableFromInline
package struct MetadataTrust {
    @usableFromInline
    package let images: ImageRanges
    @usableFromInline
    package let code: ImageRanges
    @usableFromInline
    package let nativeWitnesses: UInt

    @inlinable
    package init(images: ImageRanges, code: ImageRanges, nativeWitnesses: UInt) {
        self.images = images
        self.code = code
        self.nativeWitnesses = nativeWitnesses
    }

    /// The bytes that are read before any metadata: a function or nothing, and the witnesses.
    @inlinable
    package static var before: UInt { 16 }
    /// The bytes that are read of any metadata.
    @inlinable
    package static var least: UInt { 16 }

    /// Returns the bytes that are read of metadata with this kind word to tell whether it is the metadata of objects or of a type.
    package static func length(ofKind word: UInt) -> UInt {
        switch Metadata.Kind(rawValue: word) {
        case .classType: 48
        case .genericBox: 24
        default: least
        }
    }

    /// More levels than types in source code nest.
    private static let maximumDepth = 32

    /// Returns whether a word is the address of the metadata of objects, as far as reading can show.
    package func isMetadataOfObject(_ isa: UInt) -> Bool {
        guard isAddress(isa) else { return false }
        switch Metadata.Kind(rawValue: word(isa)) {
        case .classType: return isClass(isa)
        case .heapLocal: return isBox(isa) && images.contain(isa) && isCaptureDescriptor(Metadata(isa).captures)
        case .genericBox: return isBox(isa) && isMetadataOfValue(Metadata(isa).boxedType.address)
        case .errorBox, .task: return images.contain(isa) && code.contain(Metadata(isa).destroyFunction)
        default: return false
        }
    }

    /// Returns whether a word is the address of the metadata of a type, as far as reading can show.
    package func isMetadataOfValue(_ type: UInt) -> Bool {
        guard isAddress(type) else { return false }
        let kind = Metadata.Kind(rawValue: word(type))
        if kind == .classType { return isClass(type) }
        let witnesses = Metadata(type).valueWitnesses
        guard isTable(witnesses) else { return false }
        switch kind {
        case .structType: return isDescriptor(of: type, .structType)
        case .enumType, .optionalType:
            return isDescriptor(of: type, .enumType) && areFunctions(ValueWitnesses.enumFunctions, of: witnesses)
        case .tuple, .function, .existential, .metatype, .existentialMetatype, .extendedExistential, .fixedArray,
            .opaque:
            return true
        case .classType, .foreignClass, .foreignReference, .heapLocal, .genericBox, .errorBox, .task, nil: return false
        }
    }

    /// Returns whether everything is loaded that the runtime reads to name a type and the types of its properties.
    ///
    /// Metadata that the runtime made is never freed, and may belong to types of a library that was unloaded.
    package func isWhole(_ metadata: Metadata) -> Bool { ct_image_departures() == 0 || isWhole(metadata, depth: 0) }

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
            let count = metadata.tupleCount
            return count < 1 << 16
                && (0..<count).allSatisfy { isWhole(metadata.tupleElement($0), depth: depth + 1) }
        case .function: return metadata.functionTypes.allSatisfy { isWhole($0, depth: depth + 1) }
        case .metatype, .existentialMetatype: return isWhole(metadata.instanceType, depth: depth + 1)
        case .fixedArray: return isWhole(metadata.arrayElement, depth: depth + 1)
        case .existential:
            return metadata.protocols.count < 1 << 12 && metadata.protocols.allSatisfy { images.contain($0) }
        case .extendedExistential:
            return images.contain(address) || images.contain(metadata.extendedExistentialShape)
        case .genericBox: return isBox(address) && isWhole(metadata.boxedType, depth: depth + 1)
        case .heapLocal, .errorBox, .task: return isMetadataOfObject(address)
        case .opaque: return images.contain(address)
        // To the runtime, any number except the few kinds is a class.
        case .foreignClass, .foreignReference, nil: return false
        }
    }

    /// Checks the generic arguments, and the tables of their conformances.
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

    /// Checks the table of a conformance: the compiler's, or one that the runtime made from it.
    private func isConformance(_ table: UInt) -> Bool {
        images.contain(word(table)) && (images.contain(table) || isAddress(table))
    }

    private func isAddress(_ word: UInt) -> Bool {
        word & 7 == 0 && word >= Architecture.leastAddress && word >> Architecture.addressBits == 0
    }

    private func areFunctions(_ indices: Range<UInt>, of witnesses: ValueWitnesses) -> Bool {
        for index in indices where !code.contain(witnesses.function(index)) { return false }
        return true
    }

    /// Checks eight functions, a size and a stride.
    private func isTable(_ witnesses: ValueWitnesses) -> Bool {
        isAddress(witnesses.table) && areFunctions(ValueWitnesses.valueFunctions, of: witnesses)
            && UInt(bitPattern: witnesses.size) < 1 << 40 && UInt(bitPattern: witnesses.stride) &- 1 < 1 << 40
    }

    private func isClass(_ isa: UInt) -> Bool {
        let metadata = Metadata(isa)
        return metadata.valueWitnesses.table == nativeWitnesses && code.contain(metadata.destroyFunction)
            && isDescriptor(of: isa, .classType)
    }

    /// Checks for a box: it has a function that destroys it, no witnesses, and its first value within the first few
    /// words.
    private func isBox(_ isa: UInt) -> Bool {
        let metadata = Metadata(isa)
        return code.contain(metadata.destroyFunction) && metadata.valueWitnesses.table == 0
            && UInt(metadata.boxOffset) &- 16 < 1 << 12
    }

    private func isCaptureDescriptor(_ address: UInt) -> Bool { address == 0 || images.contain(address) }

    private func isDescriptor(of type: UInt, _ kind: ContextDescriptor.Kind) -> Bool {
        guard let descriptor = Metadata(type).descriptor else { return false }
        return images.contain(descriptor.address) && descriptor.kind == kind
    }
}
