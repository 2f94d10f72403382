/// The captures of a closure, as the compiler describes them to remote reflection.
///
/// RemoteInspection/Records.h in the Swift repository: three numbers, the mangled types of the captures, and pairs of a generic
/// parameter and of the way to its argument.
package struct CaptureDescriptor {
    private let address: UInt

    /// The offset of the words of metadata in a closure's context; the captures follow them.
    package static let firstBinding: UInt = 16

    /// Reads the description that the metadata of a closure's context refers to; `nil` if there is none.
    package init?(of isa: Metadata) {
        address = isa.captures
        guard address != 0, count <= 1 << 16, sourceCount <= 1 << 10, bindings <= 1 << 10 else { return nil }
    }

    package var count: Int { Int(halfWord(address)) }
    /// The number of generic parameters on which the captures depend.
    package var sourceCount: Int { Int(halfWord(address &+ 4)) }
    /// The number of words of metadata and conformances before the captures.
    package var bindings: Int { Int(halfWord(address &+ 8)) }

    /// Indicates whether some argument is found by the class of the first capture.
    package var refersToCapture: Bool {
        (0..<sourceCount).contains { path(to: $0).map { $0.contains("R") || $0.contains("M") } ?? false }
    }

    /// Returns the type of a capture.
    package func capture(_ index: Int) -> MangledName? {
        relative(at: address &+ 12 &+ UInt(index) * 4).map(MangledName.init(address:))
    }

    /// Returns the way to the argument of a generic parameter; `nil` if it is of an unknown kind.
    package func source(_ index: Int) -> ArgumentSource? {
        guard let path = path(to: index) else { return nil }
        var rest = Array(path.utf8)[...]
        return ArgumentSource(&rest)
    }

    private func path(to index: Int) -> String? {
        let record = address &+ 12 &+ UInt(count) * 4 &+ UInt(index) * 8
        return relative(at: record &+ 4).map(text(at:))
    }
}

/// The way to a generic argument of a closure (RemoteInspection/MetadataSource.h in the Swift repository).
package indirect enum ArgumentSource: Equatable, Sendable {
    /// `B1`: the second word before the captures.
    case binding(Int)
    /// `R0`: the class of the first capture. Before the types are known, only its offset is.
    case classOfFirstCapture
    /// `M0`: the first capture, which is a metatype.
    case firstCapture
    /// `G0R0_`: the first generic argument of the class of the first capture.
    case genericArgument(Int, of: ArgumentSource)

    /// Reads a way, and removes it from the text.
    init?(_ path: inout ArraySlice<UInt8>) {
        switch path.popFirst() {
        case UInt8(ascii: "B"): self = .binding(Self.number(&path))
        case UInt8(ascii: "R"):
            guard Self.number(&path) == 0 else { return nil }
            self = .classOfFirstCapture
        case UInt8(ascii: "M"):
            guard Self.number(&path) == 0 else { return nil }
            self = .firstCapture
        case UInt8(ascii: "G"):
            let index = Self.number(&path)
            guard let source = ArgumentSource(&path) else { return nil }
            if path.first == UInt8(ascii: "_") { path.removeFirst() }
            self = .genericArgument(index, of: source)
        default: return nil
        }
    }

    private static func number(_ path: inout ArraySlice<UInt8>) -> Int {
        var number = 0
        while let digit = path.first, (0x30...0x39).contains(digit), number < 1 << 16 {
            number = number * 10 + Int(digit - 0x30)
            path.removeFirst()
        }
        return number
    }
}
