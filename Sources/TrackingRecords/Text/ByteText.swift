/// A number of bytes in the form that people read everywhere: `268.4 MiB`.
package struct ByteText: Sendable, Hashable, CustomStringConvertible {
    private static let largestUnit = 6

    /// The number of bytes.
    package var bytes: Int

    /// Creates a text of a number of bytes.
    package init(_ bytes: Int) {
        self.bytes = bytes
    }

    /// The number in the largest binary unit that leaves at least 1, with one decimal from KiB on.
    package var description: String {
        var text = ""
        append(to: &text)
        return text
    }

    /// The number with up to three decimals and no trailing zeros, `64 MiB`, `1.25 GiB`: for scales, whose steps are
    /// powers of two.
    package var short: String {
        let parts = parts(scale: 1000)
        var text = bytes < 0 ? "-" : ""
        text.append(Int(parts.whole))
        if parts.fraction > 0 { text += "." + DecimalText.fraction(parts.fraction, digits: 3) }
        Self.append(unit: parts.unit, to: &text)
        return text
    }

    /// Appends ``description`` piece by piece, without an allocation of its own.
    func append(to text: inout some TextPieces & ~Copyable) {
        let parts = parts(scale: 10)
        if bytes < 0 { text.append("-") }
        text.append(Int(parts.whole))
        if parts.unit > 0 {
            text.append(".")
            text.append(Int(parts.fraction))
        }
        Self.append(unit: parts.unit, to: &text)
    }

    /// Splits the magnitude into a whole number of its unit and a fraction in units of `1 / scale`, rounded.
    private func parts(scale: UInt) -> (whole: UInt, fraction: UInt, unit: Int) {
        let magnitude = bytes.magnitude
        var unit = 0
        var divisor: UInt = 1
        while unit < Self.largestUnit, magnitude >> 10 >= divisor {
            divisor <<= 10
            unit += 1
        }
        let (whole, rest) = magnitude.quotientAndRemainder(dividingBy: divisor)
        // The remainder in exbibytes times the scale would not fit into a word; the dropped bits are far below one
        // step.
        let dropped: UInt = unit == Self.largestUnit && scale > 10 ? 10 : 0
        let fraction = ((rest >> dropped) * scale + (divisor >> dropped) / 2) / (divisor >> dropped)
        guard fraction == scale else { return (whole, fraction, unit) }
        // 1023.95 KiB rounds to 1.0 MiB, not to 1024.0 KiB.
        guard whole == 1023, unit < Self.largestUnit else { return (whole + 1, 0, unit) }
        return (1, 0, unit + 1)
    }

    private static func append(unit: Int, to text: inout some TextPieces & ~Copyable) {
        switch unit {
        case 0: text.append(" B")
        case 1: text.append(" KiB")
        case 2: text.append(" MiB")
        case 3: text.append(" GiB")
        case 4: text.append(" TiB")
        case 5: text.append(" PiB")
        default: text.append(" EiB")
        }
    }
}
