import TrackingRecords

/// Writes and parses JSON values, for lines that are not records.
package enum JSONText {
    /// Returns a quoted text in pure ASCII, which no terminal and no log interprets.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case " "..."~": result.unicodeScalars.append(scalar)
            default:
                for unit in Character(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        return result + "\""
    }

    /// Indicates whether a text is a plain number as in records: `-12.5`, but neither `007` nor `1e9`.
    package static func isNumber(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 1 || parts.count == 2, !parts[0].isEmpty, parts[0] == "0" || !parts[0].hasPrefix("0")
        else {
            return false
        }
        return parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }
    }

    /// Returns the whole number in a text.
    static func integer(_ text: String) -> Int? { isNumber(text) ? Int(text) : nil }

    /// Returns the number in a text, if it has the magnitude of numbers in records.
    static func real(_ text: String) -> Double? {
        guard isNumber(text), let number = Double(text), number.magnitude < Digits.secondsLimit else { return nil }
        return number
    }
}
