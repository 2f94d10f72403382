import TrackingRecords

/// A number of bytes as the summary has it: `344     B`, `195.38 KB`.
struct ByteColumn: CustomStringConvertible {
    private static let units = ["KB", "MB", "GB", "TB", "PB", "EB"]

    var bytes: Int

    init(_ bytes: Int) { self.bytes = bytes }

    var description: String {
        let sign = bytes < 0 ? "-" : ""
        guard bytes.magnitude >= 1024 else { return "\(bytes)     B" }
        var number = Double(bytes.magnitude) / 1024
        var unit = 0
        // 1023.995 KB would round to 1024.00 KB.
        while number >= 1023.995, unit + 1 < Self.units.count {
            number /= 1024
            unit += 1
        }
        return "\(sign)\(hundredths(number)) \(Self.units[unit])"
    }

    /// For use in a sentence: `344 B`, `195.38 KB`.
    var inText: String { description.split(separator: " ").joined(separator: " ") }
}

/// A number with two decimals.
func hundredths(_ number: Double) -> String {
    guard number.magnitude < 1e15 else { return "\(number)" }
    let scaled = Int((number.magnitude * 100).rounded())
    let fraction = scaled % 100
    return "\(number < 0 ? "-" : "")\(scaled / 100).\(fraction < 10 ? "0" : "")\(fraction)"
}

/// Seconds since the tracker began: `00:01:02.25`.
func clockText(_ seconds: Double) -> String {
    let hundredths = StatsContents.micros(max(0, seconds)) / 10_000
    let (minutes, rest) = (hundredths / 6000).quotientAndRemainder(dividingBy: 60)
    let parts = [minutes, rest, hundredths / 100 % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
    let fraction = hundredths % 100
    return parts.joined(separator: ":") + (fraction < 10 ? ".0" : ".") + String(fraction)
}

extension String {
    /// The text without anything that moves a terminal's cursor or forges a line: records hold names that others chose.
    var printable: String {
        // Nearly all are.
        if utf8.allSatisfy({ $0 >= 0x20 && $0 <= 0x7E }) { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.isPrintable ? $0 : "\u{FFFD}" }))
    }

    func left(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    func right(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }

    /// The beginning, with dots for the rest where it is longer.
    func cut(_ width: Int) -> String { count <= width ? self : prefix(width - 2) + ".." }

    /// The end, with dots for what comes before: modules come first in names, and say least.
    func cutLeft(_ width: Int) -> String { count <= width ? self : ".." + suffix(width - 2) }

    var trimmed: String {
        var rest = self[...]
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
