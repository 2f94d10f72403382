#if CLI
import ArgumentParser
import ClassTracking
import Glibc
import SystemPackage

/// `class-tracker metrics`.
struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Writes what records say as metrics for Prometheus.",
        discussion: """
            Follows rolling files across rotation, or the systemd journal, and writes a file in Prometheus's text format \
            for the textfile collector of node_exporter: anew every few seconds, as a whole or not at all. The services \
            are not asked anything.

            Examples:
              class-tracker metrics memory.jsonl
              class-tracker metrics --journal --output \\
                  /var/lib/prometheus/node-exporter/class_tracker.prom
              class-tracker metrics --once --output class_tracker.prom memory.jsonl
              class-tracker metrics --journal --directory /var/log/journal/remote

            Series have the labels program, unit (from the journal), host (with --directory), process (for the second \
            and further ones that run at the same time), and class. A process that ends takes its series along; one that \
            falls silent keeps those that say so for an hour. At most 100 classes of a program have series of their own, \
            the others are summed up as "other". The journal is read from an hour ago. The file is removed at the end.
            """
    )

    @Argument(help: ArgumentHelp("Rolling files; with --once - is standard input.", valueName: "file"))
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
            "Series for the classes whose name contains a text or matches a pattern; may be given several times.",
            valueName: "pattern"
        )
    )
    var classes: [String] = []

    @Option(
        help: ArgumentHelp("Between two writes. (default: 5)", valueName: "seconds"),
        transform: {
            try DurationArgument.parse(
                $0,
                .milliseconds(100)...(.seconds(3600)),
                allowed: "100 ms to 1 hour, such as 5, 0.5, 500ms"
            )
        }
    )
    var interval: Duration = .seconds(5)

    @Flag(help: "Write once and leave the file there, as for a timer.")
    var once = false

    func validate() throws {
        try source.validate(hasFile: !files.isEmpty)
        if let output, output != "-", FilePath(output).lastComponent == nil || output.hasSuffix("/") {
            throw ValidationError("--output: use the path of a file")
        }
        if let output, output != "-", files.contains(output) {
            throw ValidationError("--output: is a file that is read; name another one, such as class_tracker.prom")
        }
        if !isOnce, files.contains("-") { throw ValidationError("- needs --once: standard input is not followed") }
    }

    private var isOnce: Bool { once || output == nil || output == "-" }

    func run() throws {
        var board = MetricsBoard(classes: classes, showsHost: source.directory != nil)
        let signals = isOnce ? nil : StopSignals()
        let input = try MetricsInput(files: files, source: source, board: &board)
        guard let signals, let output else {
            try input.poll(waits: false) { board.add($0, source: $1) }
            let text = board.text(at: Self.now())
            guard let output, output != "-" else { return Output.standard.line(text) }
            return try publish(text, at: FilePath(output))
        }
        let path = FilePath(output)
        if path.extension != "prom" { Diagnostics.say("\(path): node_exporter reads only names that end in .prom") }
        // What nobody writes any more must not look like what is.
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
                try publish(board.text(at: Self.now()), at: path)
                failure = nil
            } catch {
                // A directory that is not there is a mistake; a disk that is full now may be the next time no more.
                guard isBegun else { throw error }
                if failure != error { Diagnostics.say(error.message) }
                failure = error
            }
            isBegun = true
            let processes = board.processes
            notifier.works(at: Self.now(CLOCK_MONOTONIC)) {
                "metrics of \(processes) process\(processes == 1 ? "" : "es")"
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

    private static func now(_ clock: clockid_t = CLOCK_REALTIME) -> Double {
        var now = timespec()
        clock_gettime(clock, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
#endif
