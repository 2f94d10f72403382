#if CLI
import ClassTracking
import Glibc
import SystemPackage

/// Reads whole files for statistics, and shows the progress if that takes long.
struct StatsInput {
    /// The bytes from which on the progress is shown.
    private static let bigInput = 1 << 26

    /// The runs in the files, in the order in which they began.
    private(set) var runs: [StatsContents] = []
    /// The failure of the first damaged line, for the end of the command: the rest is shown first.
    private(set) var damage: CommandFailure?

    init(_ files: [String], window: TimeWindow = TimeWindow(), detail: ReadingDetail = .full) throws(CommandFailure) {
        let paths = files.map { FilePath($0) }
        let bar = isatty(STDERR_FILENO) == 1 ? ReadingProgress(paths, atLeast: Self.bigInput) : nil
        defer { bar?.end() }
        let reader = StatsReader(window: window, detail: detail, progress: bar.map { bar in { bar.show($0) } }) {
            bar?.end()
            Diagnostics.say($0.description)
        }
        do throws(StatsError) {
            try reader.read(paths)
        } catch {
            throw CommandFailure(error)
        }
        if let damaged = reader.damage, let path = damaged.path, let line = damaged.line, let reason = damaged.reason {
            damage = CommandFailure(
                .damagedData,
                "\(path): line \(line): is damaged: \(reason); the rest of the file was read"
            )
        }
        let records = reader.records
        runs = reader.finish()
        guard runs.isEmpty else { return }
        if window != TimeWindow() {
            throw CommandFailure(.noInput, "none of \(counted(records, "record")) lies between --since and --until")
        }
        throw damage ?? CommandFailure(.nothing(path: files.joined(separator: ", ")))
    }
}

/// Shows on standard error how much of the input has been read.
final class ReadingProgress {
    private let total: Int
    private var before = 0
    private var current: FilePath?
    private var inCurrent = 0
    private var isShown = false

    /// Creates a progress line; `nil` if the input is small.
    ///
    /// - Parameters:
    ///   - paths: The input.
    ///   - atLeast: The bytes of input from which on the progress is shown.
    init?(_ paths: [FilePath], atLeast: Int) {
        total = paths.reduce(0) { sum, path in
            let files = (try? RollingFileSet.files(of: path)) ?? []
            return sum + files.reduce(0) { $0 + Self.size(of: $1) }
        }
        if total < atLeast { return nil }
    }

    func show(_ file: RecordFile) {
        if file.path != current {
            before += inCurrent
            current = file.path
        }
        inCurrent = file.bytesRead
        let part = min(100, (before + inCurrent) * 100 / max(1, total))
        say("\rclass-tracker: reading, \(part) %")
        isShown = true
    }

    func end() {
        // Blanks, since not every terminal can erase a line.
        if isShown { say("\r" + String(repeating: " ", count: 30) + "\r") }
        isShown = false
    }

    private func say(_ text: String) {
        _ = text.withCString { write(STDERR_FILENO, $0, text.utf8.count) }
    }

    private static func size(of path: FilePath) -> Int {
        var status = stat()
        return stat(path.string, &status) == 0 ? Int(status.st_size) : 0
    }
}
#endif
