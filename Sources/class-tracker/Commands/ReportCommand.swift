#if CLI
import ArgumentParser
import ClassTracking

/// `class-tracker report`.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Summarizes record files: memory, classes, the largest objects.",
        discussion: """
            Reads dumps, and rolling files with their rotated ones, even while a process writes them. Each run of a \
            process has a section of its own. Of many snapshots it shows the first, the one with the most tracked bytes, \
            and the latest ones.

            Examples:
              class-tracker report memory.jsonl
              class-tracker report --sort birth --limit 50 --class Session memory.jsonl
              class-tracker report --class 'MyApp.*Node' --summary /var/log/my-service
              class-tracker report --since 30min memory.jsonl
              zcat old.jsonl.gz | class-tracker report --json - | jq 'select(.record == "class")'
            """
    )

    @Argument(help: ArgumentHelp("Files or directories; - is standard input.", valueName: "file"))
    var files: [String]

    @Option(
        help: ArgumentHelp(
            "The keys to sort objects by, separated by commas: \(SortKey.allCases.map(\.rawValue).joined(separator: ", ")). (default: size)",
            valueName: "keys"
        ),
        transform: SortArgument.parse
    )
    var sort: [SortKey] = [.size]

    @Flag(help: "Reverse the order of the objects.")
    var reverse = false

    @Option(help: ArgumentHelp("The most objects to print; a number below 1 is a part of them.", valueName: "n"))
    var limit = 10.0

    @Option(help: ArgumentHelp("The most snapshots to print.", valueName: "n"))
    var snapshots = 6

    @OptionGroup var classes: ClassOptions

    @OptionGroup var time: TimeOptions

    @Flag(help: "Print no single objects.")
    var summary = false

    @Flag(help: "Print records as lines of JSON.")
    var json = false

    func validate() throws {
        guard limit >= 0, limit <= 1e12 else { throw ValidationError("--limit: use 0 or more") }
        guard snapshots >= 0 else { throw ValidationError("--snapshots: use 0 or more") }
    }

    func run() throws {
        let input = try StatsInput(files, window: time.window, detail: summary ? .summary(snapshots: snapshots) : .full)
        var output = BufferedOutput(.standard)
        for (number, contents) in input.runs.enumerated() {
            let stats = ConsoleStats(contents)
            if !summary { sort(stats) }
            if json {
                showRecords(of: stats, to: &output)
            } else {
                if number > 0 { output.write("\n") }
                show(stats, to: &output)
            }
        }
        output.flush()
        if let damage = input.damage { throw damage }
    }

    private func sort(_ stats: ConsoleStats) {
        stats.sortStats(by: sort)
        if reverse { stats.reverseOrder() }
    }

    private func show(_ stats: ConsoleStats, to output: inout BufferedOutput) {
        RunText(contents: stats.contents).write(to: &output)
        if stats.trackedClasses.isEmpty { output.write("No classes or objects were tracked.\n\n") }
        stats.printSummary(className: classes.name, limit: snapshots, to: &output)
        guard !summary, !stats.contents.objects.isEmpty else { return }
        output.write("\n")
        stats.printStats(className: classes.name, limit: limit, to: &output)
        let (all, shown) = (count(stats, nil), count(stats, limit))
        if all > shown { output.write("  \(CountText(shown)) of \(counted(all, "object"))\n") }
    }

    private func count(_ stats: ConsoleStats, _ limit: Double?) -> Int {
        stats.selectedPositions(className: classes.name, limit: limit).count
    }

    private func showRecords(of stats: ConsoleStats, to output: inout BufferedOutput) {
        stats.annotate()
        var lines = RecordLines()
        let contents = stats.contents
        if let header = contents.header { output.write(lines.text(.header(header))) }
        if let sample = contents.samples.summary { output.write(lines.text(.sample(sample))) }
        for spike in contents.spikes { output.write(lines.text(.spike(spike))) }
        if case .end(let end)? = contents.events.last?.payload { output.write(lines.text(.end(end))) }
        let filter = NameFilter(classes.name ?? "")
        for position in stats.shownSnapshots(snapshots) {
            let snapshot = contents.table[position]
            output.write(lines.text(.snapshot(snapshot.announcement)))
            for name in snapshot.namesBySize where filter.matches(name) {
                if let size = snapshot.record(of: name) { output.write(lines.text(.classSize(size))) }
            }
        }
        guard !summary else { return }
        var traces: Set<Int> = []
        for position in stats.selectedPositions(className: classes.name, limit: limit) {
            let object = contents.objects[position]
            if let trace = contents.traces[object.trace], traces.insert(trace.id).inserted {
                let start = contents.header?.startTime ?? 0
                output.write(lines.text(.trace(TraceRecord(timestamp: 0, wallTime: start, trace: trace))))
            }
            output.write(lines.text(.object(object)))
        }
    }
}

/// Parses names of sort keys, separated by commas.
enum SortArgument {
    static func parse(_ text: String) throws -> [SortKey] {
        try text.split(separator: ",")
            .map { word in
                guard let key = SortKey(rawValue: String(word)) else {
                    throw ValidationError("use \(SortKey.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                return key
            }
    }
}

/// Writes records as long lines of JSON, as dumps have them.
struct RecordLines: ~Copyable {
    private var writer = FieldWriter(style: .json, grows: true)

    mutating func text(_ payload: Record.Payload) -> String {
        Record(payload).write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
#endif
