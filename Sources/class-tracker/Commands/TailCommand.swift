#if CLI
import ArgumentParser
import ClassTracking
import Glibc
import SystemPackage

/// `class-tracker tail`.
struct TailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Shows the last records and follows, like tail -F.",
        discussion: """
            Follows a rolling file across rotation, or the systemd journal, until it is interrupted.

            Examples:
              class-tracker tail memory.jsonl
              class-tracker tail --lines 100 --no-follow memory.jsonl
              class-tracker tail --json memory.jsonl | jq 'select(.record == "spike")'
              class-tracker tail --journal --unit my-service
              class-tracker tail --journal --directory /var/log/journal/remote
            """
    )

    /// Between two looks at a file that is followed.
    private static let pause = 100

    @Argument(help: ArgumentHelp("The rolling file; - is standard input.", valueName: "file"))
    var file: String?

    @OptionGroup var source: JournalOptions

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("How many records to begin with.", valueName: "n"))
    var lines = 10

    @Flag(help: "End after the last record there is.")
    var noFollow = false

    @Flag(help: "Print each record as the line of JSON it is.")
    var json = false

    func validate() throws {
        try source.validate(hasFile: file != nil)
        guard (0...1_000_000_000).contains(lines) else { throw ValidationError("--lines: use 0 to 1000000000") }
    }

    func run() throws {
        var printer = RecordPrinter(isJSON: json, output: .standard)
        if let file {
            try follow(FilePath(file), &printer)
        } else {
            try followJournal(&printer)
        }
    }

    private func follow(_ path: FilePath, _ printer: inout RecordPrinter) throws {
        let follower = try FileFollower(path: path, tell: Diagnostics.say)
        let isJSON = json
        let records = try follower.last(lines) { isJSON || $0.hasRow }
        let ends = noFollow || path == "-"
        if ends, records.isEmpty, follower.isEmpty { throw CommandFailure(.empty(path: path.string)) }
        for stored in records { printer.show(stored) }
        while !ends, !printer.output.hasFailed, !printer.output.isReaderGone {
            usleep(UInt32(Self.pause) * 1000)
            try follower.poll { printer.show($0) }
        }
        if ends { follower.finish() }
    }

    private func followJournal(_ printer: inout RecordPrinter) throws {
        let journal = try source.open()
        journal.seekToLast(lines)
        var count = 0
        while true {
            try journal.drain {
                printer.show($0)
                count += 1
            }
            if noFollow || printer.output.hasFailed || printer.output.isReaderGone { break }
            try journal.wait(milliseconds: UInt64(Self.pause) * 5)
        }
        if noFollow, count == 0, lines > 0 {
            let place = source.unit.map { " of the unit \($0)" } ?? ""
            throw CommandFailure(.noInput, "the journal has no records\(place) that this user may read")
        }
    }
}

/// Prints records as rows of a table, or as they are stored.
struct RecordPrinter {
    let output: Output
    private let isJSON: Bool
    private var table: LiveTable
    private var hasHeading = false

    init(isJSON: Bool, output: Output) {
        self.isJSON = isJSON
        self.output = output
        table = LiveTable(palette: output.palette)
    }

    mutating func show(_ stored: StoredRecord) {
        guard !isJSON else {
            output.line(stored.line)
            return
        }
        if !hasHeading { output.line(table.heading) }
        hasHeading = true
        if let row = table.row(for: stored.record) { output.line(row) }
    }
}
#endif
