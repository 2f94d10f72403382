#if CLI
import ClassTracking
import SystemPackage

/// Where the records come from that metrics are made of: rolling files, or the journal.
final class MetricsInput {
    /// How far back a journal is read, in seconds: who was silent for longer is not there any more.
    private static let history = 3600.0

    private let files: [FilePath]
    private var followers: [FilePath: FileFollower] = [:]
    private var journal: JournalSource?
    /// Files that are waited for, so that it is said once.
    private var awaited: Set<FilePath> = []

    /// - Throws: `CommandFailure` where the journal cannot be read.
    init(files: [String], source: JournalOptions, board: inout MetricsBoard) throws(CommandFailure) {
        self.files = files.map { FilePath($0) }
        guard files.isEmpty else { return }
        // A header may be as old as its process; there are few.
        let headers = try source.open(kinds: [.header])
        headers.seekToBegin()
        try headers.drain { board.learn($0) }
        let journal = try source.open()
        journal.seek(back: Self.history)
        self.journal = journal
    }

    /// Hands over what is new, with the name of its source; at first all there is.
    ///
    /// Where it `waits`, a file may come later.
    func poll(waits: Bool, _ body: (StoredRecord, String) -> Void) throws(CommandFailure) {
        if let journal {
            // Without it no journal file is noticed that was begun since.
            try journal.wait(milliseconds: 0)
            try journal.drain { body($0, "") }
        }
        for path in files { try poll(path, waits: waits) { body($0, path.string) } }
    }

    private func poll(_ path: FilePath, waits: Bool, _ body: (StoredRecord) -> Void) throws(CommandFailure) {
        if let follower = followers[path] { return try follower.poll(body) }
        do throws(CommandFailure) {
            let follower = try FileFollower(path: path, tell: Diagnostics.say)
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
