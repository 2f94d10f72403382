#if CLI
import ClassTracking

/// A record and how it is stored.
struct StoredRecord: Equatable {
    var record: Record
    /// A line of JSON.
    var line: String
    /// Tells processes apart whose records are mixed, as in a journal.
    var origin = ""
    /// `program[pid]`, where that is known without a header.
    var process: String?
}
#endif
