#if CLI
import ClassTracking
import SystemPackage

/// Follows a rolling file by its name, like `tail -F`: across rotation, replacement, truncation, and times without the file.
///
/// The file is polled: a poll costs some system calls, and works on every file system.
final class FileFollower {
    private let path: FilePath
    private let report: (RecordFile.Problem) -> Void
    private var file: RecordFile

    /// Opens the active file, or the youngest rotated one while there is no active one.
    ///
    /// - Throws: `CommandFailure` if there is neither.
    init(path: FilePath, report: @escaping (String) -> Void) throws(CommandFailure) {
        self.path = path
        let report: (RecordFile.Problem) -> Void = { report($0.description) }
        self.report = report
        do throws(RecordError) {
            if let active = try RecordFile.openIfThere(path, tell: report) {
                file = active
            } else {
                file = try RecordFile(path: try RollingFileSet.files(of: path).last ?? path, tell: report)
            }
        } catch {
            throw CommandFailure(error)
        }
    }

    /// The file that is open.
    var identity: FileIdentity? { file.identity }

    /// Indicates whether the open file has no complete line.
    var isEmpty: Bool { file.isEmpty }

    /// Returns the last records, from as many rotated files as needed, after the header that applies to them.
    func last(
        _ limit: Int,
        isShown: @escaping (Record.Kind) -> Bool = { _ in true }
    ) throws(CommandFailure) -> [StoredRecord] {
        do throws(RecordError) {
            var records: [StoredRecord] = []
            var missing = limit
            let window = try Self.window(of: file, limit, isShown)
            records = window.all
            missing -= window.count
            guard missing > 0 else { return records }
            for name in try RollingFileSet.files(of: path).reversed() {
                if missing <= 0 { break }
                let opened = try RecordFile.openIfThere(name, tell: report)
                guard let older = opened, older.identity != file.identity else { continue }
                let window = try Self.window(of: older, missing, isShown)
                older.finish()
                records = window.all + records
                missing -= window.count
            }
            return records
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Passes on all records but objects, oldest first, with those of the rotated files.
    ///
    /// A rotated file that cannot be read is reported and skipped.
    func all(_ body: (Record) -> Void) throws(CommandFailure) {
        do throws(RecordError) {
            for name in try RollingFileSet.files(of: path) {
                do throws(RecordError) {
                    let opened = try RecordFile.openIfThere(name, tell: report)
                    guard let older = opened else { continue }
                    // The next poll finds younger files.
                    if older.identity == file.identity { break }
                    try older.drain(takeObject: { _ in }, body)
                    older.finish()
                } catch {
                    report(.unreadable(error))
                }
            }
            try file.drain(takeObject: { _ in }, body)
        } catch {
            throw CommandFailure(error)
        }
    }

    private static func window(
        of file: RecordFile,
        _ limit: Int,
        _ isShown: @escaping (Record.Kind) -> Bool
    ) throws(RecordError) -> TailWindow {
        var window = TailWindow(limit: limit, isShown: isShown)
        try file.drainStored { window.append($0) }
        return window
    }

    /// Passes on the new records.
    func poll(_ body: (StoredRecord) -> Void) throws(CommandFailure) {
        do throws(RecordError) {
            file.rewindIfCutOff()
            try file.drainStored(body)
            guard let active = FileIdentity(path: path), active != file.identity else { return }
            let later = try laterFiles()
            // The writer finished this file before it made the next one, but perhaps after it was read here.
            if !later.isEmpty { try file.drainStored(body) }
            for next in later {
                file.finish()
                file = next
                try file.drainStored(body)
            }
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Reports an incomplete record at the end; nothing more is read.
    func finish() { file.finish() }

    /// Opens the files after the open one: more than one if several rotations happened between two polls.
    private func laterFiles() throws(RecordError) -> [RecordFile] {
        // Names and files only match if no file was renamed meanwhile.
        for _ in 0..<8 {
            let names = try RollingFileSet.files(of: path)
            var opened: [RecordFile] = []
            for name in names {
                if let file = try RecordFile.openIfThere(name, tell: report) { opened.append(file) }
            }
            guard try RollingFileSet.files(of: path) == names, opened.count == names.count else { continue }
            if let position = opened.lastIndex(where: { $0.identity == file.identity }) {
                return Array(opened[(position + 1)...])
            }
            // The open file was moved or removed from outside: only the active file is known to be later.
            return names.last == path ? Array(opened.suffix(1)) : []
        }
        return []
    }
}
#endif
