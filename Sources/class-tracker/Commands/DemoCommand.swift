#if CLI
import ArgumentParser
import ClassTracking
import Glibc
import SystemPackage

/// `class-tracker demo`.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Runs a small service with the agent, and prints its records.",
        discussion: """
            The service has a leak, a busy phase, and a spike of 256 MiB for 200 ms between two samples (smaller and \
            shorter if the interval is below half a second). Every sample is recorded to the rolling file and to the \
            systemd journal.

            Examples:
              class-tracker demo
              class-tracker demo --duration 5 --file /tmp/memory.jsonl
              class-tracker demo --duration 0 --quiet      as a service, until SIGTERM

            As a systemd service of Type=notify it reports that it is ready and its status, and kicks the watchdog from \
            the sampling timer. Set keys of the configuration by --set, by the environment, such as \
            CLASS_TRACKER_FILE_MAXIMUM_BYTES, or by the file that --config or CLASS_TRACKER_CONFIG names.
            """
    )

    @Option(
        help: ArgumentHelp("The length; 0 runs until SIGTERM or SIGINT. (default: 20)", valueName: "seconds"),
        transform: {
            try DurationArgument.parse(
                $0,
                .zero...(.seconds(3650 * 86_400)),
                allowed: "0 or more, such as 20, 1.5, 500ms, 5min"
            )
        }
    )
    var duration: Duration = .seconds(20)

    @Option(
        help: ArgumentHelp(
            "The time between two samples. (default: a twentieth of the duration, 0.1 to 1)",
            valueName: "seconds"
        ),
        transform: DurationArgument.interval
    )
    var interval: Duration?

    @Option(
        help: ArgumentHelp(
            "The rolling file. (default: class-tracker-demo.jsonl in $LOGS_DIRECTORY or here)",
            valueName: "path"
        )
    )
    var file: String?

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Print nothing but errors.")
    var quiet = false

    func run() throws {
        let loader = options.loader(
            environment: ClassTracker.Configuration.processEnvironment(),
            shorthands: shorthands,
            defaultPath: RecordDestination.path(named: "class-tracker-demo.jsonl")
        )
        try loader.check()
        var configuration = loader.configuration
        configuration.interval = chosenInterval(loader)
        guard let rolling = configuration.file else { return }
        let plan = DemoPlan(duration: duration.inSeconds, interval: configuration.interval.inSeconds)
        plan.adapt(&configuration, keeping: Set(loader.settings.keys))
        try RecordDestination.probe(rolling)
        let hasJournal = JournalSink.obstacle(configuration.journal) == nil
        // A service without end finds a journald that starts later.
        if !hasJournal, duration != .zero { configuration.journal.enabled = false }
        if !hasJournal {
            let until = duration == .zero ? "until it starts, " : ""
            Diagnostics.say("journald is not running; \(until)the records go to \(rolling.path) only")
        }
        try DemoRun(plan: plan, configuration: configuration, duration: duration, isQuiet: quiet).run()
    }

    func validate() throws {
        if let file, FilePath(file).lastComponent == nil || file.hasSuffix("/") {
            throw ValidationError("--file: use the path of a file")
        }
        try options.validate(with: shorthands)
    }

    private var shorthands: [ConfigurationLoader.Argument] {
        [
            .init("--interval", .interval, interval.map(ValueText.duration)),
            .init("--file", .filePath, file),
        ]
        .compactMap { $0 }
    }

    private func chosenInterval(_ loader: ConfigurationLoader) -> Duration {
        if loader.settings[.interval] != nil { return loader.configuration.interval }
        if duration == .zero { return .seconds(1) }
        return min(max(duration / 20, .milliseconds(100)), .seconds(1))
    }
}
#endif
