#if CLI
import ClassTracking

extension JournalFields {
    /// Returns the record with its origin, or the reason why the entry is none.
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

    /// The machine, its boot and the process, as far as the journal itself names them.
    private var origin: String {
        let names = ["_MACHINE_ID", "_BOOT_ID", Self.prefix + "PID"]
        return names.map { self[$0] ?? "" }.joined(separator: "/")
    }

    /// The unit; that of a user's service follows the unit of the user's manager.
    ///
    /// A user may choose any name for a service, which could be mistaken for a system service otherwise.
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

    /// Returns the line of a file with the process added: a journal has records of many processes.
    private func storedLine(of record: Record) -> String {
        guard record.kind != .header else { return record.jsonLine }
        var line = record.jsonLine.dropLast()
        if let program = value(of: "program") { line += ",\"program\":\(JSONText.quoted(program))" }
        // Anybody may send it: what is no number is quoted.
        if let id = value(of: "pid") { line += ",\"pid\":\(JSONText.isNumber(id) ? id : JSONText.quoted(id))" }
        if let run = value(of: "invocation_id") { line += ",\"invocation_id\":\(JSONText.quoted(run))" }
        if let host = self["_HOSTNAME"] { line += ",\"host\":\(JSONText.quoted(host))" }
        return line + "}"
    }
}

/// The reason why an entry is no record.
enum JournalFieldError: Error, Equatable {
    /// The kind of the record is not known: a newer version wrote it.
    case unknown(kind: String)
    case damaged(reason: String)
}
#endif
