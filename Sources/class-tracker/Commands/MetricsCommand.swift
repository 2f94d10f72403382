#if CLI
import ArgumentParser
import ClassTracking
import Glibc
import SystemPackage

/// `class-tracker metrics`.
struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Writes records as metrics for Prometheus.",
        discussion: """
            Follows rolling files across rotation, or the systemd journal, and writes a file in Prometheus's text format \
            for the textfile collector of node_exporter. The file is replaced every few seconds and is always complete. \
            The services themselves are not contacted.

            Examples:
              class-tracker metrics memory.jsonl
              class-tracker metrics --journal --output \\
                  /var/lib/prometheus/node-exporter/class_tracker.prom
              class-tracker metrics --once --output class_tracker.prom memory.jsonl
              class-tracker metrics --journal --directory /var/log/journal/remote

            Series have the labels program, unit (from the journal), host (with --directory), process (for the second \
            and further processes of a program that run at the same time), and class. The series of a process end with \
            it; a process that falls silent keeps its timestamps and counters for an hour. At most 100 classes of a \
            program have series of their own; the others are summed up as "other". The journal is read from an hour ago. \
            The file is removed on exit.
            """
    )

    @Argument(help: ArgumentHelp("Rolling files; with --once, - is standard input.", valueName: "file"))
    var files: [String] = []

    @OptionGroup var source: JournalOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The file to write; node_exporter reads names that end in .prom. (default: standard output, once)",
            valueName: "path"
        )
    )
    var output: String?

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp(
            "Only classes whose name contains a text or matches a pattern. May be repeated.",
            valueName: "pattern"
        )
    )
    var classes: [String] = []

    @Option(
        help: ArgumentHelp("The time between two writes. (default: 5)", valueName: "seconds"),
        transform: {
            try DurationArgument.parse(
                $0,
                .milliseconds(100)...(.seconds(3600)),
                allowed: "100 ms to 1 hour, such as 5, 0.5, 500ms"
            )
        }
    )
    var interval: Duration = .seconds(5)

    @Flag(help: "Write once and keep the file, for use by a timer.")
    var once = false

    func validate() throws {
        try source.validate(hasFile: !files.isEmpty)
        if let output, output != "-", FilePath(output).lastComponent == nil || output.hasSuffix("/") {
            throw ValidationError("--output: use the path of a file")
        }
        if let output, output != "-", files.contains(output) {
            throw ValidationError("--output: is also an input; name another file, such as class_tracker.prom")
        }
        if !isOnce, files.contains("-") { throw ValidationError("standard input needs --once") }
    }

    private var isOnce: Bool { once || output == nil || output == "-" }

    func run() throws {
        var board = MetricsBoard(classes: classes, showsHost: source.directory != nil)
        let signals = isOnce ? nil : StopSignals()
        let input = try MetricsInput(files: files, source: source, board: &board)
        guard let signals, let output else {
            try input.poll(waits: false) { board.add($0, source: $1) }
            let text = board.text(at: SystemClock.wall.seconds)
            guard let output, output != "-" else { return Output.standard.line(text) }
            return try publish(text, at: FilePath(output))
        }
        let path = FilePath(output)
        if path.extension != "prom" { Diagnostics.say("\(path): node_exporter reads only names that end in .prom") }
        // Remove the file on exit, so that stale metrics are not scraped.
        defer { unlink(path.string) }
        try follow(input, &board, path, signals)
    }

    private func follow(
        _ input: MetricsInput,
        _ board: inout MetricsBoard,
        _ path: FilePath,
        _ signals: StopSignals
    ) throws(CommandFailure) {
        let notifier = ServiceNotifier()
        if let complaint = notifier.complaint(interval: interval.inSeconds) { Diagnostics.say(complaint) }
        var failure: CommandFailure?
        var isBegun = false
        repeat {
            try input.poll(waits: true) { board.add($0, source: $1) }
            do throws(CommandFailure) {
                try publish(board.text(at: SystemClock.wall.seconds), at: path)
                failure = nil
            } catch {
                // At the first write a failure is a mistake, such as a missing directory. Later it may pass, as a full disk does.
                guard isBegun else { throw error }
                if failure != error { Diagnostics.say(error.message) }
                failure = error
            }
            isBegun = true
            let processes = board.processes
            notifier.works(at: Double(monotonicNanoseconds()) / 1e9) {
                "metrics of \(counted(processes, "process", "processes"))"
            }
        } while !signals.wait(limit: interval.inSeconds)
        notifier.stopping()
    }

    private func publish(_ text: String, at path: FilePath) throws(CommandFailure) {
        do {
            try WholeFile.publish(text, at: path)
        } catch {
            throw CommandFailure(error)
        }
    }
}
#endif
