import CTrackingRuntime
import Glibc
import ProcessSampling
import Synchronization
public import TrackingRecords
public import TrackingSinks

/// Monitors the memory of this process from inside, and writes records to the systemd journal and a rolling file.
///
/// ```swift
/// let tracker = ClassTracker()
/// try tracker.startPeriodicSnapshots(interval: .seconds(1))
/// ```
///
/// All work is done on threads of the tracker's own. No failure of a sink affects the host; ``status`` reports the
/// state of the sinks.
public final class ClassTracker: Sendable {
    /// The tracker that ``startFromEnvironment()`` starts.
    public static let shared = ClassTracker()

    private struct State {
        var configuration: Configuration
        var run: SamplingRun?
        /// Indicates whether the tracker was preloaded, so that it ends with the process.
        var isPreloaded = false
        /// The status at the end of the previous run.
        var last = Status()
        /// Indicates whether the classes of the configuration are tracked, as far as possible.
        var hasTrackedConfigured = false
        /// The tracked objects; `nil` before the first one.
        var registry: ObjectRegistry?
    }

    private let lifecycle = OrderedMutex(.lifecycle, ())
    private let state: OrderedMutex<State>
    let process = ct_process_id()
    /// The clock of all records, which starts with the tracker.
    let clock = StreamClock()
    /// The reader for snapshots, which leaves the kernel's mark to the periodic samples.
    let memoryReader = ProcessMemoryReader(resetsPeak: false)
    let measuring = PatientLock(.measuring, MeasurementResources())
    let headroom = OrderedMutex(.snapshotHeadroom, SnapshotHeadroom())
    let store: OrderedMutex<SnapshotStore>
    /// The samples and spikes of the periodic timer.
    let log = SampleLog()
    let streamed = OrderedMutex(.streamedObjects, StreamedObjects())
    /// Indicates whether the stream has the notice that the allocator must not be asked for sizes.
    let hasReportedAllocator = Atomic(false)
    private let moreSinks: @Sendable () -> [any RecordSink]

    /// Creates a tracker that does nothing yet.
    ///
    /// - Parameters:
    ///   - configuration: The data to record, and its destinations.
    ///   - sinks: Creates additional sinks for each run of the periodic timer.
    public init(
        configuration: Configuration = Configuration(),
        sinks: @escaping @Sendable () -> [any RecordSink] = { [] }
    ) {
        state = OrderedMutex(.tracker, State(configuration: configuration))
        moreSinks = sinks
        store = OrderedMutex(.snapshotStore, SnapshotStore(configuration.retention))
    }

    deinit {
        let registry = state.withLock { state in
            state.run?.abandon()
            return state.registry
        }
        registry?.freeze()
        BirthObservation.release()
    }

    // MARK: Tracked objects

    /// The tracked objects; `nil` before the first one.
    var registry: ObjectRegistry? { state.withLock { $0.registry } }

    /// Returns the tracked objects, and opens the registry if necessary.
    func openRegistry() throws(TrackingError) -> ObjectRegistry {
        guard ct_process_id() == process else { throw .forkedProcess }
        return try state.withLock { state throws(TrackingError) in
            if let registry = state.registry { return registry }
            let registry = try ObjectRegistry(
                deadObjects: state.configuration.retention.deadObjects,
                clock: TickClock(clock)
            )
            state.registry = registry
            return registry
        }
    }

    /// Removes the tracked objects from the tracker, and returns them.
    func takeRegistry() -> ObjectRegistry? {
        state.withLock { state in
            defer { state.registry = nil }
            return state.registry
        }
    }

    // MARK: Periodic snapshots

    /// Takes a sample now and then one each interval, until ``stopPeriodicSnapshots()``.
    ///
    /// Another call changes the interval of the running timer. Missed ticks are counted in the next sample, and not
    /// made up for.
    ///
    /// A timer of Dispatch takes the samples, and a thread of the tracker takes those that Dispatch does not deliver
    /// (``Status/lateTicks``). A program that forks and continues in the child, as a daemon does, calls this in the
    /// child: neither the tracker nor Dispatch works in the child of a process in which it has threads.
    ///
    /// - Parameter interval: The time between two samples, 1 ms to 1 day; `nil` for ``Configuration/interval``.
    /// - Throws: ``TrackingError`` with the code ``TrackingError/Code/invalidArgument`` for the interval,
    ///   ``TrackingError/Code/invalidConfiguration`` for a value of the configuration that is out of range,
    ///   ``TrackingError/Code/limitReached`` without a thread, or ``TrackingError/Code/forkedProcess`` in the child of a fork.
    public func startPeriodicSnapshots(interval: Duration? = nil) throws(TrackingError) {
        try startPeriodicSnapshots(interval: interval ?? configuration.interval, afterTick: nil)
    }

