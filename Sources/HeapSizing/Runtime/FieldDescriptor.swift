/// The stored properties of a struct or class, or the cases of an enum, as the compiler describes them.
struct FieldDescriptor {
    let address: UInt

    var count: Int { min(Int(halfWord(address &+ 12)), 1 << 20) }

    subscript(index: Int) -> FieldRecord {
        let size = UInt(halfWord(address &+ 8) >> 16)
        return FieldRecord(address: address &+ 16 &+ UInt(index) * size)
    }
}

/// One stored property or case.
struct FieldRecord {
    let address: UInt

    /// The payload stands in a box of its own.
    var isIndirect: Bool { halfWord(address) & 1 != 0 }

    /// The mangled type; `nil` for a case without payload.
    var mangledType: MangledName? { relative(at: address &+ 4).map(MangledName.init) }

    /// The name in the source; `nil` where the program was built without names.
    var name: String? { relative(at: address &+ 8).map(text(at:)) }
}

/// A mangled type in read-only data, in which references to descriptors stand as bytes 1 to 31 and an offset.
struct MangledName {
    let address: UInt
    let length: UInt

    private init(address: UInt, length: UInt) {
        self.address = address
        self.length = length
    }

    init(address: UInt) {
        self.address = address
        var end = address
        // The bound is for memory that was never a name.
        while end &- address < 1 << 16 {
            switch byte(at: end) {
            case 0:
                length = end &- address
                return
            case 0x01...0x17: end &+= 5
            case 0x18...0x1F: end &+= 9
            default: end &+= 1
            }
        }
        length = end &- address
    }

    private func endsWith(_ last: Unicode.Scalar) -> Bool {
        length > 2 && byte(at: address &+ length &- 2) == UInt8(ascii: "X")
            && byte(at: address &+ length &- 1) == UInt8(ascii: last)
    }

    /// A weak, unowned or unmanaged reference, which holds nothing.
    var isNotStrong: Bool { endsWith("w") || endsWith("o") || endsWith("u") }

    /// A box that only SIL can name: one strong reference.
    var isBox: Bool { endsWith("x") || endsWith("X") }

    /// How the context of a lowered function type is held: `y`, `g` or `x`, or `t` where there is none; `nil` for any
    /// other type.
    ///
    /// `I`, the attributes, and `_` are the last operator of such a type (docs/ABI/Mangling.rst, "impl-function-type").
    var loweredConvention: UInt8? {
        guard length > 2, byte(at: address &+ length &- 1) == UInt8(ascii: "_") else { return nil }
        var position = address &+ length &- 2
        while position > address, byte(at: position) != UInt8(ascii: "I") {
            if byte(at: position) < 0x20 { return nil }
            position &-= 1
        }
        guard byte(at: position) == UInt8(ascii: "I") else { return nil }
        repeat { position &+= 1 } while "sIPeAdfrl".utf8.contains(byte(at: position))
        return byte(at: position)
    }

    /// The payload where the type is an optional, of which the operator is `Sg`.
    var unwrapped: MangledName? {
        guard length > 2, byte(at: address &+ length &- 1) == UInt8(ascii: "g"),
            byte(at: address &+ length &- 2) == UInt8(ascii: "S")
        else { return nil }
        return MangledName(address: address, length: length &- 2)
    }

    /// The element where the type is an array, `Say...G`.
    var element: MangledName? {
        guard length > 4, byte(at: address) == UInt8(ascii: "S"), byte(at: address &+ 1) == UInt8(ascii: "a"),
            byte(at: address &+ 2) == UInt8(ascii: "y"), byte(at: address &+ length &- 1) == UInt8(ascii: "G")
        else { return nil }
        return MangledName(address: address &+ 3, length: length &- 4)
    }

    /// A function that the compiler leaves in the place of a noncopyable type, because an older runtime would copy it.
    ///
    /// It returns the empty tuple's metadata on every runtime up to 6.3 (swiftlang/swift pull request 64295).
    var isHidden: Bool { byte(at: address) == 0x09 && length == 5 }

    /// The type that the name stands for in a generic context.
    ///
    /// - Parameters:
    ///   - context: The descriptor of the type that the field belongs to.
    ///   - arguments: Where that type's generic arguments stand.
    /// - Returns: The type, or `nil` where the runtime does not know it, or would have to search where it cannot.
    func resolve(in context: ContextDescriptor?, arguments: UInt?) -> Metadata? {
        guard let name = UnsafePointer<UInt8>(bitPattern: address), RuntimeAccess.canSearch || needsNoSearch
        else { return nil }
        let type = _getTypeByMangledNameInContext(
            name,
            length,
            genericContext: context.flatMap { UnsafeRawPointer(bitPattern: $0.address) },
            genericArguments: arguments.flatMap { UnsafeRawPointer(bitPattern: $0) }
        )
        return type.map { Metadata($0) }
    }
}
