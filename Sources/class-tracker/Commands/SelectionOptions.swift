#if CLI
import ArgumentParser
import ClassTracking

/// Which classes are shown of what record files say.
struct ClassOptions: ParsableArguments {
    @Option(
        name: .customLong("class"),
        help: ArgumentHelp("Only names that contain this, or match it as a whole with * and ?.", valueName: "name")
    )
    var name: String?
}

/// Which part of the time is read of record files.
struct TimeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Nothing earlier; a time in UTC, @seconds, or 10min ago.", valueName: "time"),
        transform: TimeArgument.parse
    )
    var since: Double?

    @Option(help: ArgumentHelp("Nothing later.", valueName: "time"), transform: TimeArgument.parse)
    var until: Double?

    var window: TimeWindow { TimeWindow(since: since, until: until) }
}
#endif
