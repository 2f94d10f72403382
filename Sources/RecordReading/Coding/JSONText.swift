import TrackingRecords

/// Values of JSON, for lines that are not records.
package enum JSONText {
    /// Pure ASCII, so that no terminal and no log makes anything of it.
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

    /// Whether a text is a plain number as records have them: `-12.5`, not `007` nor `1e9`.
    package static func isNumber(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 1 || parts.count == 2, !parts[0].isEmpty, parts[0] == "0" || !parts[0].hasPrefix("0")
        else {
            return false
        }
        return parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }
    }

    /// The whole number that a text is.
    static func integer(_ text: String) -> Int? { isNumber(text) ? Int(text) : nil }

    /// The number that a text is, of a magnitude that records have.
    static func real(_ text: String) -> Double? {
        guard isNumber(text), let number = Double(text), number.magnitude < Digits.secondsLimit else { return nil }
        return number
    }
}
