#if CLI
import ArgumentParser
import ClassTracking
import SystemPackage

/// `class-tracker run`.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a program that knows nothing of the agent with the agent in it.",
        usage: "class-tracker run [<options>] -- <command> [<argument> ...]",
        discussion: """
            The agent is preloaded into COMMAND, which takes the place of this process: signals, terminal and exit code \
            are its own. It has to be a Swift program that loads the runtime of the version the agent was built with. In \
            any other program the agent stays out, and a line in the journal says why.

            Examples:
              class-tracker run -- .build/release/App serve
              class-tracker run --track 'App.Connection trace' --track 'App.*Cache' --interval 0.5 -- ./App
              class-tracker run --follow --track 'App.*' -- ./start.sh

            A pattern is one of the configuration's key "track": a name with its module, in which * stands for any letters \
            and ? for one, and behind it name=…, resolution-level=N, trace or keep. All other keys are taken from the \
            environment, such as CLASS_TRACKER_JOURNAL_INTERVAL, and from the file that CLASS_TRACKER_CONFIG names.

            Exit codes before COMMAND runs: those of class-tracker; 126 where it cannot be run, 127 where there is none.
            """
    )

    @Option(
        name: .long,
        help: ArgumentHelp("Track the classes that a pattern names; may be given several times.", valueName: "pattern")
    )
    var track: [String] = []

    @Option(
        help: ArgumentHelp("Between two samples. (default: 1)", valueName: "seconds"),
        transform: {
            try DurationArgument.parse(
                $0,
                .milliseconds(1)...(.seconds(86_400)),
                allowed: "1 ms to 1 day, such as 1, 0.5, 500ms"
            )
        }
    )
    var interval: Duration?

    @Option(
        help: ArgumentHelp(
            "The rolling file. (default: class-tracker-COMMAND.jsonl in $LOGS_DIRECTORY or here)",
            valueName: "path"
        )
    )
    var file: String?

    @Option(help: ArgumentHelp("The agent's library, where it is not beside this program.", valueName: "path"))
    var agent: String?

    @Flag(help: "Preload the agent into the programs that COMMAND starts, too.")
    var follow = false

    @Flag(help: "Do not print where the records are.")
    var quiet = false

    @Argument(parsing: .postTerminator, help: ArgumentHelp("The program and its arguments.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        if command.isEmpty { throw ValidationError("put the command behind --, as in: class-tracker run -- ./App") }
    }

    func run() throws {
        let program = try PreloadedProgram(command)
        let library = try AgentLibrary.find(agent)
        var environment = ProgramEnvironment()
        environment.prepend(library.string, to: "LD_PRELOAD")
        // Meant for services with helpers around them, by an operator who knows their names.
        environment["CLASS_TRACKER_EXE"] = nil
        if follow { environment["CLASS_TRACKER_FOLLOW"] = "1" }
        if !track.isEmpty { environment[ConfigurationKey.track.environmentName] = track.joined(separator: ", ") }
        if let interval { environment[ConfigurationKey.interval.environmentName] = "\(interval.inSeconds)" }
        let path = try recordFile(program, environment)
        environment[ConfigurationKey.filePath.environmentName] = path.string
        if !follow, let reason = program.reasonToStayOut {
            Diagnostics.say(reason)
        } else {
            try check(environment)
            if !quiet { Diagnostics.say("records go to \(path); follow them with: class-tracker tail \(path)") }
        }
        try program.replaceThisProcess(environment)
    }

    /// Absolute: the program may change its directory before it is traced.
    private func recordFile(
        _ program: PreloadedProgram,
        _ environment: ProgramEnvironment
    ) throws(CommandFailure) -> FilePath {
        let given = file ?? environment[ConfigurationKey.filePath.environmentName]
        let path =
            given.map { FilePath($0) }
            ?? RecordDestination.path(named: "class-tracker-\(program.name).jsonl")
        return try path.isAbsolute ? path : ProgramEnvironment.workingDirectory().pushing(path)
    }

    /// What the agent would refuse is told here and now.
    private func check(_ environment: ProgramEnvironment) throws(CommandFailure) {
        do {
            let configuration = try ClassTracker.Configuration.load(environment: environment.trackerVariables)
            if let file = configuration.file { try RecordDestination.probe(file) }
        } catch let error as TrackingError {
            throw CommandFailure(error)
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure(.configuration, "\(error)")
        }
    }
}
#endif
