import Glibc
package import SystemPackage
package import TrackingRecords

/// One open record file, whose damaged lines are told and skipped.
package final class RecordFile {
    /// What is wrong with a file that can be read nevertheless.
    package enum Problem: Equatable, CustomStringConvertible {
        /// A line that is no record.
        case damaged(path: String, line: Int, reason: String)
        /// So many more lines that are no records.
        case furtherDamage(path: String, count: Int)
        /// Bytes behind the last newline.
        case incomplete(path: String, line: Int)
        /// The file was cut off under its name.
        case cutOff(path: String)
        /// A file beside others that were read.
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

    /// More damaged lines than this are counted only.
    private static let toldLines = 10

    private var reader: RecordReader
    private let tell: (Problem) -> Void
    private var damaged = 0

    /// Opens a file; what is wrong with its lines goes to `tell`.
    package init(path: FilePath, tell: @escaping (Problem) -> Void) throws(RecordError) {
        reader = try RecordReader(path: path)
        self.tell = tell
    }

    /// Opens a file that was listed a moment ago; `nil` where it was removed or renamed since.
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
    /// Whether there was no complete line.
    package var isEmpty: Bool { reader.lineNumber == 0 }
    /// The line of the record that was handed over last, from 1.
    package var lineNumber: Int { reader.lineNumber }
    /// The record that was handed over last, as it is stored.
    package var latestLine: String { reader.latestLine }
    /// Bytes read so far.
    package var bytesRead: Int { reader.bytesRead }

    /// Hands over what is there and was not read yet; objects to `takeObject`, if there is one, where that is faster.
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
                if damaged <= Self.toldLines {
                    tell(.damaged(path: path.string, line: reader.lineNumber, reason: reason))
                }
            }
        }
    }

    /// Tells what is known only when nothing more will come.
    package func finish() {
        if damaged > Self.toldLines { tell(.furtherDamage(path: path.string, count: damaged - Self.toldLines)) }
        guard reader.tornTail > 0 else { return }
        tell(.incomplete(path: path.string, line: reader.lineNumber + 1))
    }

    /// Goes on from the beginning of a file that was cut off, as logrotate's `copytruncate` does.
    package func rewindIfCutOff() {
        guard reader.isCutOff else { return }
        tell(.cutOff(path: path.string))
        reader.rewind()
    }
}

extension FileIdentity {
    /// The file that a path means now.
    package init?(path: FilePath) {
        var status = stat()
        guard stat(path.string, &status) == 0 else { return nil }
        self.init(status)
    }
}
