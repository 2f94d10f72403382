#if CLI
import ClassTracking
import SystemPackage

/// Reads whole rolling files, each of their files once whatever the arguments repeat.
struct RecordFileSet {
    /// Takes what is wrong with a file, for standard error.
    let tell: (String) -> Void
    private var read: [FileIdentity] = []

    init(tell: @escaping (String) -> Void) {
        self.tell = tell
    }

    /// Hands over every record of the rolling file `path`, oldest first.
    ///
    /// - Throws: `CommandFailure` when no record can be read.
    mutating func records(of path: FilePath, _ body: (StoredRecord) -> Void) throws(CommandFailure) {
        var failure: RecordError?
        var isReadable = false
        var isNew = true
        // A file that is rotated after it was listed has another name, and is found by listing again.
        while isNew {
            isNew = false
            for name in try recordFiles(of: path) {
                do throws(RecordError) {
                    let opened = try RecordFile.openIfThere(name, tell: tell)
                    guard let file = opened, let identity = file.identity, !read.contains(identity) else { continue }
                    read.append(identity)
                    isNew = true
                    try file.drain(body)
                    file.finish()
                    if file.isEmpty { throw .empty(path: name.string) }
                    isReadable = true
                } catch {
                    // A file that was made this moment is empty until its header is written.
                    if case .empty = error, isReadable { continue }
                    failure = failure ?? error
                }
            }
        }
        if let failure, !isReadable { throw CommandFailure(failure) }
        if let failure { tell(failure.description) }
        if read.isEmpty { throw CommandFailure(.cannotOpen(path: path.string, errno: .noSuchFileOrDirectory)) }
    }
}
#endif
