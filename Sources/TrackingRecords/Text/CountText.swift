/// A whole number in the form that people read, with commas from ten thousand on: `9999`, `12,345`.
package struct CountText: Sendable, Hashable, CustomStringConvertible {
    /// The number.
    package var number: Int

    /// Creates a text of a number.
    package init(_ number: Int) {
        self.number = number
    }

    /// The digits, in groups of three where there are five or more.
    package var description: String {
        let digits = Array(String(number.magnitude))
        guard digits.count > 4 else { return String(number) }
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }
}

/// Returns a number with its noun: `1 sample`, `12,345 samples`.
///
/// - Parameters:
///   - count: The number.
///   - noun: The noun for one.
///   - plural: The noun for any other number; by default, `noun` with an "s".
/// - Returns: The number and the matching noun.
package func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(CountText(count)) \(count == 1 ? noun : plural ?? noun + "s")"
}

/// Adds the sign to a change above zero, whose text has none.
///
/// - Parameters:
///   - change: The change.
///   - text: The text of it.
/// - Returns: The text with its sign.
package func signed(_ change: Int, _ text: some CustomStringConvertible) -> String {
    change > 0 ? "+\(text)" : text.description
}

/// Formats decimals without Foundation and independent of the locale.
package enum DecimalText {
    /// Returns a number with up to three decimals, without trailing zeros: `12.25`.
    package static func number(_ number: Double) -> String {
        guard number.magnitude < 1e15 else { return "\(number)" }
        let (whole, fraction) = UInt((number.magnitude * 1000).rounded()).quotientAndRemainder(dividingBy: 1000)
        let text = "\(number < 0 ? "-" : "")\(whole)"
        return fraction == 0 ? text : "\(text).\(self.fraction(fraction, digits: 3))"
    }

    /// Returns the digits of a fraction without trailing zeros: 250 of 3 digits is `25`.
    static func fraction(_ fraction: UInt, digits: Int) -> String {
        let text = String(fraction)
        var padded = String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        while padded.last == "0" { padded.removeLast() }
        return padded
    }
}
