#if CLI
import ClassTracking
import SystemPackage

/// The source of the records for metrics: rolling files or the journal.
final class MetricsInput {
    /// The seconds back from which a journal is read; a process that was silent for longer is forgotten anyway.
    private static let history = 3600.0

    private let files: [FilePath]
    private var followers: [FilePath: FileFollower] = [:]
    private var journal: JournalSource?
    /// The files that do not exist yet, each of which is reported once.
    private var awaited: Set<FilePath> = []

    /// Opens the journal, unless there are files.
    ///
    /// - Throws: `CommandFailure` if the journal cannot be read.
    init(files: [String], source: JournalOptions, board: inout MetricsBoard) throws(CommandFailure) {
        self.files = files.map { FilePath($0) }
        guard files.isEmpty else { return }
        // A header may be as old as its process. There are few of them.
        let headers = try source.open(kinds: [.header])
        headers.seekToBegin()
        try headers.drain { board.learn($0) }
        let journal = try source.open()
        journal.seek(back: Self.history)
        self.journal = journal
    }

    /// Passes on the new records with the name of their source; at first all records.
    ///
    /// If it `waits`, a missing file is no error, as it may come later.
    func poll(waits: Bool, _ body: (StoredRecord, String) -> Void) throws(CommandFailure) {
        if let journal {
            // Without this call new journal files are not noticed.
            try journal.wait(milliseconds: 0)
            try journal.drain { body($0, "") }
        }
        for path in files { try poll(path, waits: waits) { body($0, path.string) } }
    }

    private func poll(_ path: FilePath, waits: Bool, _ body: (StoredRecord) -> Void) throws(CommandFailure) {
        if let follower = followers[path] { return try follower.poll(body) }
        do throws(CommandFailure) {
            let follower = try FileFollower(path: path, report: Diagnostics.say)
            try follower.all { body(StoredRecord(record: $0, line: "")) }
            if !waits, follower.isEmpty { throw CommandFailure(.empty(path: path.string)) }
            followers[path] = follower
        } catch {
            guard waits, error.code == .noInput else { throw error }
            if awaited.insert(path).inserted { Diagnostics.say("\(error.message) Waiting for it.") }
        }
    }
}
#endif
