internal import CTrackingRuntime

/// The metadata of a type, to which the first word of every object points.
///
/// Word offsets are those of ABI/Metadata.h in the Swift repository; Linux has no Objective-C words in class metadata. The C code
/// reads a few of them within an allocation (`metadata_internal.h`).
@usableFromInline
package struct Metadata: Hashable, Sendable {
    @usableFromInline
    package let address: UInt

    @inlinable
    package init(_ address: UInt) { self.address = address }

    package init(_ type: any (~Copyable & ~Escapable).Type) {
        address = unsafeBitCast(type, to: UInt.self)
    }

    package var type: Any.Type { unsafeBitCast(address, to: Any.Type.self) }

    /// The value of the kind word; everything above 0x7ff is a class as well.
    package enum Kind: UInt {
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

    /// The kind; `nil` for a kind that is not known, and for a class whose word is none of these.
    package var kind: Kind? { Kind(rawValue: word(address)) }

    /// The table of operations on values of the type.
    package var valueWitnesses: ValueWitnesses { ValueWitnesses(table: word(address &- 8), metadata: self) }

    /// The nominal type's context descriptor.
    package var descriptor: ContextDescriptor? {
        switch kind {
        case .classType: nonNull(word(address &+ 40))
        case .structType, .enumType, .optionalType: nonNull(word(address &+ 8))
        default: nil
        }
    }

    private func nonNull(_ address: UInt) -> ContextDescriptor? { address == 0 ? nil : ContextDescriptor(address) }

    /// The name without the module: `Array<Employee>`.
    package var name: String {
        RuntimeAccess.canSearch || descriptor.map { !$0.isGenericInside && $0.isPermanent } ?? false
            ? _typeName(type, qualified: false) : readName()
    }

    /// Returns the name without asking the runtime.
    private func readName(depth: Int = 0) -> String {
        guard depth < 8, let descriptor, let name = descriptor.name else { return "?" }
        guard descriptor.isGeneric, let start = genericArguments else { return name }
        let arguments = (0..<UInt(descriptor.keyArguments.types))
            .map { Metadata(word(start &+ $0 &* 8)).readName(depth: depth + 1) }
        return arguments.isEmpty ? name : "\(name)<\(arguments.joined(separator: ", "))>"
    }

    /// The name with the module: `Swift.Array<App.Employee>`.
    package var qualifiedName: String { _typeName(type, qualified: true) }

    // MARK: Classes and boxes

    /// The function that destroys an object.
    ///
    /// The tracker replaces it in the metadata of a tracked class (`class_deaths.c`).
    package var destroyFunction: UInt { word(address &- 16) }

    package var superclass: Metadata? {
        let superclass = word(address &+ 8)
        return superclass == 0 ? nil : Metadata(superclass)
    }

    /// The bytes of an instance, header included.
    package var instanceSize: Int { Int(halfWord(address &+ 24)) }

    /// The offset of this class's own members in its metadata, after those of its superclasses.
    private var classMembers: UInt? {
        guard let descriptor else { return nil }
        if descriptor.hasResilientSuperclass {
            guard let bounds = descriptor.resilientBounds else { return nil }
            return word(bounds)
        }
        return UInt(bitPattern: descriptor.memberWords * 8)
    }

    /// The address of the offsets of this class's own stored properties, 8 bytes each.
    package var classFieldOffsets: UInt? {
        guard let descriptor else { return nil }
        let vector = UInt(descriptor.classFieldOffsetWord) * 8
        guard descriptor.hasResilientSuperclass else { return address &+ vector }
        return classMembers.map { address &+ $0 &+ vector }
    }

    // MARK: Generic types

    /// The address of the generic arguments.
    package var genericArguments: UInt? {
        switch kind {
        case .classType: classMembers.map { address &+ $0 }
        case .structType, .enumType, .optionalType: address &+ 16
        default: nil
        }
    }

    /// Returns a generic argument that is a type.
    package func genericArgument(_ index: Int) -> Metadata? {
        guard descriptor?.isGeneric == true, let genericArguments else { return nil }
        let argument = word(genericArguments &+ UInt(index) * 8)
        return argument == 0 ? nil : Metadata(argument)
    }

    // MARK: Structs

    /// The address of the offsets of a struct's stored properties, 4 bytes each.
    package var structFieldOffsets: UInt? {
        descriptor.map { address &+ UInt($0.structFieldOffsetWord) * 8 }
    }
}
