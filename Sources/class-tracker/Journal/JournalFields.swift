#if CLI
import ClassTracking

/// The fields of one journal entry, turned back into the record they were made from.
///
/// Every key of a record is a field with our prefix and in capitals, so that the line of JSON can be put together again
/// and one decoder serves both forms. Anybody may send such fields: what is not a number is quoted.
struct JournalFields {
    static let prefix = "CLASS_TRACKER_"

    /// Texts that may look like numbers.
    private static let texts: Set<String> = [
        "record", "program", "boot_id", "invocation_id", "swift_version", "spike_verdict", "state", "outcome", "sink",
        "reason", "severity", "component", "message", "description", "name", "class",
    ]

    private var fields: [String: String] = [:]

    /// Takes a field.
    ///
    /// - Parameter field: `NAME=value`.
    mutating func add(_ field: String) {
        guard let equals = field.firstIndex(of: "=") else { return }
        let name = String(field[..<equals])
        if fields[name] == nil { fields[name] = String(field[field.index(after: equals)...]) }
    }

    subscript(name: String) -> String? { fields[name] }

    /// The record, or the reason why there is none.
    func decoded() -> Result<StoredRecord, JournalFieldError> {
        var decoder = RecordDecoder()
        var line = jsonLine
        switch line.withUTF8({ decoder.decode(UnsafeRawBufferPointer($0)) }) {
        case .record(let record):
            return .success(
                StoredRecord(
                    record: record,
                    line: storedLine(of: record),
                    origin: origin,
                    process: processName,
                    host: fields["_HOSTNAME"],
                    program: fields[Self.prefix + "PROGRAM"],
                    unit: unit,
                    invocation: fields[Self.prefix + "INVOCATION_ID"]
                )
            )
        case .unknown(let kind): return .failure(.unknown(kind: kind))
        case .damaged(let reason): return .failure(.damaged(reason: reason))
        }
    }

    /// The machine, its boot and the process; what the journal says itself comes first.
    private var origin: String {
        let names = ["_MACHINE_ID", "_BOOT_ID", Self.prefix + "PID"]
        return names.map { fields[$0] ?? "" }.joined(separator: "/")
    }

    /// A service of a user, who may call it what they like, stands behind the unit of their manager: so it is no other's.
    private var unit: String? {
        guard let unit = fields["_SYSTEMD_UNIT"], let own = fields["_SYSTEMD_USER_UNIT"] else {
            return fields["_SYSTEMD_UNIT"]
        }
        return "\(unit)/\(own)"
    }

    private var processName: String? {
        guard let program = fields[Self.prefix + "PROGRAM"], let id = fields[Self.prefix + "PID"] else { return nil }
        return "\(program)[\(id)]"
    }

    /// The line as a file would have it, and behind it whose record it is: a journal holds those of many processes.
    private func storedLine(of record: Record) -> String {
        guard record.kind != .header else { return record.jsonLine }
        var line = record.jsonLine.dropLast()
        for key in ["program", "pid", "invocation_id"] {
            guard let value = fields[Self.prefix + key.uppercased()] else { continue }
            line += ",\(JSONText.quoted(key)):\(Self.json(value, key))"
        }
        if let host = fields["_HOSTNAME"] { line += ",\"host\":\(JSONText.quoted(host))" }
        return line + "}"
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

    private static func json(_ value: String, _ key: String) -> String {
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

/// Why an entry is not a record.
enum JournalFieldError: Error, Equatable {
    /// A kind of record that a newer version writes.
    case unknown(kind: String)
    case damaged(reason: String)
}
#endif
