#if CLI
import ArgumentParser
import ClassTracking
import SystemPackage

/// `class-tracker run`.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs any Swift program with the agent preloaded.",
        usage: "class-tracker run [<options>] -- <command> [<argument> ...]",
        discussion: """
            The agent is preloaded into COMMAND, which replaces this process: signals, terminal and exit code are its \
            own. COMMAND has to be a Swift program that loads the version of the runtime that the agent was built with. \
            In any other program the agent does not start, and a line in the journal gives the reason.

            Examples:
              class-tracker run -- .build/release/App serve
              class-tracker run --track 'App.Connection trace' --track 'App.*Cache' --interval 0.5 -- ./App
              class-tracker run --set spike.floor=64MiB --set journal.enabled=no -- ./App
              class-tracker run --follow --track 'App.*' -- ./start.sh

            A pattern is a value of the key "track": the name of a class with its module, in which * matches any letters \
            and ? one letter, followed by name=…, resolution-level=N, trace or keep. Set other keys by --set, by the \
            environment, such as CLASS_TRACKER_JOURNAL_INTERVAL, or by the file that --config or CLASS_TRACKER_CONFIG names.

            Before COMMAND runs, the exit codes are those of class-tracker, 126 if COMMAND cannot be run, and 127 if it is \
            not found.
            """
    )

    @Option(
        name: .long,
        help: ArgumentHelp("Track the classes that a pattern names. May be repeated.", valueName: "pattern")
    )
    var track: [String] = []

    @Option(
        help: ArgumentHelp("The time between two samples. (default: 1)", valueName: "seconds"),
        transform: DurationArgument.interval
    )
    var interval: Duration?

    @Option(
        help: ArgumentHelp(
            "The rolling file. (default: class-tracker-COMMAND.jsonl in $LOGS_DIRECTORY or here)",
            valueName: "path"
        )
    )
    var file: String?

    @OptionGroup var configuration: ConfigurationOptions

    @Option(
        help: ArgumentHelp(
            "The agent's library or its directory. (default: beside this program)",
            valueName: "path"
        )
    )
    var agent: String?

    @Flag(help: "Preload the agent into the programs that COMMAND starts as well.")
    var follow = false

    @Flag(help: "Do not print the path of the records.")
    var quiet = false

    @Argument(parsing: .postTerminator, help: ArgumentHelp("The program and its arguments.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        if command.isEmpty { throw ValidationError("put the command after --, as in: class-tracker run -- ./App") }
        try configuration.validate(with: shorthands)
    }

    private var shorthands: [ConfigurationLoader.Argument] {
        [
            .init("--track", .track, track.isEmpty ? nil : track.joined(separator: ", ")),
            .init("--interval", .interval, interval.map(ValueText.duration)),
            .init("--file", .filePath, file),
        ]
        .compactMap { $0 }
    }

    func run() throws {
        let program = try PreloadedProgram(command)
        let library = try AgentLibrary.find(agent)
        var environment = ProgramEnvironment()
        let loader = configuration.loader(
            environment: environment.trackerVariables,
            shorthands: shorthands,
            defaultPath: RecordDestination.path(named: "class-tracker-\(program.name).jsonl")
        )
        // A configuration that the agent would refuse is refused here.
        try loader.check()
        environment.prepend(library.string, to: "LD_PRELOAD")
        // CLASS_TRACKER_EXE selects one program of a service; here the command is the program.
        environment["CLASS_TRACKER_EXE"] = nil
        if follow { environment["CLASS_TRACKER_FOLLOW"] = "1" }
        let file = try handOn(loader.configuration.file, to: &environment)
        if !follow, let reason = program.reasonToStayOut {
            Diagnostics.say(reason)
        } else if let file {
            try RecordDestination.probe(file)
            if !quiet {
                Diagnostics.say("records go to \(file.path); follow them with: class-tracker tail \(file.path)")
            }
        }
        try program.replaceThisProcess(environment)
    }

    /// Adds the keys of the arguments to the environment, from which the agent reads them.
    ///
    /// - Returns: The rolling file as the agent gets it. Paths are absolute: the program may change its directory before the
    ///   agent starts.
    private func handOn(
        _ file: RollingFileConfiguration?,
        to environment: inout ProgramEnvironment
    ) throws(CommandFailure) -> RollingFileConfiguration? {
        for argument in configuration.arguments(with: shorthands) {
            guard let key = ConfigurationKey(rawValue: argument.key) else { continue }
            environment[key.environmentName] = argument.value
        }
        if let config = configuration.config {
            environment[ConfigurationLoader.fileVariable] = try ProgramEnvironment.absolute(FilePath(config)).string
        }
        guard var file else { return nil }
        file.path = try ProgramEnvironment.absolute(file.path)
        environment[ConfigurationKey.filePath.environmentName] = file.path.string
        return file
    }
}
#endif
