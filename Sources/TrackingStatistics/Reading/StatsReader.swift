package import RecordReading
package import SystemPackage
import TrackingRecords

/// Reads record files, and builds the runs in them.
///
/// A torn line at the end of a file, or before the header of the next process, is the trace of a killed process: it is
/// reported and skipped. Any other line that is no record is ``damage``.
package final class StatsReader {
    /// The number of records between two reports of progress.
    private static let progressStep = 1 << 14

    /// The error of the first damaged line of all files.
    package private(set) var damage: StatsError?
    /// The number of records that were read.
    package private(set) var records = 0

    private let window: TimeWindow
    private let detail: ReadingDetail
    private let progress: ((RecordFile) -> Void)?
    private let report: (RecordFile.Problem) -> Void
    private var builders: [RunBuilder] = []
    /// The position of the run that records belong to now.
    private var current = -1
    private var latestFile: RecordFile?
    /// A line that a killed process may have left.
    private var torn: (path: String, line: Int, reason: String)?

    /// Creates a reader.
    ///
    /// - Parameters:
    ///   - window: The time of the records to keep.
    ///   - detail: The part of the records to keep.
    ///   - progress: Called from time to time, with the file that is being read.
    ///   - report: Takes problems that are no damage.
    package init(
        window: TimeWindow = TimeWindow(),
        detail: ReadingDetail = .full,
        progress: ((RecordFile) -> Void)? = nil,
        report: @escaping (RecordFile.Problem) -> Void = { _ in }
    ) {
        self.window = window
        self.detail = detail
        self.progress = progress
        self.report = report
    }

    /// Reads rolling files with their rotated ones, all of directories, or standard input (`-`).
    ///
    /// - Parameter paths: The paths; a file that is named twice is read once.
    /// - Throws: ``StatsError`` with the code ``StatsError/Code/unreadable``.
    package func read(_ paths: [FilePath]) throws(StatsError) {
        var files = RecordFileSet { self.take($0) }
        do throws(RecordError) {
            for path in paths {
                try files.records(of: path, takeObject: { self.take($0) }, { self.take($0, of: $1) })
                endFile()
            }
        } catch {
            throw .unreadable(error)
        }
        latestFile = nil
    }

    private func take(_ problem: RecordFile.Problem) {
        switch problem {
        case .damaged(let path, let line, let reason):
            if torn == nil { torn = (path, line, reason) }
        case .furtherDamage: break
        default: report(problem)
        }
    }

    private func take(_ record: Record, of file: RecordFile) {
        if file !== latestFile {
            endFile()
            latestFile = file
        }
        if case .header(let header) = record.payload {
            endFile()
            begin(header, in: file)
        } else if current >= 0 {
            noteDamage()
            builders[current].add(record)
        }
        count()
    }

    private func take(_ object: TrackedObjectRecord) {
        if torn != nil { noteDamage() }
        // A file hands over no object before its header.
        builders[current].add(object)
        count()
    }

    private func count() {
        records += 1
        if records % Self.progressStep == 0, let progress, let latestFile { progress(latestFile) }
    }

    /// Reports damage at the end of a file or before a header: a killed process left it.
    private func endFile() {
        guard let line = torn else { return }
        torn = nil
        report(.damaged(path: line.path, line: line.line, reason: line.reason))
    }

    private func noteDamage() {
        guard let line = torn else { return }
        torn = nil
        if damage == nil {
            damage = .damaged(path: line.path, line: line.line, reason: line.reason, records: records)
        }
    }

    private func begin(_ header: Header, in file: RecordFile) {
        let before = current
        defer {
            builders[current].clues.file = file.identity
            builders[current].clues.isFollowed = false
            // Every file begins with a header: on its first line it says nothing about the run before.
            if before >= 0, before != current, file.lineNumber > 1, builders[before].clues.file == file.identity {
                builders[before].clues.isFollowed = true
            }
        }
        if let known = builders.lastIndex(where: { $0.contents.header?.isSameRun(as: header) == true }) {
            current = known
            // The later header counts from here on: the interval may have changed.
            builders[known].take(header)
        } else {
            current = builders.count
            builders.append(RunBuilder(header: header, window: window, detail: detail))
        }
    }

    /// Returns the runs in the order in which they began, without those that have only a header.
    package func finish() -> [StatsContents] {
        var runs: [StatsContents] = []
        var rest = builders
        builders = []
        current = -1
        rest.reverse()
        while let builder = rest.popLast() {
            let contents = builder.finish()
            if !contents.isEmpty { runs.append(contents) }
        }
        let starts = runs.map { $0.header?.startTime ?? 0 }
        guard zip(starts, starts.dropFirst()).contains(where: { $0 > $1 }) else { return runs }
        return runs.sorted { $0.header?.startTime ?? 0 < $1.header?.startTime ?? 0 }
    }
}
