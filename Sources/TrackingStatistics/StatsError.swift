public import SystemPackage
public import TrackingRecords

/// Why statistics cannot be read or written.
public enum StatsError: Error, Equatable, CustomStringConvertible {
    /// The file is none of ours, is empty, is of a newer format, or cannot be opened or read.
    case unreadable(RecordError)
    /// A line in the middle of a file is no record; `records` were read before it.
    case damaged(path: String, line: Int, reason: String, records: Int)
    /// The file holds headers and nothing else.
    case nothing(path: String)
    /// No snapshot has that description, label or number; without one, there is no snapshot at all.
    case noSnapshot(String?, known: [String])
    /// A dump or a page cannot be written.
    case cannotWrite(path: String, operation: String, errno: Errno)

    /// One sentence with the file and the remedy.
    public var description: String {
        switch self {
        case .unreadable(let error): error.description
        case .damaged(let path, let line, let reason, let records):
            "\(path): line \(line): is damaged: \(reason). \(records) record\(records == 1 ? "" : "s") before it "
                + "could be read; `class-tracker report` shows what is left of the file."
        case .nothing(let path):
            "\(path): has no record but its header. Did the service run for longer than one interval?"
        case .noSnapshot(nil, _): "there is no snapshot to compare; were objects or classes tracked?"
        case .noSnapshot(let label?, let known):
            "no snapshot is called \"\(label)\"; use a description, a time or a number, such as "
                + known.map { "\"\($0)\"" }.joined(separator: ", ") + "."
        case .cannotWrite(let path, let operation, let errno):
            "\(path): cannot be written: \(operation): \(errno)."
        }
    }
}
