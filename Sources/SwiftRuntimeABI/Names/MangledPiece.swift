/// A part of a mangled type, written out in full.
///
/// Swift mangles in postfix order: the operands of an operator precede it, without gaps. So the text of the whole is
/// the concatenation of its parts, and no tree is needed to write a type again.
package struct MangledPiece {
    /// The use of a piece: the distinctions of the grammar that decide which operator takes which piece.
    enum Kind {
        case identifier
        /// A private or local name: an identifier with a discriminator.
        case discriminatedName
        case module
        /// A structure, enumeration or class without generic arguments.
        case nominal
        case protocolType
        case type
        case emptyList
        case firstElement
        case variadicMarker
        /// An annotation of a function type: async, throws and others.
        case functionAnnotation
        case requirement
        case signature
        /// An extension or a function that encloses a declaration.
        case enclosing
    }

    /// A type that is named by its path.
    package struct Nominal {
        /// The range of the path in the text.
        package let range: Range<Int>
        /// The last identifier of the path.
        package let name: [UInt8]
    }

    let kind: Kind
    /// The text, without references to earlier parts and without abbreviated words.
    package let bytes: [UInt8]
    /// The parts of `bytes` that name a structure, enumeration or class by its path, outermost only.
    package let nominals: [Nominal]
    /// The last identifier of a name or a declaration.
    let name: [UInt8]
    /// The number of parameters of a function whose parameters this is.
    let elementCount: Int

    /// Creates a piece without parts.
    init(_ kind: Kind, _ bytes: [UInt8], name: [UInt8] = []) {
        self.kind = kind
        self.bytes = bytes
        self.name = name
        nominals = []
        elementCount = 1
    }

    /// Creates the piece that results from applying `operation` to `parts`.
    init(
        _ kind: Kind,
        _ parts: some Sequence<MangledPiece>,
        _ operation: [UInt8],
        name: [UInt8] = [],
        elementCount: Int = 1
    ) {
        var bytes: [UInt8] = []
        var nominals: [Nominal] = []
        for part in parts {
            for nominal in part.nominals {
                let range = nominal.range.lowerBound + bytes.count..<nominal.range.upperBound + bytes.count
                nominals.append(Nominal(range: range, name: nominal.name))
            }
            bytes += part.bytes
            // The reader rejects it at this length, however much longer it would be.
            if bytes.count > MangledTypeReader.maximumLength { break }
        }
        bytes += operation
        self.kind = kind
        self.bytes = bytes
        // The path of a nested type begins with the paths of the enclosing types, which are not listed themselves.
        self.nominals = kind == .nominal ? [Nominal(range: 0..<bytes.count, name: name)] : nominals
        self.name = name
        self.elementCount = elementCount
    }

    var isType: Bool {
        switch kind {
        case .nominal, .protocolType, .type: true
        default: false
        }
    }

    var isName: Bool { kind == .identifier || kind == .discriminatedName }

    var isModule: Bool { kind == .identifier || kind == .module }

    var isContext: Bool { isModule || kind == .nominal || kind == .protocolType || kind == .enclosing }
}
