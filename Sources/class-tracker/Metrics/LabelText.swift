#if CLI
import ClassTracking
import TrackingRecords

/// Texts of labels, whose values come from records that anybody may write into a journal.
enum LabelText {
    /// The most Unicode scalars of a value; the name of a generic class may be longer.
    private static let length = 200

    /// Returns the value as it identifies a series.
    ///
    /// Values that become equal are one series: Prometheus refuses a file that has a series twice.
    static func clean(_ text: String) -> String { text.printable.shortened(toScalars: length) }

    /// Returns `{class="Node",program="service"}`, or an empty text without labels.
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
