package import SystemPackage

/// The reason why a record file cannot be read.
package enum RecordError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be opened.
    case cannotOpen(path: String, errno: Errno)
    /// Reading failed after some records.
    case cannotRead(path: String, line: Int, errno: Errno)
    /// The file has no line at all.
    case empty(path: String)
    /// The first line is not a header of ours.
    case notRecords(path: String, reason: String)
    /// A newer version of this library wrote the file.
    case newerFormat(path: String, found: Int, supported: Int)

    /// One sentence with the file and the remedy.
    package var description: String {
        switch self {
        case .cannotOpen(let path, let errno):
            "\(path): cannot be opened: \(errno)."
        case .cannotRead(let path, let line, let errno):
            "\(path): reading failed after line \(line): \(errno)."
        case .empty(let path):
            "\(path): is empty; a record file begins with a header line. Is this the file the agent writes?"
        case .notRecords(let path, let reason):
            "\(path): line 1: is not the header of a record file: \(reason). Name a file that an agent wrote."
        case .newerFormat(let path, let found, let supported):
            "\(path): line 1: has format \(found), this version reads up to \(supported). Use a newer class-tracker."
        }
    }
}
