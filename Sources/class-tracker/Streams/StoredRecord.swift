#if CLI
import ClassTracking
import SystemPackage

/// A record and how it is stored.
struct StoredRecord: Equatable {
    var record: Record
    /// A line of JSON.
    var line: String
    /// Tells processes apart whose records are mixed, as in a journal.
    var origin = ""
    /// `program[pid]`, where that is known without a header.
    var process: String?
    /// The machine's name, where the journal says it.
    var host: String?
    /// The program's file name, where the journal says it.
    var program: String?
    /// systemd's name of the unit that sent it, where the journal says it.
    var unit: String?
    /// systemd's identifier of this run of the unit, where the journal says it.
    var invocation: String?
}

extension RecordFile {
    /// Hands over what is there and was not read yet, with the lines.
    func drainStored(_ body: (StoredRecord) -> Void) throws(RecordError) {
        try drain { body(StoredRecord(record: $0, line: latestLine)) }
    }
}

extension RecordFileSet {
    /// Hands over the records of the rolling file `path`, with the lines.
    mutating func stored(of path: FilePath, _ body: (StoredRecord) -> Void) throws(CommandFailure) {
        do {
            try records(of: path) { body(StoredRecord(record: $0, line: $1.latestLine)) }
        } catch {
            throw CommandFailure(error)
        }
    }
}
#endif
