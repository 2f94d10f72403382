#if CLI
import ArgumentParser
import ClassTracking

/// `class-tracker diff`.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compares two snapshots: growth, births and deaths, possible leaks.",
        discussion: """
            Compares the first and the last snapshot of one file, or those that --from and --to name; of two files, the \
            last snapshot of each. Name a snapshot by its description, its time (1.234s) or its number (#3). A class may \
            leak if its smallest size in each of up to eight spans of time is larger than in the span before.

            Examples:
              class-tracker diff memory.jsonl
              class-tracker diff memory.jsonl --from 'before login' --to '#12'
              class-tracker diff yesterday.jsonl today.jsonl --class 'MyApp.*'
              class-tracker diff --json memory.jsonl | jq 'select(.diff == "suspect")'
            """
    )

    @Argument(help: ArgumentHelp("One or two files or directories; - is standard input.", valueName: "file"))
    var files: [String]

    @Option(help: ArgumentHelp("The earlier snapshot. (default: the first)", valueName: "label"))
    var from: String?

    @Option(help: ArgumentHelp("The later snapshot. (default: the last)", valueName: "label"))
    var to: String?

    @OptionGroup var classes: ClassOptions

    @Option(help: ArgumentHelp("The most classes to print.", valueName: "n"))
    var limit = 20

    @Flag(help: "Print lines of JSON, one for each class and suspect.")
    var json = false

    func validate() throws {
        guard (1...2).contains(files.count) else { throw ValidationError("name one or two FILEs") }
        if files == ["-", "-"] { throw ValidationError("only one FILE can be standard input") }
        if files.count == 2, from != nil || to != nil { throw ValidationError("--from and --to need exactly one FILE") }
        guard limit >= 0 else { throw ValidationError("--limit: use 0 or more") }
    }

    func run() throws {
        var damage: CommandFailure?
        let stats = try files.map { file in
            let input = try StatsInput([file])
            damage = damage ?? input.damage
            return Stats(Self.latest(of: input.runs))
        }
        let diff: StatsDiff
        do throws(StatsError) {
            diff = stats.count == 2 ? try stats[0].diff(to: stats[1]) : try stats[0].diff(from: from, to: to)
        } catch {
            throw CommandFailure(.damagedData, "\(files.joined(separator: ", ")): \(error.description)")
        }
        var output = BufferedOutput(.standard)
        if json {
            for line in DiffLines(diff: diff, filter: NameFilter(classes.name ?? ""), limit: limit).lines {
                output.write(line + "\n")
            }
        } else {
            diff.print(className: classes.name, limit: limit, to: &output)
        }
        output.flush()
        if let damage { throw damage }
    }

    /// Returns the latest run with snapshots: a service that has just been restarted has none yet.
    private static func latest(of runs: [StatsContents]) -> StatsContents {
        runs.last { $0.table.count > 0 } ?? runs.last ?? StatsContents()
    }
}

/// A diff as lines of JSON.
struct DiffLines {
    let diff: StatsDiff
    let filter: NameFilter
    let limit: Int

    var lines: [String] {
        let changes = diff.classes.filter { filter.matches($0.name) }.prefix(limit).map(line)
        return [line("from", diff.before), line("to", diff.after)] + changes
            + diff.suspects.filter { filter.matches($0.name) }.prefix(limit).map(line)
    }

    private func line(_ end: String, _ snapshot: Snapshot) -> String {
        object([
            ("diff", JSONText.quoted(end)), ("snapshot", String(snapshot.number)),
            ("label", JSONText.quoted(snapshot.label)), ("unix_seconds", "\(snapshot.wallTime)"),
            ("tracked_bytes", String(snapshot.trackedTotal)),
            ("vm_rss_bytes", snapshot.processMemory.residentSet.map(String.init)),
        ])
    }

    private func line(_ change: ClassChange) -> String {
        object([
            ("diff", JSONText.quoted("class")), ("name", JSONText.quoted(change.name)),
            ("growth_bytes", String(change.bytes)), ("before_bytes", (change.before?.sum).map(String.init)),
            ("after_bytes", (change.after?.sum).map(String.init)), ("growth_instances", String(change.instances)),
            ("before_active", (change.before?.active).map(String.init)),
            ("after_active", (change.after?.active).map(String.init)),
            ("created", change.created.map(String.init)), ("destroyed", change.destroyed.map(String.init)),
        ])
    }

    private func line(_ suspect: LeakSuspect) -> String {
        let evidence = suspect.evidence.map { "[\($0.timestamp),\($0.bytes),\($0.active)]" }
        let sites = suspect.sites.map { site in
            let frames = site.trace.frames.map { JSONText.quoted($0.text) }
            return "[\(site.instances),[\(frames.joined(separator: ","))]]"
        }
        return object([
            ("diff", JSONText.quoted("suspect")), ("name", JSONText.quoted(suspect.name)),
            ("growth_bytes", String(suspect.bytes)), ("growth_instances", String(suspect.instances)),
            ("snapshots", String(suspect.snapshots)), ("least", "[\(evidence.joined(separator: ","))]"),
            ("sites", sites.isEmpty ? nil : "[\(sites.joined(separator: ","))]"),
        ])
    }

    /// Returns an object with the fields that have a value.
    private func object(_ fields: [(key: String, value: String?)]) -> String {
        let texts = fields.compactMap { field in field.value.map { "\"\(field.key)\":\($0)" } }
        return "{\(texts.joined(separator: ","))}"
    }
}
#endif
