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
/// Everything happens on threads of the tracker's own. No failure of a sink reaches the host; see ``status`` for how they are.
public final class ClassTracker: Sendable {
    /// The tracker of ``startFromEnvironment()``.
    public static let shared = ClassTracker()

    private struct State {
        var configuration: Configuration
        var run: SamplingRun?
        /// How the run before ended.
        var last = Status()
        /// Whether the classes of the configuration are tracked, as far as they could be.
        var hasTrackedConfigured = false
        /// The tracked objects, once there are any.
        var registry: ObjectRegistry?
    }

    /// Held while a run is started or stopped, which may take seconds; `state` is held for moments only.
    private let lifecycle = Mutex(())
    private let state: Mutex<State>
    let process = ct_process_id()
    /// Time zero of everything the tracker tells.
    let clock = StreamClock()
    /// For snapshots; it leaves the kernel's mark to the periodic samples.
    let memoryReader = ProcessMemoryReader(resetsPeak: false)
    /// Held while a snapshot is taken, so that each is compared with the one before.
    let measuring = Mutex(Measuring())
    /// Held for moments, and while a file with the control group's limit is read.
    let room = Mutex(SnapshotRoom())
    /// Held for moments.
    let store: Mutex<SnapshotStore>
    /// Held by whoever measures.
    let streamed = Mutex(StreamedObjects())
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
        state = Mutex(State(configuration: configuration))
        moreSinks = sinks
        store = Mutex(SnapshotStore(configuration.retention))
    }

    deinit {
        let registry = state.withLock { state in
            state.run?.abandon()
            return state.registry
        }
        registry?.freeze()
        Observatory.release()
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

    /// Lets go of the tracked objects.
    func takeRegistry() -> ObjectRegistry? {
        state.withLock { state in
            defer { state.registry = nil }
            return state.registry
        }
    }

    // MARK: Periodic snapshots

    /// Takes a sample now and then one each interval, until ``stopPeriodicSnapshots()``.
    ///
    /// Called again, it changes the interval of the running timer. Ticks that could not happen are counted in the next sample,
    /// and not made up for.
    ///
    /// - Parameter interval: The time between two samples, 1 ms to 1 day.
    /// - Throws: ``TrackingError/intervalOutOfRange(_:)``; a value of the configuration that is out of range;
    ///   ``TrackingError/noThread(errno:)``; ``TrackingError/forkedProcess`` in the child of a fork.
    public func startPeriodicSnapshots(interval: Duration = .seconds(1)) throws(TrackingError) {
        try startPeriodicSnapshots(interval: interval, afterTick: nil)
    }

    // `afterTick` is called on the sampling thread after each sample; it must not block nor stop the tracker.
    package func startPeriodicSnapshots(
        interval: Duration,
        afterTick: (@Sendable (Sample) -> Void)?
    ) throws(TrackingError) {
        guard interval >= .milliseconds(1), interval <= .day else { throw .intervalOutOfRange(interval) }
        guard ct_process_id() == process else { throw .forkedProcess }
        try lifecycle.withLock { _ throws(TrackingError) in
            let (configuration, run) = state.withLock { ($0.configuration, $0.run) }
            if let run {
                run.change(to: interval)
                return
            }
            try configuration.validate()
            let fresh = SamplingRun(
                configuration: configuration,
                clock: clock,
                interval: interval,
                sinks: sinks(for: configuration),
                afterTick: afterTick,
                // Its run must not keep the tracker.
                tracked: TrackedSide(
                    registry: { [weak self] in self?.registry },
                    snapshots: { [weak self] in self?.snapshots ?? [] },
                    takeSnapshot: { [weak self] in self?.takeSnapshot($0, skipped: $1) }
                )
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
    /// A sink that hangs is waited for no longer than two seconds. Does nothing when no timer runs.
    public func stopPeriodicSnapshots() {
        guard ct_process_id() == process else { return }
        // Within the lock: whoever starts again meanwhile waits, and finds the file free.
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
            let journal = JournalSink.Configuration(
                identifier: configuration.journal.identifier,
                interval: configuration.journal.interval
            )
            sinks.append(JournalSink(journal))
        }
        return sinks + moreSinks()
    }

    // MARK: Looking at it

    /// What the tracker does when it is started next.
    public var configuration: Configuration { state.withLock { $0.configuration } }

    /// How the tracker and its sinks are doing; after a stop, how they were in the end.
    public var status: Status {
        let (run, last) = state.withLock { ($0.run, $0.last) }
        return run.map(Self.status) ?? last
    }

    private static func status(of run: SamplingRun) -> Status {
        let progress = run.progress
        return Status(
            interval: progress.interval,
            latestSample: progress.latest,
            samples: progress.samples,
            missedTicks: progress.missedTicks,
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

    /// Has something about the agent itself told in the stream, if there is one.
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

    /// Has a snapshot go where samples go, if periodic snapshots run.
    ///
    /// - Returns: Whether the records of its objects will be written.
    func publish(_ snapshot: Snapshot, _ objects: RecordBurst?) -> Bool {
        state.withLock { $0.run }?.pipeline.append(snapshot, objects: objects) ?? false
    }

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
