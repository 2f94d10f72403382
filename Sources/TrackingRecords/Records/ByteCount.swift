/// A number of bytes for people: `268.4 MiB`.
public struct ByteCount: Sendable, Hashable, CustomStringConvertible {
    /// The number of bytes.
    public var bytes: Int

    /// Makes a byte count.
    public init(_ bytes: Int) {
        self.bytes = bytes
    }

    /// The number in the largest binary unit that leaves at least 1, with one decimal from KiB on.
    public var description: String {
        var text = ""
        append(to: &text)
        return text
    }

    func append(to text: inout some TextPieces & ~Copyable) {
        let magnitude = bytes.magnitude
        guard magnitude >= 1024 else {
            text.append(bytes)
            text.append(" B")
            return
        }
        var unit = 1
        var divisor: UInt = 1024
        // 1023.95 KiB would round to 1024.0 KiB.
        while unit < 6, magnitude >= divisor * 1024 - divisor / 20 {
            divisor *= 1024
            unit += 1
        }
        let whole = magnitude / divisor
        let tenths = (magnitude % divisor * 10 + divisor / 2) / divisor
        let (carried, tenth) = tenths == 10 ? (whole + 1, 0) : (whole, tenths)
        if bytes < 0 { text.append("-") }
        text.append(Int(carried))
        text.append(".")
        text.append(Int(tenth))
        switch unit {
        case 1: text.append(" KiB")
        case 2: text.append(" MiB")
        case 3: text.append(" GiB")
        case 4: text.append(" TiB")
        case 5: text.append(" PiB")
        default: text.append(" EiB")
        }
    }
}

/// Takes a text piece by piece: a `String`, or the record that is being written.
///
/// The message of a sample is made for every journal entry; as a `String` it would cost more than all fields together.
package protocol TextPieces: ~Copyable {
    mutating func append(_ literal: StaticString)
    mutating func append(_ number: Int)
}

extension String: TextPieces {
    package mutating func append(_ literal: StaticString) { append(literal.description) }

    package mutating func append(_ number: Int) { append(String(number)) }
}