    // `afterTick` is called on the sampling thread after each sample; it must not block nor stop the tracker.
    package func startPeriodicSnapshots(
        interval: Duration,
        afterTick: (@Sendable (Sample) -> Void)?
    ) throws(TrackingError) {
        ct_own_objects()
        defer { ct_end_own_objects() }
        guard Configuration.intervals.contains(interval) else { throw .intervalOutOfRange(interval) }
        guard ct_process_id() == process else { throw .forkedProcess }
        try lifecycle.withLock { _ throws(TrackingError) in
            let (configuration, run, isPreloaded) = state.withLock { ($0.configuration, $0.run, $0.isPreloaded) }
            if let run {
                run.change(to: interval)
                return
            }
            try configuration.validate()
            log.begin(configuration.retention)
            let fresh = SamplingRun(
                configuration: configuration,
                clock: clock,
                log: log,
                interval: interval,
                sinks: sinks(for: configuration),
                options: SamplingRun.Options(
                    waitsForDispatch: isPreloaded,
                    exitTimeout: isPreloaded ? configuration.exitTimeout : nil
                ),
                afterTick: afterTick,
                source: self
            )
            try fresh.start()
            let isFirst = state.withLock { state in
                state.run = fresh
                defer { state.hasTrackedConfigured = true }
                return !state.hasTrackedConfigured
            }
            // Before the first sample, so that it includes these classes.
            let notices = isFirst ? configuration.warnings + track(configuration.track) : []
            fresh.begin()
            for notice in notices { tell(.warning, notice) }
        }
    }

    /// Takes a last sample, writes the end of the stream, and returns when the sinks have it.
    ///
    /// A thread of the tracker does that, and the caller waits for it: at most five seconds for a snapshot in progress
    /// and the last one, two more for sinks that hang, and never longer than eight. A sink that hangs keeps its thread
    /// and its file, and the next start has threads of its own. Does nothing if no timer runs.
    public func stopPeriodicSnapshots() {
        ct_own_objects()
        defer { ct_end_own_objects() }
        guard ct_process_id() == process else { return }
        // Within the lock: a concurrent start waits for the same time at most, and finds the file released.
        lifecycle.withLock { _ in
            let run = state.withLock { $0.run }
            guard let run else { return }
            run.stop()
            var last = Self.status(of: run)
            last.interval = nil
            state.withLock {
                $0.run = nil
                $0.last = last
            }
        }
    }

    private func sinks(for configuration: Configuration) -> [any RecordSink] {
        var sinks: [any RecordSink] = []
        if let file = configuration.file { sinks.append(RollingFileSink(file)) }
        // An agent inside journald that logs to journald would never end.
        if configuration.journal.enabled, !ProcessIdentity.program.hasPrefix("systemd-") {
            sinks.append(JournalSink(configuration.journal))
        }
        // Objects that the closure creates are the host's.
        let depth = ct_exchange_own_objects(0)
        let more = moreSinks()
        _ = ct_exchange_own_objects(depth)
        return sinks + more
    }

    // MARK: Status

    /// The configuration for the next start.
    public var configuration: Configuration { state.withLock { $0.configuration } }

    /// The status of the tracker and its sinks; after a stop, the status at its end.
    public var status: Status {
        ct_own_objects()
        defer { ct_end_own_objects() }
        let (run, last) = state.withLock { ($0.run, $0.last) }
        return run.map(Self.status) ?? last
    }

    /// The run of the periodic timer, if there is one.
    var run: SamplingRun? { state.withLock { $0.run } }

    private static func status(of run: SamplingRun) -> Status {
        let progress = run.progress
        return Status(
            interval: progress.interval,
            latestSample: progress.latest,
            samples: progress.samples,
            missedTicks: progress.missedTicks,
            lateTicks: progress.lateTicks,
            spikes: progress.spikes,
            suppressedSpikes: progress.suppressedSpikes,
            dropped: run.pipeline.refused,
            sinks: run.pipeline.statuses
        )
    }

    /// Indicates whether no record has blocked the thread that calls the sinks for longer than `limit`.
    ///
    /// For a watchdog that detects a stuck agent.
    package func isResponsive(within limit: Duration) -> Bool {
        state.withLock { $0.run }?.pipeline.isResponsive(within: limit.nanoseconds) ?? true
    }

    /// Writes a notice about the agent itself to the stream, if there is one.
    func tell(_ severity: Notice.Severity, _ message: String) {
        let now = clock.now()
        let notice = Notice(
            timestamp: now.timestamp,
            wallTime: now.wallTime,
            severity: severity,
            component: "agent",
            message: message
        )
        state.withLock { $0.run }?.pipeline.append(.notice(notice))
    }

    /// Indicates whether there is a stream that receives snapshots.
    var isPublishing: Bool { state.withLock { $0.run != nil } }

    /// Publishes a snapshot to the stream, if periodic snapshots run.
    ///
    /// - Returns: Whether the records of its objects will be written.
    func publish(_ snapshot: Snapshot, _ objects: RecordBurst?) -> Bool {
        state.withLock { $0.run }?.pipeline.append(snapshot, objects: objects) ?? false
    }

    /// Marks the tracker as preloaded: the stream ends with the process.
    func markPreloaded() { state.withLock { $0.isPreloaded = true } }

    /// Replaces the configuration for the next start; limits of the data kept in memory change immediately.
    func configure(_ configuration: Configuration) {
        state.withLock { $0.configuration = configuration }
        store.withLock { $0.retention = configuration.retention }
    }

    /// The status of a tracker and its sinks.
    public struct Status: Sendable, Equatable {
        /// The time between two samples; `nil` when no timer runs.
        public var interval: Duration?
        /// The latest sample.
        public var latestSample: Sample?
        /// The number of samples taken.
        public var samples = 0
        /// The number of missed ticks.
        public var missedTicks = 0
        /// The number of ticks that Dispatch did not deliver in time, so that another thread of the tracker took them.
        public var lateTicks = 0
        /// The number of spikes found.
        public var spikes = 0
        /// The number of spikes that the cooldown suppressed.
        public var suppressedSpikes = 0
        /// The number of records that the queue refused.
        public var dropped = 0
        /// The status of each sink.
        public var sinks: [SinkStatus] = []
    }
}
