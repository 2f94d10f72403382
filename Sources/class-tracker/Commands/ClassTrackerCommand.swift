#if CLI
import ArgumentParser
import Glibc
import TrackingRecords

/// The command line: `class-tracker`.
@main
struct ClassTrackerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "class-tracker",
        abstract: "Shows the memory records of Swift services, and runs programs with the agent.",
        discussion: """
            A service with the agent records a sample of its memory every second to a rolling file and to the systemd \
            journal. It detects memory spikes, even those that begin and end between two samples.

            Examples:
              class-tracker demo                     a demonstration of 20 seconds
              class-tracker run --track 'App.*' -- ./App
              class-tracker tail memory.jsonl        follow a file across rotation
              class-tracker tail --journal --unit my-service
              class-tracker spikes memory.jsonl
              class-tracker report memory.jsonl      memory, classes, the largest objects
              class-tracker html memory.jsonl        the same as a page with charts
              class-tracker diff memory.jsonl        what grew, and what may leak
              class-tracker metrics --journal --output class_tracker.prom
              class-tracker check                    what works here

            Exit codes are those of sysexits.h: 64 wrong usage, 65 damaged data, 66 no input, 69 not available, \
            73 cannot create a file, 74 input/output error, 77 no permission, 78 wrong configuration.
            """,
        version: TrackerVersion.current,
        subcommands: [
            DemoCommand.self, RunCommand.self, TailCommand.self, SpikesCommand.self, ReportCommand.self,
            HTMLCommand.self, DiffCommand.self, MetricsCommand.self, CheckCommand.self,
        ]
    )

    static func main() {
        // A write to a closed pipe fails instead of killing the process, so that a demo piped into `head` ends in order.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            end(with: error)
        }
        Output.standard.exitIfFailed()
    }

    /// Prints one line on standard error and ends with its code; prints the text of `--help` on standard output.
    private static func end(with error: any Error) -> Never {
        if let failure = error as? CommandFailure {
            Diagnostics.say(failure.message)
            Glibc.exit(failure.code.rawValue)
        }
        let code = exitCode(for: error)
        if code == .success {
            Output.standard.line(fullMessage(for: error))
        } else if !(error is ExitCode) {
            let message = message(for: error).split(separator: "\n").first ?? "wrong usage"
            Diagnostics.say("\(message) (see class-tracker --help)")
        }
        Output.standard.exitIfFailed()
        Glibc.exit(code.rawValue)
    }
}
#endif
