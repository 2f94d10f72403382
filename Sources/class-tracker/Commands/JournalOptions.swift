#if CLI
import ArgumentParser
import ClassTracking

/// The options for reading the journal instead of a file.
struct JournalOptions: ParsableArguments {
    @Flag(help: "Read the systemd journal instead of a file.")
    var journal = false

    @Option(help: ArgumentHelp("With --journal: only the records of this unit; .service is added if it is missing."))
    var unit: String?

    @Option(help: ArgumentHelp("With --journal: read the journal files in this directory.", valueName: "dir"))
    var directory: String?

    /// Refuses options that do not go together.
    func validate(hasFile: Bool) throws {
        if journal, hasFile { throw ValidationError("name a FILE or use --journal, not both") }
        if !journal, unit != nil { throw ValidationError("--unit needs --journal") }
        if !journal, directory != nil { throw ValidationError("--directory needs --journal") }
        if !journal, !hasFile { throw ValidationError("name a FILE or use --journal") }
        if unit?.isEmpty == true { throw ValidationError("--unit: the name is empty") }
    }

    func open(kinds: [Record.Kind] = Record.Kind.allCases) throws(CommandFailure) -> JournalSource {
        try JournalSource(directory: directory, unit: unit, kinds: kinds, report: Diagnostics.say)
    }
}
#endif
