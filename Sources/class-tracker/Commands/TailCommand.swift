#if CLI
import ArgumentParser
import ClassTracking
import Glibc
import SystemPackage

/// `class-tracker tail`.
struct TailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Prints the last records and follows, like tail -F.",
        discussion: """
            Follows a rolling file across rotation, or the systemd journal, until interrupted.

            Examples:
              class-tracker tail memory.jsonl
              class-tracker tail --lines 100 --no-follow memory.jsonl
              class-tracker tail --json memory.jsonl | jq 'select(.record == "spike")'
              class-tracker tail --journal --unit my-service
              class-tracker tail --journal --directory /var/log/journal/remote
            """
    )

    /// The milliseconds between two checks of a file that is followed.
    private static let pause = 100
    /// The number of checks of the file for each check of the process.
    private static let looksAtProcess = 10

    @Argument(help: ArgumentHelp("The rolling file; - is standard input.", valueName: "file"))
    var file: String?

    @OptionGroup var source: JournalOptions

    @Option(
        name: [.customShort("n"), .long],
        help: ArgumentHelp("The number of records to begin with.", valueName: "n")
    )
    var lines = 10

    @Flag(help: "Print the last records and exit.")
    var noFollow = false

    @Flag(help: "Print records as lines of JSON, as they are stored.")
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
        let follower = try FileFollower(path: path, report: Diagnostics.say)
        printer.isOneFile = true
        let isJSON = json
        let records = try follower.last(lines) { isJSON || RecordPolicy.of($0).hasRow }
        let ends = noFollow || path == "-"
        if ends, records.isEmpty, follower.isEmpty { throw CommandFailure(.empty(path: path.string)) }
        for stored in records { printer.show(stored) }
        var looks = 0
        while !ends, !printer.output.hasFailed, !printer.output.isReaderGone {
            usleep(UInt32(Self.pause) * 1000)
            try follower.poll { printer.show($0) }
            looks += 1
            if looks % Self.looksAtProcess == 0 { printer.close(follower.identity, isLast: false) }
        }
        if ends {
            follower.finish()
            printer.finish()
            printer.close(follower.identity, isLast: true)
        }
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
        if noFollow { printer.finish() }
        if noFollow, count == 0, lines > 0 {
            let place = source.unit.map { " of the unit \($0)" } ?? ""
            throw CommandFailure(.noInput, "the journal has no records\(place) that this user may read")
        }
    }
}

/// Prints records as rows of a table, or as lines of JSON.
struct RecordPrinter {
    let output: Output
    private let isJSON: Bool
    private var table: LiveTable
    private var hasHeading = false
    /// Indicates whether all records are of one file.
    var isOneFile: Bool {
        get { table.isOneFile }
        set { table.isOneFile = newValue }
    }
    /// The latest spike, with the highest peak that any record shows.
    private var ledger = SpikeLedger(limit: 1)
    /// The latest spike as it was printed.
    private var printed: Spike?
    private var header: Header?

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
        note(stored.record)
        if let row = table.row(for: stored.record) { output.line(row) }
    }

    /// Prints whether the process of the last record is running.
    mutating func close(_ file: FileIdentity?, isLast: Bool) {
        guard !isJSON, let row = table.closing(file, isLast: isLast) else { return }
        output.line(row)
    }

    private mutating func note(_ record: Record) {
        switch record.payload {
        // A rotation repeats the header of the run.
        case .header(let header):
            if let known = self.header, known.isSameRun(as: header) { break }
            self.header = header
            (ledger, printed) = (SpikeLedger(limit: 1), nil)
        case .spike(let spike): printed = spike
        default: break
        }
        ledger.add(record.payload)
    }

    /// Prints a spike that is ongoing at the end again, if it is higher than it was printed.
    mutating func finish() {
        guard !isJSON, let spike = ledger.spikes.last, spike.state == .ongoing, let printed,
            spike.peak > printed.peak
        else { return }
        var last = spike
        (last.timestamp, last.wallTime) = (spike.peakTime, spike.peakWallTime)
        last.updates += 1
        if let row = table.row(for: Record(.spike(last))) { output.line(row) }
    }
}
#endif
