#if CLI
import ArgumentParser
import ClassTracking

/// The option that selects classes of record files.
struct ClassOptions: ParsableArguments {
    @Option(
        name: .customLong("class"),
        help: ArgumentHelp("Only classes whose name contains this, or matches it if it has * or ?.", valueName: "name")
    )
    var name: String?
}

/// The options that select a span of time of record files.
struct TimeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only records from then on: a time in UTC, @SECONDS, or 10min for that long ago.",
            valueName: "time"
        ),
        transform: TimeArgument.parse
    )
    var since: Double?

    @Option(help: ArgumentHelp("Only records until then.", valueName: "time"), transform: TimeArgument.parse)
    var until: Double?

    var window: TimeWindow { TimeWindow(since: since, until: until) }
}
#endif
