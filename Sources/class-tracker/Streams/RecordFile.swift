#if CLI
import ClassTracking
import Glibc
import SystemPackage

/// One open record file, whose damaged lines are told and skipped.
final class RecordFile {
    /// More damaged lines than this are counted only.
    private static let toldLines = 10

    private var reader: RecordReader
    private let tell: (String) -> Void
    private var damaged = 0

    /// Opens a file; what is wrong with its lines goes to `tell`.
    init(path: FilePath, tell: @escaping (String) -> Void) throws(RecordError) {
        reader = try RecordReader(path: path)
        self.tell = tell
    }

    /// Opens a file that was listed a moment ago; `nil` where it was removed or renamed since.
    static func openIfThere(_ path: FilePath, tell: @escaping (String) -> Void) throws(RecordError) -> RecordFile? {
        do {
            return try RecordFile(path: path, tell: tell)
        } catch {
            if case .cannotOpen(_, .noSuchFileOrDirectory) = error { return nil }
            throw error
        }
    }

    var identity: FileIdentity? { reader.identity }
    var path: FilePath { reader.path }
    /// Whether there was no complete line.
    var isEmpty: Bool { reader.lineNumber == 0 }

    /// Hands over what is there and was not read yet.
    func drain(_ body: (StoredRecord) -> Void) throws(RecordError) {
        while let line = try reader.next() {
            switch line {
            case .record(let record): body(StoredRecord(record: record, line: reader.latestLine))
            case .unknown: break
            case .damaged(let reason):
                damaged += 1
                if damaged <= Self.toldLines { tell("\(path): line \(reader.lineNumber): \(reason); skipped") }
            }
        }
    }

    /// Tells what is known only when nothing more will come.
    func finish() {
        if damaged > Self.toldLines { tell("\(path): \(damaged - Self.toldLines) further lines are damaged") }
        guard reader.tornTail > 0 else { return }
        tell(
            "\(path): line \(reader.lineNumber + 1): is incomplete and skipped; "
                + "the process was killed, or is writing it this moment"
        )
    }

    /// Goes on from the beginning of a file that was cut off, as logrotate's `copytruncate` does.
    func rewindIfCutOff() {
        guard reader.isCutOff else { return }
        tell("\(path): was cut off; going on from its beginning")
        reader.rewind()
    }
}

extension FileIdentity {
    /// The file that a path means now.
    init?(path: FilePath) {
        var status = stat()
        guard stat(path.string, &status) == 0 else { return nil }
        self.init(status)
    }
}

/// Names of the files of a rolling file, oldest first, with our errors.
func recordFiles(of path: FilePath) throws(CommandFailure) -> [FilePath] {
    do {
        return try RollingFileSet.files(of: path)
    } catch {
        throw CommandFailure(error)
    }
}
#endif
