#if CLI
import ArgumentParser
import ClassTracking
import SystemPackage

/// `class-tracker html`.
struct HTMLCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "html",
        abstract: "Writes a page with charts of record files.",
        discussion: """
            The page is one file that needs no network and no script. It shows memory over time with its spikes, the size \
            and growth of each class, lifetimes, and the largest objects with their referents and the stacks that \
            created them. If the files have several runs of a process, it shows the latest one with snapshots, or the one \
            that --run names.

            Examples:
              class-tracker html memory.jsonl                     makes memory.html
              class-tracker html --output report.html --title 'Load test 7' /var/log/my-service
              class-tracker html --since 30min --class 'MyApp.*' --output - memory.jsonl >recent.html
              zcat old.jsonl.gz | class-tracker html --output old.html -
            """
    )

    @Argument(help: ArgumentHelp("Files or directories; - is standard input.", valueName: "file"))
    var files: [String]

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The page; - is standard output. (default: the name of the file with .html)",
            valueName: "path"
        )
    )
    var output: String?

    @Option(help: ArgumentHelp("The title of the page. (default: Memory of PROGRAM)", valueName: "text"))
    var title: String?

    @OptionGroup var classes: ClassOptions

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The number of the run, from 1. (default: the latest one with snapshots)", valueName: "n")
    )
    var runNumber: Int?

    @OptionGroup var time: TimeOptions

    func validate() throws {
        if let runNumber, runNumber < 1 { throw ValidationError("--run: use 1 or more") }
        if output == nil, files.contains("-") { throw ValidationError("standard input needs --output") }
        if output?.isEmpty == true { throw ValidationError("--output: use the path of a file, or -") }
    }

    func run() throws {
        let input = try StatsInput(files, window: time.window, detail: .charts)
        let stats = HTMLStats(try chosen(input.runs))
        if let name = classes.name { stats.keep(NameFilter(name)) }
        let path = output ?? defaultPath
        if path == "-" {
            Output.standard.line(stats.html(title: title))
        } else {
            do throws(StatsError) {
                try stats.createHTML(at: FilePath(path), title: title)
            } catch {
                throw CommandFailure(error)
            }
            Output.standard.line("Wrote \(path.printable).")
        }
        if let damage = input.damage { throw damage }
    }

    /// Returns the run to show; without `--run` the latest one with snapshots, as a service that has just been restarted has none.
    private func chosen(_ runs: [StatsContents]) throws -> StatsContents {
        guard let run = runNumber else { return runs.last { $0.table.count > 0 } ?? runs.last ?? StatsContents() }
        guard run <= runs.count else {
            throw CommandFailure(.noInput, "--run: there is no run \(run), the last is \(runs.count)")
        }
        return runs[run - 1]
    }

    /// The path of the page: `memory.html` for `memory.jsonl`, and `my-service.html` beside the directory `my-service`.
    private var defaultPath: String {
        var path = FilePath(files[0])
        guard let name = path.lastComponent else { return "memory.html" }
        path.removeLastComponent()
        return path.appending(name.stem + ".html").string
    }
}
#endif
