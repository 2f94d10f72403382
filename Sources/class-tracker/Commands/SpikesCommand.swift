#if CLI
import ArgumentParser
import ClassTracking
import SystemPackage

/// `class-tracker spikes`.
struct SpikesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spikes",
        abstract: "Lists the memory spikes in record files or in the journal.",
        discussion: """
            Reads the rotated files of each FILE, too, oldest first. A long spike is recorded when it begins, when its \
            height has doubled, and when it ends. It is listed once, with the highest peak that any record shows.

            Examples:
              class-tracker spikes memory.jsonl
              class-tracker spikes --json memory.jsonl | jq .peak_bytes
              zcat old.jsonl.gz | class-tracker spikes -
              class-tracker spikes --journal --unit my-service
              class-tracker spikes --journal --directory /var/log/journal/remote
            """
    )

    @Argument(help: ArgumentHelp("Rolling files; - is standard input.", valueName: "file"))
    var files: [String] = []

    @OptionGroup var source: JournalOptions

    @Flag(help: "Print spikes as lines of JSON.")
    var json = false

    func validate() throws {
        try source.validate(hasFile: !files.isEmpty)
    }

    func run() throws {
        var summary = StreamSummary()
        if files.isEmpty {
            let journal = try source.open()
            journal.seekToBegin()
            try journal.drain { summary.add($0) }
            guard summary.runs > 0 || summary.samples > 0 else {
                let place = source.unit.map { " of the unit \($0)" } ?? ""
                throw CommandFailure(.noInput, "the journal has no records\(place) that this user may read")
            }
        }
        var set = RecordFileSet { Diagnostics.say($0.description) }
        for file in files { try set.stored(of: FilePath(file)) { summary.add($0) } }
        show(summary)
    }

    private func show(_ summary: StreamSummary) {
        let output = Output.standard
        let spikes = summary.spikes
        guard !json else {
            for spike in spikes { output.line(spike.line) }
            return
        }
        if !spikes.isEmpty {
            output.line(
                SpikeTable.text(
                    of: spikes,
                    showsProcess: summary.runs > 1,
                    showsHost: summary.hosts.count > 1
                )
            )
            output.line("")
        }
        for text in summary.warmUps { output.line("warming up: \(text)") }
        output.line(summary.text)
    }
}
#endif
