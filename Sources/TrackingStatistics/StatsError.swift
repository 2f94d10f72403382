package import RecordReading
package import SystemPackage
import TrackingRecords

/// The reason why statistics cannot be read, compared or written.
///
/// ```swift
/// do {
///     try stats.loadStats(from: "memory.jsonl")
/// } catch where error.code == .unreadable {
///     print(error)
/// }
/// ```
public struct StatsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of an error; more kinds may come with later versions.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the code, as it is written in Swift.
        public let description: String

        private init(_ name: String) { description = name }

        /// The file is no record file, is empty, is of a newer format, or cannot be opened or read.
        public static let unreadable = Code("unreadable")
        /// A line in the middle of a file is no record.
        public static let damaged = Code("damaged")
        /// The file has a header and no other record.
        public static let nothing = Code("nothing")
        /// No snapshot has the description, label or number that was requested, or there is no snapshot at all.
        public static let noSnapshot = Code("noSnapshot")
        /// A dump or a page cannot be written.
        public static let cannotWrite = Code("cannotWrite")
    }

    /// The kind of the error.
    public let code: Code
    /// The file; `nil` for an error that is about no file.
    package let path: String?
    /// The number of the damaged line, from 1; `nil` for another error.
    package let line: Int?
    /// The system's reason; `nil` if there is none.
    package let errno: Errno?
    /// One sentence with the file, the reason and the remedy.
    public let description: String
    /// The reader's error, for an exit code.
    package let recordError: RecordError?
    /// The reason why a line is no record.
    package let reason: String?

    private init(
        _ code: Code,
        _ description: String,
        path: String? = nil,
        line: Int? = nil,
        errno: Errno? = nil,
        recordError: RecordError? = nil,
        reason: String? = nil
    ) {
        self.code = code
        self.path = path
        self.line = line
        self.errno = errno
        self.description = description
        self.recordError = recordError
        self.reason = reason
    }
}

extension StatsError {
    /// Creates the error of a file that its reader refuses.
    package static func unreadable(_ error: RecordError) -> StatsError {
        let text = error.description
        switch error {
        case .cannotOpen(let path, let errno), .cannotRead(let path, _, let errno):
            return StatsError(.unreadable, text, path: path, errno: errno, recordError: error)
        case .empty(let path), .notRecords(let path, _), .newerFormat(let path, _, _):
            return StatsError(.unreadable, text, path: path, recordError: error)
        }
    }

    /// Creates the error of a damaged line, before which `records` were read.
    package static func damaged(path: String, line: Int, reason: String, records: Int) -> StatsError {
        StatsError(
            .damaged,
            "\(path): line \(line): is damaged: \(reason). \(counted(records, "record")) before it could be read; "
                + "`class-tracker report` shows what is left of the file.",
            path: path,
            line: line,
            reason: reason
        )
    }

    /// Creates the error of a file that has headers and nothing else.
    package static func nothing(path: String) -> StatsError {
        StatsError(
            .nothing,
            "\(path): has no record but its header. Did the service run for longer than one interval?",
            path: path
        )
    }

    /// Creates the error of a snapshot that is not there: `known` are some that are.
    package static func noSnapshot(_ label: String?, known: [String]) -> StatsError {
        guard let label else {
            return StatsError(.noSnapshot, "there is no snapshot to compare; were objects or classes tracked?")
        }
        let names = known.map { "\"\($0)\"" }.joined(separator: ", ")
        return StatsError(
            .noSnapshot,
            "no snapshot is called \"\(label)\"; use a description, a time or a number, such as \(names)."
        )
    }

    /// Creates the error of a file that cannot be written.
    package static func cannotWrite(path: String, operation: String, errno: Errno) -> StatsError {
        StatsError(.cannotWrite, "\(path): cannot be written: \(operation): \(errno).", path: path, errno: errno)
    }
}
