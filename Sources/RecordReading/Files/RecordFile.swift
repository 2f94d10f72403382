import Glibc
package import SystemPackage
package import TrackingRecords

/// An open record file whose damaged lines are reported and skipped.
package final class RecordFile {
    /// A problem of a file that can be read nevertheless.
    package enum Problem: Equatable, CustomStringConvertible {
        /// A line that is no record.
        case damaged(path: String, line: Int, reason: String)
        /// The number of further lines that are no records.
        case furtherDamage(path: String, count: Int)
        /// There are bytes after the last newline.
        case incomplete(path: String, line: Int)
        /// The file was truncated.
        case cutOff(path: String)
        /// A file that belongs to others that were read.
        case unreadable(RecordError)

        package var description: String {
            switch self {
            case .damaged(let path, let line, let reason): "\(path): line \(line): \(reason); skipped"
            case .furtherDamage(let path, let count): "\(path): \(count) further lines are damaged"
            case .incomplete(let path, let line):
                "\(path): line \(line): is incomplete and skipped; the process was killed, or is writing it this moment"
            case .cutOff(let path): "\(path): was cut off; going on from its beginning"
            case .unreadable(let error): error.description
            }
        }
    }

    /// The number of damaged lines that are reported individually; further ones are counted.
    private static let reportedLines = 10

    private var reader: RecordReader
    private let tell: (Problem) -> Void
    private var damaged = 0

    /// Opens a file; problems of its lines are passed to `tell`.
    package init(path: FilePath, tell: @escaping (Problem) -> Void) throws(RecordError) {
        reader = try RecordReader(path: path)
        self.tell = tell
    }

    /// Opens a file that was listed before; returns `nil` if it was removed or renamed since.
    package static func openIfThere(
        _ path: FilePath,
        tell: @escaping (Problem) -> Void
    ) throws(RecordError) -> RecordFile? {
        do {
            return try RecordFile(path: path, tell: tell)
        } catch {
            if case .cannotOpen(_, .noSuchFileOrDirectory) = error { return nil }
            throw error
        }
    }

    package var identity: FileIdentity { reader.identity }
    package var path: FilePath { reader.path }
    /// Indicates whether there was no complete line.
    package var isEmpty: Bool { reader.lineNumber == 0 }
    /// The line number of the record that was passed last, from 1.
    package var lineNumber: Int { reader.lineNumber }
    /// The record that was passed last, as it is stored.
    package var latestLine: String { reader.latestLine }
    /// The number of bytes read so far.
    package var bytesRead: Int { reader.bytesRead }

    /// Passes on all records that were not read yet; objects go to `takeObject`, if it is given, where that is faster.
    package func drain(
        takeObject: ((TrackedObjectRecord) -> Void)? = nil,
        _ body: (Record) -> Void
    ) throws(RecordError) {
        while let line = try reader.next(takeObject: takeObject) {
            switch line {
            case .record(let record): body(record)
            case .unknown: break
            case .damaged(let reason):
                damaged += 1
                if damaged <= Self.reportedLines {
                    tell(.damaged(path: path.string, line: reader.lineNumber, reason: reason))
                }
            }
        }
    }

    /// Reports problems that are known only at the end of the stream.
    package func finish() {
        if damaged > Self.reportedLines { tell(.furtherDamage(path: path.string, count: damaged - Self.reportedLines)) }
        guard reader.tornTail > 0 else { return }
        tell(.incomplete(path: path.string, line: reader.lineNumber + 1))
    }

    /// Continues at the beginning of a file that was truncated, as by logrotate's `copytruncate`.
    package func rewindIfCutOff() {
        guard reader.isCutOff else { return }
        tell(.cutOff(path: path.string))
        reader.rewind()
    }
}

extension FileIdentity {
    /// Returns the identity of the file at a path.
    package init?(path: FilePath) {
        var status = stat()
        guard stat(path.string, &status) == 0 else { return nil }
        self.init(status)
    }
}
