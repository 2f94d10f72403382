package import SystemPackage
package import TrackingRecords

/// Reads record files, and puts the runs in them together.
///
/// What a killed process leaves behind is told and skipped: a torn line at the end of a file, or before the header that the
/// next process wrote. Any other line that is no record is ``damage``.
package final class StatsReader {
    /// Records between two looks at how far it is.
    private static let progressStep = 1 << 14

    /// The first line of all files that is damaged.
    package private(set) var damage: StatsError?
    /// Records read.
    package private(set) var records = 0

    private let window: TimeWindow
    private let detail: ReadingDetail
    private let progress: ((RecordFile) -> Void)?
    private let tell: (RecordFile.Problem) -> Void
    private var builders: [RunBuilder] = []
    /// The run that records belong to now.
    private var current = -1
    private var latestFile: RecordFile?
    /// A line that may be what a killed process left.
    private var torn: (path: String, line: Int, reason: String)?

    /// - Parameters:
    ///   - window: Which records count.
    ///   - detail: How much of it is kept.
    ///   - progress: Called now and then, with the file that is read.
    ///   - tell: Takes what is wrong and no damage.
    package init(
        window: TimeWindow = TimeWindow(),
        detail: ReadingDetail = .full,
        progress: ((RecordFile) -> Void)? = nil,
        tell: @escaping (RecordFile.Problem) -> Void = { _ in }
    ) {
        self.window = window
        self.detail = detail
        self.progress = progress
        self.tell = tell
    }

    /// Reads rolling files with their rotated ones, all of directories, or standard input (`-`).
    ///
    /// - Parameter paths: What to read; a file that is named twice is read once.
    /// - Throws: ``StatsError/unreadable(_:)``.
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
        default: tell(problem)
        }
    }

    private func take(_ record: Record, of file: RecordFile) {
        if file !== latestFile {
            endFile()
            latestFile = file
        }
        if case .header(let header) = record.payload {
            endFile()
            begin(header)
        } else if current >= 0 {
            noteDamage()
            builders[current].add(record)
        }
        count()
    }

    private func take(_ object: TrackedObjectRecord) {
        if torn != nil { noteDamage() }
        // A reader hands nothing over before a header.
        builders[current].add(object)
        count()
    }

    private func count() {
        records += 1
        if records % Self.progressStep == 0, let progress, let latestFile { progress(latestFile) }
    }

    /// Damage at the end of a file, or before a header, is what a killed process left.
    private func endFile() {
        guard let line = torn else { return }
        torn = nil
        tell(.damaged(path: line.path, line: line.line, reason: line.reason))
    }

    private func noteDamage() {
        guard let line = torn else { return }
        torn = nil
        if damage == nil {
            damage = .damaged(path: line.path, line: line.line, reason: line.reason, records: records)
        }
    }

    private func begin(_ header: Header) {
        if let known = builders.lastIndex(where: { $0.contents.header?.isSameRun(as: header) == true }) {
            current = known
        } else {
            current = builders.count
            builders.append(RunBuilder(header: header, window: window, detail: detail))
        }
    }

    /// Takes the runs out, in the order in which they began; those of which nothing is known are left out.
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
