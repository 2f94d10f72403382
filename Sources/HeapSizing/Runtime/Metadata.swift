internal import CTrackingRuntime

/// The metadata of a type: what the runtime and every object's first word point to.
///
/// Word offsets are those of ABI/Metadata.h in the Swift repository; Linux has no Objective-C words in class metadata.
struct Metadata: Hashable {
    let address: UInt

    init(_ address: UInt) { self.address = address }

    init(_ type: any (~Copyable & ~Escapable).Type) {
        address = unsafeBitCast(type, to: UInt.self)
    }

    var type: Any.Type { unsafeBitCast(address, to: Any.Type.self) }

    /// The value of the kind word; everything above 0x7ff is a class as well.
    enum Kind: UInt {
        case classType = 0
        case structType = 0x200
        case enumType = 0x201
        case optionalType = 0x202
        case foreignClass = 0x203
        case foreignReference = 0x204
        case opaque = 0x300
        case tuple = 0x301
        case function = 0x302
        case existential = 0x303
        case metatype = 0x304
        case existentialMetatype = 0x306
        case extendedExistential = 0x307
        case fixedArray = 0x308
        case heapLocal = 0x400
        case genericBox = 0x500
        case errorBox = 0x501
        case task = 0x502
    }

    var kind: Kind? { Kind(rawValue: word(address)) }

    /// The table of operations on values of the type.
    var valueWitnesses: ValueWitnesses { ValueWitnesses(table: word(address &- 8), metadata: self) }

    /// The nominal type's context descriptor.
    var descriptor: ContextDescriptor? {
        switch kind {
        case .classType: nonNull(word(address &+ 40))
        case .structType, .enumType, .optionalType: nonNull(word(address &+ 8))
        default: nil
        }
    }

    private func nonNull(_ address: UInt) -> ContextDescriptor? { address == 0 ? nil : ContextDescriptor(address) }

    /// The name without the module: `Array<Employee>`.
    var name: String {
        RuntimeAccess.canSearch || descriptor.map { !$0.isGenericInside && $0.isPermanent } ?? false
            ? _typeName(type, qualified: false) : readName()
    }

    /// The same without the runtime.
    private func readName(depth: Int = 0) -> String {
        guard depth < 8, let descriptor, let name = descriptor.name else { return "?" }
        guard descriptor.isGeneric, let start = genericArguments else { return name }
        let arguments = (0..<UInt(descriptor.keyArguments.types))
            .map { Metadata(word(start &+ $0 &* 8)).readName(depth: depth + 1) }
        return arguments.isEmpty ? name : "\(name)<\(arguments.joined(separator: ", "))>"
    }

    /// The name with the module: `Swift.Array<App.Employee>`.
    var qualifiedName: String { _typeName(type, qualified: true) }

    // MARK: Classes

    var superclass: Metadata? {
        let superclass = word(address &+ 8)
        return superclass == 0 ? nil : Metadata(superclass)
    }

    /// Bytes of an instance, header included.
    var instanceSize: Int { Int(halfWord(address &+ 24)) }

    /// Where the members of this very class begin among the metadata's words, those of its superclasses before it.
    private var classMembers: UInt? {
        guard let descriptor else { return nil }
        if descriptor.hasResilientSuperclass {
            guard let bounds = relative(at: descriptor.address &+ 24) else { return nil }
            return word(bounds)
        }
        let words = Int(halfWord(descriptor.address &+ 28)) - Int(halfWord(descriptor.address &+ 32))
        return UInt(bitPattern: words * 8)
    }

    /// Where the offsets of this very class's stored properties stand; 8 bytes each.
    var classFieldOffsets: UInt? {
        guard let descriptor else { return nil }
        let vector = UInt(halfWord(descriptor.address &+ 40)) * 8
        guard descriptor.hasResilientSuperclass else { return address &+ vector }
        return classMembers.map { address &+ $0 &+ vector }
    }

