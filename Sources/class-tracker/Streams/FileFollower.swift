#if CLI
import ClassTracking
import SystemPackage

/// Follows a rolling file by its name, like `tail -F`: across rotation, replacement, cutting off, and moments without it.
///
/// It looks several times a second instead of being told: a look costs some system calls, and works on every file system.
final class FileFollower {
    private let path: FilePath
    private let tell: (RecordFile.Problem) -> Void
    private var file: RecordFile

    /// Opens the active file, or the youngest rotated one while there is no active one.
    ///
    /// - Throws: `CommandFailure` when there is neither.
    init(path: FilePath, tell: @escaping (String) -> Void) throws(CommandFailure) {
        self.path = path
        let tell: (RecordFile.Problem) -> Void = { tell($0.description) }
        self.tell = tell
        do throws(RecordError) {
            if let active = try RecordFile.openIfThere(path, tell: tell) {
                file = active
            } else {
                file = try RecordFile(path: try RollingFileSet.files(of: path).last ?? path, tell: tell)
            }
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Whether there is no complete line in the file that is open.
    var isEmpty: Bool { file.isEmpty }

    /// The last records there are now, from as many rotated files as it takes, behind the header in force before them.
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
                let opened = try RecordFile.openIfThere(name, tell: tell)
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

    /// Hands over all records there are now, oldest first, of the rotated files too; no objects.
    ///
    /// A rotated file that cannot be read is told and left out.
    func all(_ body: (Record) -> Void) throws(CommandFailure) {
        do throws(RecordError) {
            for name in try RollingFileSet.files(of: path) {
                do throws(RecordError) {
                    let opened = try RecordFile.openIfThere(name, tell: tell)
                    guard let older = opened else { continue }
                    // What is younger is found by the next look.
                    if older.identity == file.identity { break }
                    try older.drain(takeObject: { _ in }, body)
                    older.finish()
                } catch {
                    tell(.unreadable(error))
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

    /// Hands over what was added since.
    func poll(_ body: (StoredRecord) -> Void) throws(CommandFailure) {
        do throws(RecordError) {
            file.rewindIfCutOff()
            try file.drainStored(body)
            guard let active = FileIdentity(path: path), active != file.identity else { return }
            let later = try laterFiles()
            // The writer was done with this file before it made the next one, but perhaps not before we read it.
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

    /// Tells of an incomplete record, when nothing more is waited for.
    func finish() { file.finish() }

    /// The files that were begun after the one that is open: more than one, where several rotations fell between two looks.
    private func laterFiles() throws(RecordError) -> [RecordFile] {
        // Names and files belong together only if nothing was renamed meanwhile.
        for _ in 0..<8 {
            let names = try RollingFileSet.files(of: path)
            var opened: [RecordFile] = []
            for name in names {
                if let file = try RecordFile.openIfThere(name, tell: tell) { opened.append(file) }
            }
            guard try RollingFileSet.files(of: path) == names, opened.count == names.count else { continue }
            if let position = opened.lastIndex(where: { $0.identity == file.identity }) {
                return Array(opened[(position + 1)...])
            }
            // Moved away by somebody else, or removed: the active file is all that is known to be later.
            return names.last == path ? Array(opened.suffix(1)) : []
        }
        return []
    }
}
#endif
