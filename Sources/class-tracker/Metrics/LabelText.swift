#if CLI
import ClassTracking

/// Values of labels, which come from records that anybody may write into a journal.
enum LabelText {
    /// Unicode scalars of a value at most; a class's name with all that it is generic over may be longer.
    private static let length = 200

    /// The value as it identifies a series: two of the same text would be two series of one name, for which the whole file
    /// is refused.
    static func clean(_ text: String) -> String {
        String(String.UnicodeScalarView(text.printable.unicodeScalars.prefix(length)))
    }

    /// `{class="Node",program="service"}`, or nothing without labels.
    static func list(_ labels: [(name: String, value: String)]) -> String {
        if labels.isEmpty { return "" }
        return "{" + labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
#endif
