public import ProcessSampling
import SystemPackage
public import TrackingRecords
public import TrackingSinks

extension ClassTracker {
    /// What the tracker does.
    ///
    /// The same keys stand in code, in the environment (`file.maximum-bytes` is `CLASS_TRACKER_FILE_MAXIMUM_BYTES`), in a
    /// configuration file (`file.maximum-bytes = 16MiB`) and in arguments of `class-tracker` (`--set file.maximum-bytes=16MiB`);
    /// see ``load(file:environment:)`` and <doc:ConfiguringTheTracker>.
    public struct Configuration: Sendable, Hashable {
        /// The time between two samples, 1 ms to 1 day (`interval`).
        public var interval: Duration = .seconds(1)
        /// Whether the kernel's high-water mark is reset after each sample, so that each carries the peak since the last one
        /// (`reset-peak`).
        ///
        /// The reset also sets back what `getrusage` reports as `ru_maxrss`.
        public var resetPeak = true
        /// The systemd journal.
        public var journal = Journal()
        /// The rolling file (`file.path` and others); `nil` writes none.
        public var file: RollingFileConfiguration?
        /// When a rise of the resident set is a spike (`spike.floor` and others).
        public var spike = SpikeDetector.Configuration()
        /// Where tracked objects are sized, unless ``createSnapshot(_:computeTotal:isolation:)`` is told otherwise
        /// (`isolation`).
        public var isolation = Snapshot.Isolation.inProcess
        /// The same for a snapshot that is taken because of a spike (`spike.isolation`): forked where this or ``isolation``
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
        /// The share of one processor that the tracker's threads may use, 0.0001 to 1 (`overhead-budget`); `nil` sets no
        /// bound.
        ///
        /// Over it, periodic snapshots are left out before samples are, and the next one says how many
        /// (``Snapshot/skipped``, ``Sample/missedTicks``).
        public var overheadBudget: Double? = 0.01
        /// Records that may wait for the sinks (`queue.capacity`).
        public var queueCapacity = 1024
        /// What the tracker says once in its stream when it is started: variables that nothing reads.
        var warnings: [String] = []

        /// The defaults.
        public init() {}

        /// What goes to the systemd journal.
        public struct Journal: Sendable, Hashable {
            /// Whether records go to the journal (`journal.enabled`).
            public var enabled = true
            /// What `journalctl -t` selects (`journal.identifier`).
            public var identifier = "class-tracker"
            /// The time between two samples in the journal; `.zero` sends each (`journal.interval`).
            ///
            /// An entry takes about 1.5 KB on disk. Spikes are sent at once in any case.
            public var interval: Duration = .seconds(10)

            /// The defaults.
            public init() {}
        }

        /// How much of what was gathered is kept in memory; what is older gives way.
        public struct Retention: Sendable, Hashable {
            /// Snapshots (`retention.snapshots`).
            public var snapshots = 600
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

        /// Checks what the types do not.
        ///
        /// - Throws: ``TrackingError/invalidValue(key:value:source:allowed:)`` with the first key that is out of range.
        public func validate() throws(TrackingError) {
            for key in ConfigurationKey.allCases {
                guard let value = key.value(in: self) else { continue }
                var copy = self
                try key.apply(value, to: &copy, source: "configuration")
            }
        }
    }
}
