/// The types that have no name of their own, and the boxes that the compiler makes.
extension Metadata {
    // MARK: Tuples

    /// The number of elements of a tuple.
    package var tupleCount: UInt { word(address &+ 8) }

    /// Returns the type of an element of a tuple.
    package func tupleElement(_ index: UInt) -> Metadata { Metadata(word(address &+ 24 &+ index &* 16)) }

    /// The elements of a tuple, by label or as `.0`.
    package var tupleElements: [(name: String, offset: Int, type: Metadata)] {
        let count = min(tupleCount, 1 << 16)
        let labels = word(address &+ 16)
        var names = labels == 0 ? [] : text(at: labels).split(separator: " ", omittingEmptySubsequences: false)
        if names.count < Int(count) { names = [] }
        return (0..<count)
            .map { index in
                let name = names.isEmpty ? "" : String(names[Int(index)])
                let offset = Int(halfWord(address &+ 32 &+ index &* 16))
                return (name.isEmpty ? ".\(index)" : name, offset, tupleElement(index))
            }
    }

    // MARK: Functions

    /// The convention by which a function is called, which decides about its context.
    package enum Convention {
        /// A function and a context, which is an object or nothing.
        case swift
        /// An object of the Blocks runtime.
        case block
        /// A function without a context.
        case thin
    }

    /// The convention of a function.
    package var convention: Convention {
        switch (word(address &+ 8) >> 16) & 0xFF {
        case 0: .swift
        case 1: .block
        default: .thin
        }
    }

    /// The types of a function: its result, then its parameters.
    package var functionTypes: some RandomAccessCollection<Metadata> {
        (0...(word(address &+ 8) & 0xFFFF)).lazy.map { Metadata(word(address &+ 16 &+ $0 &* 8)) }
    }

    // MARK: Existentials

    /// The storage of a value of a protocol type.
    package enum ExistentialStorage {
        /// Three words, followed by the type and the conformances.
        case container
        /// A reference to an object, or to the box of an error.
        case reference
        /// Metatypes alone, which keep nothing alive.
        case metatype
    }

    /// The storage of the values of an existential or an extended existential.
    package var existentialStorage: ExistentialStorage {
        guard kind == .existential else {
            return switch halfWord(extendedExistentialShape) & 0xFF {
            case 0: .container
            case 1: .reference
            default: .metatype
            }
        }
        let flags = halfWord(address &+ 8)
        let isError = (flags >> 24) & 0x3F == 1
        return flags & 0x8000_0000 != 0 && !isError ? .container : .reference
    }

    /// The part that all extended existentials of one shape share.
    var extendedExistentialShape: UInt { word(address &+ 8) }

    /// The protocols of an existential.
    ///
    /// They follow the flags, their number, and a superclass if the flags say so. The lowest bit marks a protocol of
    /// Objective-C.
    var protocols: some RandomAccessCollection<UInt> {
        let hasSuperclass = halfWord(address &+ 8) & 0x4000_0000 != 0
        let first = address &+ (hasSuperclass ? 24 : 16)
        return (0..<UInt(halfWord(address &+ 12))).lazy.map { word(first &+ $0 &* 8) & ~1 }
    }

    // MARK: Metatypes and arrays in place

    /// The type that a metatype is of.
    var instanceType: Metadata { Metadata(word(address &+ 8)) }

    /// The number of elements of an `InlineArray`.
    package var arrayCount: Int { Int(bitPattern: word(address &+ 8)) }

    /// The type of an `InlineArray`'s elements.
    package var arrayElement: Metadata { Metadata(word(address &+ 16)) }

    // MARK: Boxes

    /// The offset of the value in a box.
    package var boxOffset: Int { Int(halfWord(address &+ 8)) }

    /// The type of the value in a generic box.
    package var boxedType: Metadata { Metadata(word(address &+ 16)) }

    /// The description of the captures in a closure's context; `nil` if the program was built without it.
    var captures: UInt { word(address &+ 16) }
}
