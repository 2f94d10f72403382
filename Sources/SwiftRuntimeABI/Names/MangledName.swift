/// A mangled type in read-only data, in which a byte from 1 to 31 and an offset refer to a descriptor.
package struct MangledName {
    package let address: UInt
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

    /// Indicates whether this is a weak, unowned or unmanaged reference, which keeps nothing alive.
    package var isNotStrong: Bool { endsWith("w") || endsWith("o") || endsWith("u") }

    /// Indicates whether this is a box that only SIL can name: one strong reference.
    package var isBox: Bool { endsWith("x") || endsWith("X") }

    /// The convention for the context of a lowered function type: `y`, `g` or `x`, or `t` if there is none; `nil` for any
    /// other type.
    ///
    /// `I`, the attributes, and `_` are the last operator of such a type (docs/ABI/Mangling.rst, "impl-function-type").
    package var loweredConvention: UInt8? {
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

    /// The payload, if the type is an optional, whose operator is `Sg`.
    package var unwrapped: MangledName? {
        guard length > 2, byte(at: address &+ length &- 1) == UInt8(ascii: "g"),
            byte(at: address &+ length &- 2) == UInt8(ascii: "S")
        else { return nil }
        return MangledName(address: address, length: length &- 2)
    }

    /// The element, if the type is an array, `Say...G`.
    var element: MangledName? {
        guard length > 4, byte(at: address) == UInt8(ascii: "S"), byte(at: address &+ 1) == UInt8(ascii: "a"),
            byte(at: address &+ 2) == UInt8(ascii: "y"), byte(at: address &+ length &- 1) == UInt8(ascii: "G")
        else { return nil }
        return MangledName(address: address &+ 3, length: length &- 4)
    }

    /// Indicates whether the compiler put a function in place of a noncopyable type, because an older runtime would copy it.
    ///
    /// The function returns the empty tuple's metadata on every runtime up to 6.3 (swiftlang/swift pull request 64295).
    package var isHidden: Bool { byte(at: address) == 0x09 && length == 5 }

    // MARK: References to descriptors

    /// The descriptor to which the name refers, if it is only a reference.
    var nominal: ContextDescriptor? { length == 5 ? firstNominal : nil }

    /// The descriptor of the reference with which the name begins.
    var firstNominal: ContextDescriptor? {
        guard let target = relative(at: address &+ 1) else { return nil }
        return switch byte(at: address) {
        case 1: ContextDescriptor(target)
        case 2: ContextDescriptor(word(target))
        default: nil
        }
    }
}
