import ProcessSampling
import TrackingRecords
import TrackingSinks

/// The table of all keys, one row for each.
///
/// A new key needs a property in ``ClassTracker/Configuration`` and a row here. A test then requires its lines in
/// `Config/class-tracker.conf` and in the guide "Configuring the tracker".
extension ConfigurationKey {
    // Rows to which code refers by name.

    package static let interval = ConfigurationKey(
        "interval",
        \.interval,
        .duration(ClassTracker.Configuration.intervals, such: "500ms, 1s, 5min"),
        "The time between two samples."
    )
    package static let track = ConfigurationKey(
        "track",
        \.track,
        .patterns,
        "The classes whose instances are tracked from the first start on."
    )
    package static let journalEnabled = ConfigurationKey(
        "journal.enabled",
        \.journal.enabled,
        .flag,
        "Whether records go to the systemd journal."
    )
    package static let journalInterval = ConfigurationKey(
        "journal.interval",
        \.journal.interval,
        .duration(.zero ... .day, zero: "every sample", such: "10s"),
        "The time between two samples in the journal."
    )
    package static let filePath = ConfigurationKey(
        "file.path",
        file: \.path,
        .file,
        "The rolling file, which gets every record."
    )
    package static let spikeWarmUp = ConfigurationKey(
        "spike.warm-up",
        \.spike.warmUp,
        .count(1...10_000),
        "The number of samples before a rise that lasts can be a spike."
    )
    package static let spikeLimitFraction = ConfigurationKey(
        "spike.limit-fraction",
        \.spike.limitFraction,
        .number(0...1),
        "The part of the limit that a spike must exceed."
    )

    /// All keys, in the order in which they are documented.
    package static let allCases: [ConfigurationKey] = agent + objects + retention + spikes

    private static let agent = [
        interval,
        ConfigurationKey(
            "reset-peak",
            \.resetPeak,
            .flag,
            "Whether the kernel's high-water mark is reset after each sample, which then has the peak since the one before."
        ),
        journalEnabled,
        ConfigurationKey(
            "journal.identifier",
            \.journal.identifier,
            .printable(limit: 64),
            "The identifier that `journalctl -t` selects."
        ),
        journalInterval,
        filePath,
        ConfigurationKey(
            "file.maximum-bytes",
            file: \.maximumBytes,
            .bytes(RollingFileConfiguration.minimumBytes...(1 << 40), such: "16MiB"),
            "The size at which the file is rotated."
        ),
        ConfigurationKey("file.keep", file: \.keep, .count(1...4096), "The number of rotated files that are kept."),
        ConfigurationKey(
            "file.maximum-age",
            file: \.maximumAge,
            .orNone(.duration(.seconds(1)...(.day * 3650))),
            "The age at which a rotated file is removed."
        ),
        ConfigurationKey(
            "file.sync-interval",
            file: \.syncInterval,
            .duration(.zero ... .day, zero: "left to the kernel", such: "30s"),
            "The longest time for which records are in the kernel's memory only."
        ),
        ConfigurationKey(
            "queue.capacity",
            \.queueCapacity,
            .count(16...1_000_000),
            "The number of records that may wait for slow sinks; further ones are dropped and counted."
        ),
        ConfigurationKey(
            "overhead-budget",
            \.overheadBudget,
            .orNone(.number(0.0001...1, such: "0.01")),
            "The share of one processor that the tracker's threads may use."
        ),
        ConfigurationKey(
            "exit-timeout",
            \.exitTimeout,
            .duration(.zero ... .seconds(60), zero: "does not wait", such: "500ms"),
            "How long the end of a process with the preloaded agent waits for the last records."
        ),
    ]

    private static let objects = [
        ConfigurationKey("isolation", \.isolation, .choice, "Where tracked objects are sized."),
        ConfigurationKey(
            "pause-budget",
            \.pauseBudget,
            .duration(.zero ... .seconds(10), such: "10ms"),
            "How long a forked snapshot may hold up the process."
        ),
        track,
        ConfigurationKey(
            "snapshot.objects",
            \.snapshotObjects,
            .count(0...1_000_000),
            "The number of objects of a snapshot that have a record, the largest ones."
        ),
    ]

    private static let retention = [
        ConfigurationKey(
            "retention.snapshots",
            \.retention.snapshots,
            .count(1...1_000_000),
            "The number of snapshots in memory."
        ),
        ConfigurationKey(
            "retention.samples",
            \.retention.samples,
            .count(2...1_000_000),
            "The number of samples in memory; where there were more, each stands for several in a row."
        ),
        ConfigurationKey(
            "retention.spikes",
            \.retention.spikes,
            .count(1...10_000),
            "The number of spikes in memory."
        ),
        ConfigurationKey(
            "retention.sizes",
            \.retention.sizes,
            .count(0...100_000_000),
            "The number of sizes of single objects in memory, over all snapshots."
        ),
        ConfigurationKey(
            "retention.details",
            \.retention.details,
            .count(0...10_000_000),
            "The number of objects whose referents are in memory, over all snapshots."
        ),
        ConfigurationKey(
            "retention.dead-objects",
            \.retention.deadObjects,
            .count(0...10_000_000),
            "The number of dead objects in memory."
        ),
        ConfigurationKey(
            "retention.history",
            \.retention.history,
            .count(16...1_000_000),
            "The number of points of each name's instance count over time."
        ),
    ]

    private static let spikes = [
        ConfigurationKey(
            "spike.floor",
            \.spike.floor,
            .bytes(0...(1 << 40), such: "32MiB"),
            "The smallest rise that can be a spike."
        ),
        ConfigurationKey(
            "spike.deviations",
            \.spike.deviations,
            .number(0...1000),
            "The number of scaled median absolute deviations that a spike must exceed."
        ),
        ConfigurationKey(
            "spike.limit",
            \.spike.limit,
            .orNone(.bytes((1 << 20)...(1 << 50))),
            "The memory that the process may use; without it the control group's limit."
        ),
        spikeLimitFraction,
        ConfigurationKey(
            "spike.window",
            \.spike.window,
            .count(3...10_000),
            "The number of samples that say what is normal."
        ),
        spikeWarmUp,
        ConfigurationKey(
            "spike.release",
            \.spike.release,
            .number(0...1),
            "The part of the threshold below which the resident set must fall for a spike to end."
        ),
        ConfigurationKey(
            "spike.settle-samples",
            \.spike.settleSamples,
            .count(1...10_000),
            "The number of samples after which a level that has not come down is normal."
        ),
        ConfigurationKey(
            "spike.cooldown",
            \.spike.cooldown,
            .seconds(.zero ... .day, such: "10s"),
            "The time after a spike in which further ones are counted only, unless one is at least twice as high."
        ),
        ConfigurationKey(
            "spike.context-samples",
            \.spike.contextSamples,
            .count(0...64),
            "The number of samples before a spike that are recorded with it."
        ),
        ConfigurationKey(
            "spike.explain",
            \.spike.explain,
            .flag,
            "Whether every sample has the detector's decision."
        ),
        ConfigurationKey(
            "spike.isolation",
            \.spikeIsolation,
            .choice,
            "Where tracked objects are sized for a spike: forked where this or `isolation` says so."
        ),
    ]
}