    /// Where the generic arguments stand.
    var genericArguments: UInt? {
        switch kind {
        case .classType: classMembers.map { address &+ $0 }
        case .structType, .enumType, .optionalType: address &+ 16
        default: nil
        }
    }

    /// A generic argument that is a type.
    func genericArgument(_ index: Int) -> Metadata? {
        guard descriptor?.isGeneric == true, let genericArguments else { return nil }
        let argument = word(genericArguments &+ UInt(index) * 8)
        return argument == 0 ? nil : Metadata(argument)
    }

    // MARK: Structs and tuples

    /// The elements of a tuple, by label or as `.0`.
    var tupleElements: [(name: String, offset: Int, type: Metadata)] {
        let count = min(word(address &+ 8), 1 << 16)
        let labels = word(address &+ 16)
        var names = labels == 0 ? [] : text(at: labels).split(separator: " ", omittingEmptySubsequences: false)
        if names.count < Int(count) { names = [] }
        return (0..<count)
            .map { index in
                let element = address &+ 24 &+ index * 16
                let name = names.isEmpty ? "" : String(names[Int(index)])
                return (
                    name.isEmpty ? ".\(index)" : name, Int(halfWord(element &+ 8)), Metadata(word(element))
                )
            }
    }

    /// Where the offsets of a struct's stored properties stand; 4 bytes each.
    var structFieldOffsets: UInt? {
        descriptor.map { address &+ UInt(halfWord($0.address &+ 24)) * 8 }
    }
}

/// A nominal type's compiled description, shared by all its generic instances.
struct ContextDescriptor: Hashable {
    let address: UInt

    init(_ address: UInt) { self.address = address }

    private var flags: UInt32 { halfWord(address) }

    enum Kind: UInt32 {
        case module = 0
        case extensionContext = 1
        case anonymous = 2
        case protocolType = 3
        case classType = 16
        case structType = 17
        case enumType = 18
    }

    var kind: Kind? { Kind(rawValue: flags & 0x1F) }
    var isGeneric: Bool { flags & 0x80 != 0 }
    var hasResilientSuperclass: Bool { flags & 0x2000_0000 != 0 }

    /// The description of the stored properties or cases; `nil` where the program was built without.
    var fields: FieldDescriptor? { relative(at: address &+ 16).map(FieldDescriptor.init) }

    /// The name without what is around it.
    var name: String? { relative(at: address &+ 8).map(text(at:)) }

    /// Its library is never unloaded.
    var isPermanent: Bool { ct_image_is_permanent(address) != 0 }

    /// The type, or a type around it, has generic parameters.
    var isGenericInside: Bool {
        var context: ContextDescriptor? = self
        var depth = 0
        while let current = context, depth < 32 {
            if current.isGeneric { return true }
            context = current.parent
            depth += 1
        }
        return false
    }

    private var parent: ContextDescriptor? {
        let distance = offset(at: address &+ 4)
        guard distance != 0 else { return nil }
        let target = address &+ 4 &+ UInt(bitPattern: distance & ~1)
        return ContextDescriptor(distance & 1 == 0 ? target : word(target))
    }

    /// Names from the module inwards: `Module.Outer.Inner`; what has no name, an extension say, is left out.
    var path: String {
        var names: [String] = []
        var context: ContextDescriptor? = self
        // A parent chain is as deep as the source; the bound is for a word that was never a descriptor.
        while let current = context, names.count < 32 {
            switch current.kind {
            case .module, .protocolType, .classType, .structType, .enumType:
                if let name = relative(at: current.address &+ 8) { names.append(text(at: name)) }
            default: break
            }
            context = current.parent
        }
        return names.reversed().joined(separator: ".")
    }
}

/// The text that ends with a zero byte at `address`; at most 4 KiB of it.
func text(at address: UInt) -> String {
    var bytes: [UInt8] = []
    while bytes.count < 4096 {
        let byte = byte(at: address &+ UInt(bytes.count))
        if byte == 0 { break }
        bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
}
