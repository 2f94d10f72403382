import CTrackingRuntime
import Glibc
import ProcessSampling
import Synchronization
public import TrackingRecords
public import TrackingSinks

/// Watches the memory of this process from inside, and streams what it sees to the systemd journal and a rolling file.
///
/// ```swift
/// let tracker = ClassTracker()
/// try tracker.startPeriodicSnapshots(interval: .seconds(1))
/// ```
///
/// Everything happens on threads of the tracker's own. No failure of a sink reaches the host; see ``status`` for how
/// they are.
public final class ClassTracker: Sendable {
    /// The tracker that ``startFromEnvironment()`` starts.
    public static let shared = ClassTracker()

    private struct State {
        var configuration: Configuration
        var run: SamplingRun?
        /// Whether the program knows nothing of the tracker, which ends with it.
        var isPreloaded = false
        /// The status at the end of the run before.
        var last = Status()
        /// Whether the classes of the configuration are tracked, as far as they could be.
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
    let room = OrderedMutex(.snapshotRoom, SnapshotRoom())
    let store: OrderedMutex<SnapshotStore>
    /// The samples and spikes of the periodic timer.
    let log = SampleLog()
    let streamed = OrderedMutex(.streamedObjects, StreamedObjects())
    /// Whether the stream has the notice that the allocator must not be asked for sizes.
    let hasToldOfAllocator = Atomic(false)
    private let moreSinks: @Sendable () -> [any RecordSink]

    /// Makes a tracker that does nothing yet.
    ///
    /// - Parameters:
    ///   - configuration: What to record and where to.
    ///   - sinks: Makes sinks beside the journal and the file, anew for each run of the periodic timer.
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

    /// The tracked objects, of which there may be none yet.
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

    /// Gives up the tracked objects, and returns them.
    func takeRegistry() -> ObjectRegistry? {
        state.withLock { state in
            defer { state.registry = nil }
            return state.registry
        }
    }

    // MARK: Periodic snapshots

    /// Takes a sample now and then one each interval, until ``stopPeriodicSnapshots()``.
    ///
    /// Called again, it changes the interval of the running timer. Ticks that could not happen are counted in the next
    /// sample,
    /// and not made up for.
    ///
    /// A timer of Dispatch's takes the samples, and a thread of the tracker takes those that Dispatch does not deliver
    /// (``Status/lateTicks``). A program that forks and goes on in the child, as a daemon does, calls this in the
    /// child: neither
    /// the tracker nor Dispatch works in the child of a process in which it has threads.
    ///
    /// - Parameter interval: The time between two samples, 1 ms to 1 day; `nil` for ``Configuration/interval``.
    /// - Throws: ``TrackingError/intervalOutOfRange(_:)``; a value of the configuration that is out of range;
    ///   ``TrackingError/noThread(errno:)``; ``TrackingError/forkedProcess`` in the child of a fork.
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
            // Before the first sample, which then knows of them.
            let notices = isFirst ? configuration.warnings + track(configuration.track) : []
            fresh.begin()
            for notice in notices { tell(.warning, notice) }
        }
    }

    /// Takes a last sample, writes the end of the stream, and returns when the sinks have it.
    ///
    /// A thread of the tracker does that, and the caller waits for it: five seconds at most for a snapshot in flight
    /// and the
    /// last one, two more for sinks that hang, and never longer than eight. What hangs then keeps its thread and its
    /// file, and
    /// the next start has threads of its own. Does nothing when no timer runs.
    public func stopPeriodicSnapshots() {
        ct_own_objects()
        defer { ct_end_own_objects() }
        guard ct_process_id() == process else { return }
        // Within the lock: who starts again meanwhile waits for as long at most, and finds the file free.
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
        // An agent inside of journald that logs to journald would never end.
        if configuration.journal.enabled, !ProcessIdentity.program.hasPrefix("systemd-") {
            sinks.append(JournalSink(configuration.journal))
        }
        // What the host makes there is the host's.
        let depth = ct_exchange_own_objects(0)
        let more = moreSinks()
        _ = ct_exchange_own_objects(depth)
        return sinks + more
    }

    // MARK: Looking at it

    /// The configuration for the next start.
    public var configuration: Configuration { state.withLock { $0.configuration } }

    /// How the tracker and its sinks are doing; after a stop, how they were in the end.
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

    /// Whether no record keeps the thread that feeds the sinks for longer than `limit`.
    ///
    /// For a watchdog that should see a stuck agent.
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

    /// Whether there is a stream that snapshots go to.
    var isPublishing: Bool { state.withLock { $0.run != nil } }

    /// Publishes a snapshot to the stream, if periodic snapshots run.
    ///
    /// - Returns: Whether the records of its objects will be written.
    func publish(_ snapshot: Snapshot, _ objects: RecordBurst?) -> Bool {
        state.withLock { $0.run }?.pipeline.append(snapshot, objects: objects) ?? false
    }

    /// Marks the tracker as preloaded: the stream ends with the process.
    func markPreloaded() { state.withLock { $0.isPreloaded = true } }

    /// Replaces the configuration for the next start; what is kept in memory changes at once.
    func configure(_ configuration: Configuration) {
        state.withLock { $0.configuration = configuration }
        store.withLock { $0.retention = configuration.retention }
    }

    /// How a tracker and its sinks are doing.
    public struct Status: Sendable, Equatable {
        /// The time between two samples; `nil` when no timer runs.
        public var interval: Duration?
        /// The latest sample.
        public var latestSample: Sample?
        /// Samples taken.
        public var samples = 0
        /// Ticks of the timer that did not happen.
        public var missedTicks = 0
        /// Ticks that Dispatch did not deliver in time, so that another thread of the tracker took them.
        public var lateTicks = 0
        /// Spikes found.
        public var spikes = 0
        /// Firings that were suppressed by the cooldown.
        public var suppressedSpikes = 0
        /// Records the queue had no room for.
        public var dropped = 0
        /// How each sink is doing.
        public var sinks: [SinkStatus] = []
    }
}
