package import SystemPackage
package import TrackingRecords

/// Reads record files, and puts the runs in them together.
///
/// What a killed process leaves behind is told and skipped: a torn line at the end of a file, or before the header that the
/// next process wrote. Any other line that is no record is ``damage``.
package struct StatsReader: ~Copyable {
    /// The first line of all files that is damaged.
    package private(set) var damage: StatsError?
    /// Records read.
    package private(set) var records = 0

    private var builders: [RunBuilder] = []
    /// The run that records belong to now.
    private var current = -1
    private let window: TimeWindow
    private var files: RecordFileSet
    private let notes: Notes
    private let progress: ((RecordFile) -> Void)?

    /// Records between two calls of `progress`.
    private static let progressStep = 1 << 14

    /// What was told of a file while it is read.
    private final class Notes {
        var damage: (path: String, line: Int, reason: String)?
        let tell: (RecordFile.Problem) -> Void

        init(tell: @escaping (RecordFile.Problem) -> Void = { _ in }) { self.tell = tell }
    }

    /// - Parameters:
    ///   - window: Which records count.
    ///   - progress: Called now and then, with the file that is read.
    ///   - tell: Takes what is wrong and no damage.
    package init(
        window: TimeWindow = TimeWindow(),
        progress: ((RecordFile) -> Void)? = nil,
        tell: @escaping (RecordFile.Problem) -> Void = { _ in }
    ) {
        self.window = window
        self.progress = progress
        let notes = Notes(tell: tell)
        self.notes = notes
        files = RecordFileSet { problem in
            switch problem {
            case .damaged(let path, let line, let reason):
                if notes.damage == nil { notes.damage = (path, line, reason) }
            case .furtherDamage: break
            default: notes.tell(problem)
            }
        }
    }

    /// Reads a rolling file with its rotated ones, all of a directory, or standard input (`-`).
    package mutating func read(_ path: FilePath) throws(StatsError) {
        var files = files
        defer { self.files = files }
        var latest = ""
        do throws(RecordError) {
            try files.records(of: path) { record, file in
                if file.path.string != latest { latest = beginFile(file) }
                add(record)
                if records % Self.progressStep == 0 { progress?(file) }
            }
        } catch {
            throw .unreadable(error)
        }
        endFile()
    }

    private mutating func beginFile(_ file: RecordFile) -> String {
        endFile()
        return file.path.string
    }

    /// Damage at the end of a file is what a killed process left.
    private mutating func endFile() {
        guard let torn = notes.damage else { return }
        notes.damage = nil
        notes.tell(.damaged(path: torn.path, line: torn.line, reason: torn.reason))
    }

    private mutating func add(_ record: Record) {
        if let line = notes.damage {
            if case .header = record.payload {
                endFile()
            } else {
                damage =
                    damage
                    ?? .damaged(path: line.path, line: line.line, reason: line.reason, records: records)
                notes.damage = nil
            }
        }
        records += 1
        if case .header(let header) = record.payload {
            begin(header)
        } else if current >= 0 {
            builders[current].add(record)
        }
    }

    private mutating func begin(_ header: Header) {
        if let known = builders.lastIndex(where: { $0.contents.header?.isSameRun(as: header) == true }) {
            current = known
        } else {
            current = builders.count
            builders.append(RunBuilder(header: header, window: window))
        }
    }

    /// The runs, in the order in which they began; those of which nothing is known are left out.
    package consuming func finish() -> [StatsContents] {
        var runs: [StatsContents] = []
        for builder in builders {
            let contents = builder.finish()
            if !contents.isEmpty { runs.append(contents) }
        }
        let starts = runs.map { $0.header?.startTime ?? 0 }
        guard zip(starts, starts.dropFirst()).contains(where: { $0 > $1 }) else { return runs }
        return runs.sorted { $0.header?.startTime ?? 0 < $1.header?.startTime ?? 0 }
    }
}
