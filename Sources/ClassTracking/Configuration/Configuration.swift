public import ProcessSampling
import SystemPackage
public import TrackingRecords
public import TrackingSinks

extension ClassTracker {
    /// The configuration of a tracker.
    ///
    /// The same keys are used in code, in the environment (`file.maximum-bytes` is `CLASS_TRACKER_FILE_MAXIMUM_BYTES`),
    /// in a configuration file (`file.maximum-bytes = 16MiB`) and in arguments of `class-tracker` (`--set
    /// file.maximum-bytes=16MiB`); see ``load(file:environment:)`` and <doc:ConfiguringTheTracker>.
    public struct Configuration: Sendable, Hashable {
        /// The valid values of ``interval``.
        package static let intervals: ClosedRange<Duration> = .milliseconds(1) ... .day

        /// The time between two samples, 1 ms to 1 day (`interval`).
        public var interval: Duration = .seconds(1)
        /// Indicates whether the kernel's high-water mark is reset after each sample, so that each has the peak since
        /// the last one (`reset-peak`).
        ///
        /// The reset also resets the value that `getrusage` reports as `ru_maxrss`.
        public var resetPeak = true
        /// The systemd journal (`journal.enabled` and others).
        public var journal = JournalSink.Configuration()
        /// The rolling file (`file.path` and others); `nil` for none.
        public var file: RollingFileConfiguration?
        /// The rules for the begin and the end of a spike (`spike.floor` and others).
        public var spike = SpikeConfiguration()
        /// The process in which tracked objects are sized, unless the call of
        /// ``createSnapshot(_:computeTotal:isolation:)`` specifies it (`isolation`).
        public var isolation = Snapshot.Isolation.inProcess
        /// The same for a snapshot that is taken because of a spike (`spike.isolation`): forked if this or
        /// ``isolation`` is.
        public var spikeIsolation = Snapshot.Isolation.inProcess
        /// The longest pause of the process for a forked snapshot, 0 to 10 s (`pause-budget`); if a longer one is
        /// predicted, the snapshot is taken in process.
        public var pauseBudget: Duration = .milliseconds(10)
        /// The classes to track from the first start on (`track`).
        public var track: [TrackedPattern] = []
        /// The largest number of objects of a snapshot with a record in the stream, the largest objects first
        /// (`snapshot.objects`).
        public var snapshotObjects = 100
        /// The amount of data that is kept in memory (`retention.snapshots` and others).
        public var retention = Retention()
        /// The share of one processor that the tracker's threads may use, 0.0001 to 1 (`overhead-budget`); `nil` for no
        /// limit.
        ///
        /// Above it, periodic snapshots are skipped first, then samples; the next snapshot or sample has the number of
        /// skipped ones (`skipped_snapshots` of its record, `Sample.missedTicks`).
        public var overheadBudget: Double? = 0.01
        /// The longest wait for the last records at the end of the process, 0 to 1 min (`exit-timeout`); `.zero` for no
        /// wait.
        ///
        /// For the preloaded agent. The last snapshot is skipped if it would take too long; records that are not
        /// written in that time are lost.
        public var exitTimeout: Duration = .milliseconds(500)
        /// The number of records that may wait for the sinks (`queue.capacity`).
        public var queueCapacity = 1024
        /// The warnings for the stream at the start: unknown variables.
        var warnings: [String] = []

        /// Creates the default configuration.
        public init() {}

        /// The amount of data that is kept in memory; new data replaces the oldest.
        public struct Retention: Sendable, Hashable {
            /// The number of snapshots (`retention.snapshots`).
            ///
            /// While nothing is tracked, each periodic sample is one, of about 300 bytes; the memory is allocated at
            /// the start.
            public var snapshots = 600
            /// The number of samples of the process, of about 400 bytes each (`retention.samples`); the memory is
            /// allocated at the start.
            ///
            /// If there were more, each kept one represents several consecutive ones, with their smallest, mean and
            /// largest resident set and their peak: the kept ones always span the whole time.
            public var samples = 1024
            /// The number of spikes, of about 2 KiB each (`retention.spikes`).
            public var spikes = 100
            /// The number of sizes of individual objects over all snapshots, of 12 bytes each (`retention.sizes`).
            ///
            /// The latest snapshot has all its sizes if they fit, else those of the largest objects.
            public var sizes = 200_000
            /// The number of objects over all snapshots whose referents are kept (`retention.details`).
            public var details = 1000
            /// The number of dead objects, of 16 bytes each (`retention.dead-objects`).
            public var deadObjects = 10_000
            /// The number of points of the instance count over time, for each name (`retention.history`).
            public var history = 512

            /// Creates the default retention.
            public init() {}
        }
    }
}
