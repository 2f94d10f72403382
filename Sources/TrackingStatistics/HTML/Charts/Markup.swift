#if HTML
import TrackingRecords

/// The text of an HTML page, or of SVG in it.
struct Markup {
    private(set) var text = ""

    /// Adds markup.
    mutating func raw(_ markup: String) { text += markup }

    /// Adds text, escaped.
    mutating func escaped(_ text: String) { self.text += Self.escape(text) }

    /// Adds a number with at most one decimal.
    mutating func number(_ number: Double) {
        let tenths = Int((number * 10).rounded())
        if tenths < 0 { text += "-" }
        text += String(tenths.magnitude / 10)
        if tenths % 10 != 0 { text += ".\(tenths.magnitude % 10)" }
    }

    /// Adds a part from 0 to 1 as a percentage with at most two decimals.
    mutating func percent(_ part: Double) { text += DecimalText.number((part * 10_000).rounded() / 100) + "%" }

    /// Escapes a text for elements and quoted attributes, and replaces what is not printable.
    static func escape(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n": result += "\n"
            default: result.unicodeScalars.append(scalar.isPrintable ? scalar : "\u{FFFD}")
            }
        }
        return result
    }
}
#endif
