import Glibc
package import SystemPackage
package import TrackingRecords

/// Reads whole rolling files, each file once even if the arguments repeat it.
package struct RecordFileSet {
    /// Receives the problems of files that can be read nevertheless.
    private let tell: (RecordFile.Problem) -> Void
    private var read: [FileIdentity] = []

    package init(tell: @escaping (RecordFile.Problem) -> Void) {
        self.tell = tell
    }

    /// Passes on every record of the rolling file `path`, or of all in the directory `path`, oldest first.
    ///
    /// - Parameters:
    ///   - path: The active file, a directory, or `-`.
    ///   - takeObject: Receives most objects if their lines are not needed, which is faster.
    ///   - body: Receives all other records.
    /// - Throws: The error that prevents the complete set from being read.
    package mutating func records(
        of path: FilePath,
        takeObject: ((TrackedObjectRecord) -> Void)? = nil,
        _ body: (Record, RecordFile) -> Void
    ) throws(RecordError) {
        guard isDirectory(path) else { return try rolling(path, takeObject, body) }
        var failure: RecordError?
        let before = read.count
        for file in try RollingFileSet.activeFiles(in: path) {
            do throws(RecordError) {
                try rolling(file, takeObject, body)
            } catch {
                if let failure { tell(.unreadable(failure)) }
                failure = error
            }
        }
        guard let failure else {
            if read.count > before || !read.isEmpty { return }
            throw .empty(path: path.string)
        }
        if read.count == before { throw failure }
        tell(.unreadable(failure))
    }

    private mutating func rolling(
        _ path: FilePath,
        _ takeObject: ((TrackedObjectRecord) -> Void)?,
        _ body: (Record, RecordFile) -> Void
    ) throws(RecordError) {
        var failure: RecordError?
        var isReadable = false
        var isThere = false
        var isNew = true
        // A file that is rotated after it was listed has another name, and is found by listing again.
        while isNew {
            isNew = false
            for name in try RollingFileSet.files(of: path) {
                do throws(RecordError) {
                    let opened = try RecordFile.openIfThere(name, tell: tell)
                    guard let file = opened else { continue }
                    let identity = file.identity
                    isThere = true
                    if read.contains(identity) { continue }
                    read.append(identity)
                    isNew = true
                    try file.drain(takeObject: takeObject) { body($0, file) }
                    file.finish()
                    if file.isEmpty { throw .empty(path: name.string) }
                    isReadable = true
                } catch {
                    // A file that was just created is empty until its header is written.
                    if case .empty = error, isReadable { continue }
                    if let failure { tell(.unreadable(failure)) }
                    failure = error
                }
            }
        }
        if let failure, !isReadable { throw failure }
        if let failure { tell(.unreadable(failure)) }
        if !isThere { throw .cannotOpen(path: path.string, errno: .noSuchFileOrDirectory) }
    }
}

/// Indicates whether a path is that of a directory now.
private func isDirectory(_ path: FilePath) -> Bool {
    var status = stat()
    return path != "-" && stat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}
