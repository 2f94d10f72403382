internal import CTrackingRuntime

/// The compiler's description of a nominal type, shared by all its generic instances, or of a context around one.
///
/// The layout is that of `TargetContextDescriptor` and its descendants in ABI/Metadata.h in the Swift repository. The C code reads
/// the names of a descriptor and of its parents, too (`class_identity.c`).
package struct ContextDescriptor: Hashable, Sendable {
    package let address: UInt

    package init(_ address: UInt) { self.address = address }

    private var flags: UInt32 { halfWord(address) }

    /// The kind of context, in the low bits of the flags.
    package enum Kind: UInt32 {
        case module = 0
        case extensionContext = 1
        case anonymous = 2
        case protocolType = 3
        case classType = 16
        case structType = 17
        case enumType = 18
    }

    package var kind: Kind? { Kind(rawValue: flags & 0x1F) }
    package var isGeneric: Bool { flags & 0x80 != 0 }
    var hasResilientSuperclass: Bool { flags & 0x2000_0000 != 0 }

    /// Indicates whether the name is not its own but that of an imported declaration, which is mangled differently.
    var isImported: Bool { flags & 0x40000 != 0 }

    /// Indicates whether its library is never unloaded.
    package var isPermanent: Bool { ct_image_is_permanent(address) != 0 }

    /// The context around this one.
    var parent: ContextDescriptor? { indirectable(at: address &+ 4).map(ContextDescriptor.init) }

    /// The address of the name; `nil` for a context without one.
    var nameAddress: UInt? {
        switch kind {
        case .module, .protocolType, .classType, .structType, .enumType: relative(at: address &+ 8)
        case .extensionContext, .anonymous, nil: nil
        }
    }

    /// The name alone, without those of its parents.
    package var name: String? { nameAddress.map(text(at:)) }

    /// The type that an extension extends, if its mangled name begins with a reference to it.
    var extendedType: ContextDescriptor? {
        guard kind == .extensionContext else { return nil }
        return relative(at: address &+ 8).flatMap { MangledName(address: $0).firstNominal }
    }

    /// The description of the stored properties or cases; `nil` if the program was built without it.
    package var fields: FieldDescriptor? { relative(at: address &+ 16).map(FieldDescriptor.init) }

    // MARK: Offsets in the metadata

    /// The word of a struct's metadata at which the offsets of its stored properties begin.
    var structFieldOffsetWord: UInt32 { halfWord(address &+ 24) }

    /// The word of a class's metadata at which the offsets of its stored properties begin; relative to its members if the
    /// superclass is resilient.
    var classFieldOffsetWord: UInt32 { halfWord(address &+ 40) }

    /// The word of a class's metadata at which its members begin, if the superclass is not resilient.
    var memberWords: Int { Int(halfWord(address &+ 28)) - Int(halfWord(address &+ 32)) }

    /// The address at which the runtime keeps the offset of the members, if the superclass is resilient.
    var resilientBounds: UInt? { relative(at: address &+ 24) }

    // MARK: Generic parameters

    /// Indicates whether the type, or a type around it, has generic parameters.
    package var isGenericInside: Bool {
        var context: ContextDescriptor? = self
        var depth = 0
        while let current = context, depth < 32 {
            if current.isGeneric { return true }
            context = current.parent
            depth += 1
        }
        return false
    }

    /// The number of words of generic arguments in metadata of the type, and how many of them are types, which come first.
    ///
    /// They follow the descriptor's own words: 8 bytes, then the numbers of parameters, of requirements and of words, 2 bytes each,
    /// flags, and a byte for each parameter (`TargetGenericContextDescriptorHeader` in the Swift repository).
    var keyArguments: (types: Int, all: Int) {
        let header = address &+ (kind == .classType ? 44 : 28) &+ 8
        let parameters = halfWord(header) & 0xFFFF
        let all = Int(halfWord(header &+ 4) & 0xFFFF)
        let hasPacks = halfWord(header &+ 4) >> 16 & 1 != 0
        // A pack is represented by its length and a list of types.
        if hasPacks { return (0, 0) }
        var types = 0
        for index in 0..<UInt(parameters) where byte(at: header &+ 8 &+ index) == 0x80 { types += 1 }
        return (min(types, all), all)
    }
}
