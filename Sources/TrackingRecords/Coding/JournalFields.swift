/// The fields of one journal entry, turned back into the record they were made from.
///
/// Every key of a record is a field with our prefix and in capitals, so that the line of JSON can be put together again
/// and one decoder serves both forms. Anybody may send such fields: what is not a number is quoted.
package struct JournalFields {
    package static let prefix = "CLASS_TRACKER_"

    /// Texts that may look like numbers.
    private static let texts: Set<String> = [
        "record", "program", "boot_id", "invocation_id", "swift_version", "spike_verdict", "state", "outcome", "sink",
        "reason", "severity", "component", "message", "description", "name", "class",
    ]

    private var fields: [String: String] = [:]

    package init() {}

    /// Takes a field.
    ///
    /// - Parameter field: `NAME=value`.
    package mutating func add(_ field: String) {
        guard let equals = field.firstIndex(of: "=") else { return }
        let name = String(field[..<equals])
        if fields[name] == nil { fields[name] = String(field[field.index(after: equals)...]) }
    }

    package subscript(name: String) -> String? { fields[name] }

    /// The record, as far as the fields are one.
    package func decoded() -> RecordDecoder.Outcome {
        var decoder = RecordDecoder()
        var line = jsonLine
        return line.withUTF8 { decoder.decode(UnsafeRawBufferPointer($0)) }
    }

    private var jsonLine: String {
        var members: [String] = []
        for (name, value) in fields where name.hasPrefix(Self.prefix) {
            let key = name.dropFirst(Self.prefix.count).lowercased()
            switch key {
            // The journal's own count of entries, and of those lost before this one.
            case "seq", "dropped", "classes_omitted": continue
            case "record_seq": members.append("\"seq\":\(Self.json(value, key))")
            case "before": members.append("\"before\":\(Self.points(value))")
            default: members.append("\(JSONText.quoted(key)):\(Self.json(value, key))")
            }
        }
        return "{\(members.joined(separator: ","))}"
    }

    /// The value of a key as JSON has it.
    package static func json(_ value: String, _ key: String) -> String {
        // A list is JSON already, which must not end the line.
        if key == "grown", JSONFieldScanner.isList(value) { return value }
        if texts.contains(key) { return JSONText.quoted(value) }
        if value == "true" || value == "false" || JSONText.isNumber(value) { return value }
        return JSONText.quoted(value)
    }

    /// The points before a spike: `time:resident:peak time:resident:peak …`.
    private static func points(_ value: String) -> String {
        let points = value.split(separator: " ").map { $0.split(separator: ":").map(String.init) }
        guard points.allSatisfy({ $0.allSatisfy(JSONText.isNumber) }) else { return JSONText.quoted(value) }
        return "[\(points.map { "[\($0.joined(separator: ","))]" }.joined(separator: ","))]"
    }
}
