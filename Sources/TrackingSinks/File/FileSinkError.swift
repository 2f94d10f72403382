package import SystemPackage

/// The reason why records do not reach the rolling file.
package enum FileSinkError: Error, Equatable, CustomStringConvertible {
    /// The directory cannot be opened.
    case directory(path: String, errno: Errno)
    /// Another user could replace files in the directory.
    case unsafeDirectory(path: String, reason: String)
    /// The file cannot be opened or created.
    case cannotOpen(path: String, errno: Errno)
    /// The path refers to a file that must not be written.
    case unsafeFile(path: String, reason: String)
    /// The file exists and contains something other than records.
    case notRecords(path: String)
    /// Another process writes the file.
    case busy(path: String)
    /// Writing, syncing or rotating failed.
    case failed(operation: String, path: String, errno: Errno)

    /// One sentence with the path and the remedy.
    package var description: String {
        switch self {
        case .directory(let path, .noSuchFileOrDirectory):
            "\(path): there is no such directory; make it, or set file.path to another one"
        case .directory(let path, let errno):
            "\(path): the directory cannot be opened: \(errno)"
        case .unsafeDirectory(let path, let reason):
            "\(path): \(reason), so that others could exchange the file; use a directory only its owner can write"
        case .cannotOpen(let path, let errno):
            "\(path): cannot be opened for writing: \(errno)"
        case .unsafeFile(let path, let reason):
            "\(path): \(reason); remove it, or set file.path to another file"
        case .notRecords(let path):
            "\(path): exists and is not a record file, and is left alone; set file.path to another file"
        case .busy(let path):
            "\(path): another process writes it"
        case .failed(let operation, let path, let errno):
            "\(path): \(operation) failed: \(errno)"
        }
    }
}
