#if CLI
import ClassTracking
import SystemPackage

/// A record with its stored line and its origin.
struct StoredRecord: Equatable {
    var record: Record
    /// The line of JSON.
    var line: String
    /// The process among several whose records are mixed, as in a journal.
    var origin = ""
    /// The process as `program[pid]`, if it is known without a header.
    var process: String?
    /// The name of the machine, if the journal has it.
    var host: String?
    /// The file name of the program, if the journal has it.
    var program: String?
    /// The unit that sent the record, if the journal has it.
    var unit: String?
    /// The identifier that systemd gave to this run of the unit, if the journal has it.
    var invocation: String?
}

extension RecordFile {
    /// Passes on the records that were not read yet, with their lines.
    func drainStored(_ body: (StoredRecord) -> Void) throws(RecordError) {
        try drain { body(StoredRecord(record: $0, line: latestLine)) }
    }
}

extension RecordFileSet {
    /// Passes on the records of a rolling file, with their lines.
    mutating func stored(of path: FilePath, _ body: (StoredRecord) -> Void) throws(CommandFailure) {
        do {
            try records(of: path) { body(StoredRecord(record: $0, line: $1.latestLine)) }
        } catch {
            throw CommandFailure(error)
        }
    }
}
#endif
