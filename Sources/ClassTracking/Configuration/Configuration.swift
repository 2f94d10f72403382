public import ProcessSampling
import SystemPackage
public import TrackingRecords
public import TrackingSinks

extension ClassTracker {
    /// What the tracker does.
    ///
    /// The same keys stand in code, in the environment (`file.maximum-bytes` is `CLASS_TRACKER_FILE_MAXIMUM_BYTES`),
    /// in a
    /// configuration file (`file.maximum-bytes = 16MiB`) and in arguments of `class-tracker` (`--set
    /// file.maximum-bytes=16MiB`);
    /// see ``load(file:environment:)`` and <doc:ConfiguringTheTracker>.
    public struct Configuration: Sendable, Hashable {
        /// The times that ``interval`` may have.
        package static let intervals: ClosedRange<Duration> = .milliseconds(1) ... .day

        /// The time between two samples, 1 ms to 1 day (`interval`).
        public var interval: Duration = .seconds(1)
        /// Whether the kernel's high-water mark is reset after each sample, so that each carries the peak since the
        /// last one
        /// (`reset-peak`).
        ///
        /// The reset also sets back what `getrusage` reports as `ru_maxrss`.
        public var resetPeak = true
        /// The systemd journal (`journal.enabled` and others).
        public var journal = Journal()
        /// The rolling file (`file.path` and others); `nil` writes none.
        public var file: RollingFileConfiguration?
        /// When a rise of the resident set is a spike (`spike.floor` and others).
        public var spike = SpikeConfiguration()
        /// Where tracked objects are sized, unless ``createSnapshot(_:computeTotal:isolation:)`` is told otherwise
        /// (`isolation`).
        public var isolation = Snapshot.Isolation.inProcess
        /// The same for a snapshot that is taken because of a spike (`spike.isolation`): forked where this or
        /// ``isolation``
        /// says so.
        public var spikeIsolation = Snapshot.Isolation.inProcess
        /// How long the process may be held up for a forked snapshot, 0 to 10 s (`pause-budget`); where the pause is
        /// predicted to be longer, the snapshot is taken in process.
        public var pauseBudget: Duration = .milliseconds(10)
        /// Classes that are tracked from the first start on (`track`).
        public var track: [TrackedPattern] = []
        /// Objects of a snapshot that have a record in the stream, the largest ones (`snapshot.objects`).
        public var snapshotObjects = 100
        /// How much of what was gathered is kept in memory (`retention.snapshots` and others).
        public var retention = Retention()
        /// The share of one processor that the tracker's threads may use, 0.0001 to 1 (`overhead-budget`); `nil` sets
        /// no
        /// bound.
        ///
        /// Over it, periodic snapshots are left out before samples are, and the next one says how many
        /// (``Snapshot/skipped``, `Sample.missedTicks`).
        public var overheadBudget: Double? = 0.01
        /// How long the end of the process waits for the last records, 0 to 1 min (`exit-timeout`); `.zero` does not
        /// wait.
        ///
        /// For the preloaded agent. The last snapshot is left out where it would take too long; what is not written
        /// when the
        /// time is over is lost.
        public var exitTimeout: Duration = .milliseconds(500)
        /// Records that may wait for the sinks (`queue.capacity`).
        public var queueCapacity = 1024
        /// The warnings for the stream at the start: variables that nothing reads.
        var warnings: [String] = []

        /// The defaults.
        public init() {}

        /// The configuration of the systemd journal.
        public typealias Journal = JournalSink.Configuration

        /// How much of what was gathered is kept in memory; what is older gives way.
        public struct Retention: Sendable, Hashable {
            /// Snapshots (`retention.snapshots`).
            ///
            /// While nothing is tracked, each periodic sample is one, of about 300 bytes; the memory is taken at the
            /// start.
            public var snapshots = 600
            /// Samples of the process, of about 400 bytes each (`retention.samples`); the memory is taken at the start.
            ///
            /// Where there were more, each one that is kept stands for several in a row, with their least, mean and
            /// largest
            /// resident set and their peak: the kept ones always span the whole time.
            public var samples = 1024
            /// Spikes, of about 2 KiB each (`retention.spikes`).
            public var spikes = 100
            /// Sizes of single objects over all snapshots, of 12 bytes each (`retention.sizes`).
            ///
            /// The latest snapshot has them all if they fit, else those of the largest objects.
            public var sizes = 200_000
            /// Objects over all snapshots whose referents are kept (`retention.details`).
            public var details = 1000
            /// Dead objects, of 16 bytes each (`retention.dead-objects`).
            public var deadObjects = 10_000
            /// Points of the instance count over time, for each name (`retention.history`).
            public var history = 512

            /// The defaults.
            public init() {}
        }
    }
}
