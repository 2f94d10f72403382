#if CLI
import ClassTracking

extension JournalFields {
    /// The record and where it is from, or the reason why there is none.
    func stored() -> Result<StoredRecord, JournalFieldError> {
        switch decoded() {
        case .record(let record):
            return .success(
                StoredRecord(
                    record: record,
                    line: storedLine(of: record),
                    origin: origin,
                    process: processName,
                    host: self["_HOSTNAME"],
                    program: self[Self.prefix + "PROGRAM"],
                    unit: unit,
                    invocation: self[Self.prefix + "INVOCATION_ID"]
                )
            )
        case .unknown(let kind): return .failure(.unknown(kind: kind))
        case .damaged(let reason): return .failure(.damaged(reason: reason))
        }
    }

    /// The machine, its boot and the process; what the journal says itself comes first.
    private var origin: String {
        let names = ["_MACHINE_ID", "_BOOT_ID", Self.prefix + "PID"]
        return names.map { self[$0] ?? "" }.joined(separator: "/")
    }

    /// A service of a user, who may call it what they like, stands behind the unit of their manager: so it is no other's.
    private var unit: String? {
        guard let unit = self["_SYSTEMD_UNIT"], let own = self["_SYSTEMD_USER_UNIT"] else {
            return self["_SYSTEMD_UNIT"]
        }
        return "\(unit)/\(own)"
    }

    private var processName: String? {
        guard let program = self[Self.prefix + "PROGRAM"], let id = self[Self.prefix + "PID"] else { return nil }
        return "\(program)[\(id)]"
    }

    /// The line as a file would have it, and behind it whose record it is: a journal holds those of many processes.
    private func storedLine(of record: Record) -> String {
        guard record.kind != .header else { return record.jsonLine }
        var line = record.jsonLine.dropLast()
        for key in ["program", "pid", "invocation_id"] {
            guard let value = self[Self.prefix + key.uppercased()] else { continue }
            line += ",\(JSONText.quoted(key)):\(Self.json(value, key))"
        }
        if let host = self["_HOSTNAME"] { line += ",\"host\":\(JSONText.quoted(host))" }
        return line + "}"
    }
}

/// Why an entry is not a record.
enum JournalFieldError: Error, Equatable {
    /// A kind of record that a newer version writes.
    case unknown(kind: String)
    case damaged(reason: String)
}
#endif
