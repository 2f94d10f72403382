import CTrackingRuntime
import Dispatch
import Glibc
import ProcessSampling
import Synchronization
import TrackingRecords
import TrackingSinks

/// One run of the periodic timer, from start to stop.
///
/// A timer of Dispatch, not a task, takes the samples: it continues when the cooperative pool is blocked, which is when
/// memory climbs. A stand-in thread, which exists from the start, takes the ticks that Dispatch does not deliver,
/// checks the resident set between samples, and writes the end.
final class SamplingRun: Sendable {
    /// The progress of the run.
    struct Progress {
        var interval: Duration
        var latest: Sample?
        var samples = 0
        var missedTicks = 0
        /// The number of ticks that the timer did not deliver in time.
        var lateTicks = 0
        var spikes = 0
        var suppressedSpikes = 0
    }

    /// The state that changes from tick to tick; only the sampling thread and short lookups use it.
    private struct State {
        // Apart from the detector, because a caller copies it: with a copy of the detector, a tick would have to copy
        // its windows.
        var progress: Progress
        /// The time of the previous tick; `nil` if the interval has just changed.
        var lastTick: Double?
        var detector: SpikeDetector
        var failure: ProcessMemoryReader.Failure?
    }

    /// The tasks of the run besides samples.
    struct Options {
        /// Indicates whether Dispatch receives the timer only once it has threads in any case: before that, the program
        /// may fork and continue in the child, where Dispatch would not work any more.
        var waitsForDispatch = false
        /// The longest wait of the exiting thread, if the run writes its end when the process exits.
        var exitTimeout: Duration?
    }

    /// The way in which a run ends.
    private struct Ending {
        var cause: End.Cause
        /// The monotonic time until which it must end.
        var deadline: UInt64
    }

    /// The longest wait of a stop for the snapshot in progress and for the last one.
    private static let snapshotPatience: UInt64 = 5_000_000_000
    /// The longest wait of a stop for the sinks.
    private static let sinkPatience: UInt64 = 2_000_000_000
    /// The longest wait of a stop: the sum of both, and a moment in which the thread gets no processor.
    private static let patience = snapshotPatience + sinkPatience + 1_000_000_000

    let pipeline: RecordPipeline
    let clock: StreamClock
    private let log: SampleLog
    private let reader: ProcessMemoryReader
    let worker: WorkerThread
    let timer: SamplingTimer
    let plan: OrderedMutex<TickPlan>
    let sampling = OrderedMutex(.sampling, ())
    private let ending = OrderedMutex<Ending?>(.ending, nil)
    private let isEnded = Atomic(false)
    private let options: Options
    private let process = ct_process_id()
    private let state: OrderedMutex<State>
    private let detection: SpikeDetector.Configuration
    private let afterTick: (@Sendable (Sample) -> Void)?
    private let budget: OverheadBudget
    private let snapshots: SnapshotSchedule
    private let explainer: SpikeExplainer
    weak let source: (any SnapshotSource)?

    init(
        configuration: ClassTracker.Configuration,
        clock: StreamClock,
        log: SampleLog,
        interval: Duration,
        sinks: [any RecordSink],
        options: Options,
        afterTick: (@Sendable (Sample) -> Void)?,
        source: any SnapshotSource
    ) {
        self.options = options
        timer = SamplingTimer(waitsForDispatch: options.waitsForDispatch)
        worker = WorkerThread(options.exitTimeout == nil ? Bell() : Bell(ct_end_bell()))
        detection = configuration.spike
        let detector = SpikeDetector(configuration: configuration.spike)
        state = OrderedMutex(.samplingRun, State(progress: Progress(interval: interval), detector: detector))
        self.afterTick = afterTick
        self.source = source
        budget = OverheadBudget(share: configuration.overheadBudget)
        snapshots = SnapshotSchedule(budget) { [weak source] occasion, skipped in
            source?.takeSnapshot(occasion, skipped: skipped)
        }
        explainer = SpikeExplainer(source, snapshots, budget)
        self.clock = clock
        self.log = log
        reader = ProcessMemoryReader(resetsPeak: configuration.resetPeak)
        pipeline = RecordPipeline(sinks: sinks, clock: clock, capacity: configuration.queueCapacity)
        plan = OrderedMutex(.tickPlan, TickPlan(period: interval.nanoseconds))
    }

    /// The current progress.
    var progress: Progress {
        var progress = state.withLock { $0.progress }
        progress.lateTicks = plan.withLock { $0.lateTicks }
        return progress
    }

    /// Starts the threads, which wait for ``begin()``.
    ///
    /// - Throws: ``TrackingError/Code/limitReached``; no thread exists then.
    func start() throws(TrackingError) {
        var failure = pipeline.threadError
        if failure == 0 { failure = snapshots.start() }
        // The thread retains the run until it ends.
        if failure == 0 { failure = worker.start("tracker-samples") { self.turn() } }
        guard failure != 0 else {
            if let timeout = options.exitTimeout, ct_end_watch(timeout.nanoseconds) == 0 { ct_end_expect(1) }
            // Before any other record: a stream begins with the header, and without one its file could not be
            // attributed. This reads some small files of the kernel.
            return tellHeader(progress.interval)
        }
        snapshots.abandon()
        pipeline.close(patience: .nanoseconds(Int(Self.sinkPatience)))
        throw .noThread(errno: failure)
    }

    /// Takes the first sample now, and then one each interval.
    func begin() { schedule(progress.interval) }

    /// Changes the interval of the running threads.
    func change(to interval: Duration) {
        state.withLock {
            $0.progress.interval = interval
            $0.lastTick = nil
        }
        tellHeader(interval)
        schedule(interval)
    }

    /// Takes a turn of the stand-in thread: a late tick, a check of the resident set, or the end.
    ///
    /// - Returns: The monotonic time of the next turn.
    private func turn() -> UInt64 {
        if let ending = wantedEnding {
            finish(ending)
            worker.abandon()
            return WorkerThread.whenWoken
        }
        // This reads some files, for which the caller of start need not wait.
        if !plan.withLock({ exchange(&$0.knowsLimit, with: true) }) { applyMemoryLimit() }
        let isDue = plan.withLock { $0.standIn(now: monotonicNanoseconds()) }
        if isDue { takeTick() }
        watchTimer(isLate: isDue)
        let nextCheck = sampling.withLockIfAvailable { _ in explainer.checkResidentSet(at: monotonicNanoseconds()) }
        // A tick in progress wakes this thread for the checks after it.
        return min(nextCheck ?? WorkerThread.whenWoken, plan.withLock { $0.due(now: monotonicNanoseconds()) })
    }

    // MARK: The end

    private var wantedEnding: Ending? {
        if let ending = ending.withLock({ $0 }) { return ending }
        let deadline = options.exitTimeout == nil ? 0 : ct_end_deadline()
        return deadline == 0 ? nil : Ending(cause: .exit, deadline: deadline)
    }

    /// Requests the last sample and the end, and waits until the sinks have them.
    ///
    /// The thread of the run does all of it: if a snapshot or a sink hangs, that thread stays, and the caller continues
    /// after eight seconds.
    ///
    /// - Returns: Whether all was done in time.
    @discardableResult
    func stop() -> Bool {
        let now = monotonicNanoseconds()
        ending.withLock { ending in
            if ending == nil {
                ending = Ending(cause: .stop, deadline: now + Self.snapshotPatience + Self.sinkPatience)
            }
        }
        worker.wake()
        return worker.bell.wait(until: now + Self.patience) { isEnded.load(ordering: .acquiring) }
    }

    /// Writes the end, on the stand-in thread.
    private func finish(_ ending: Ending) {
        timer.cancel()
        if ending.cause == .exit { tellDaemon() }
        let start = monotonicNanoseconds()
        let time = ending.deadline > start ? ending.deadline - start : 0
        // At exit the sinks need part of the time.
        let snapshotsEnd = start + (ending.cause == .exit ? time / 2 : min(time, Self.snapshotPatience))
        // Waits for a tick of the timer in progress, and prevents further ones.
        let isIdle = worker.bell.wait(until: snapshotsEnd) { plan.withLock { $0.close() } }
        let isDone = snapshots.finish(until: snapshotsEnd, duration: expectedDuration)
        if isIdle { sampling.withLock { _ in takeSample(follows: isDone) } }
        let now = clock.now()
        if isIdle { closeSpike(now, mayLook: isDone) }
        // If the tick hangs, its figures are not available.
        let progress = state.withLockIfAvailable { $0.progress } ?? Progress(interval: .zero)
        pipeline.append(
            .end(
                End(
                    timestamp: now.timestamp,
                    wallTime: now.wallTime,
                    samples: progress.samples,
                    missedTicks: progress.missedTicks,
                    spikes: progress.spikes,
                    suppressedSpikes: progress.suppressedSpikes,
                    dropped: pipeline.refused,
                    maximumResidentSet: progress.latest?.maximumResidentSet,
                    lateTicks: plan.withLock { $0.lateTicks },
                    cause: ending.cause
                )
            )
        )
        let late = monotonicNanoseconds()
        let left = ending.deadline > late ? ending.deadline - late : 0
        pipeline.close(patience: .nanoseconds(Int(min(left, Self.sinkPatience))))
        isEnded.store(true, ordering: .releasing)
        worker.bell.ring()
        guard options.exitTimeout != nil else { return }
        // In this order, so that the exiting thread that still counts this run receives an answer.
        ct_end_expect(-1)
        if ct_end_deadline() != 0 { ct_end_answer() }
    }

    /// Reports that a forked child runs without the tracker.
    private func tellDaemon() {
        let child = ct_forked_child()
        guard child != 0 else { return }
        tell(
            .warning,
            component: "agent",
            "the process ends, and one that it forked (\(abs(child))) \(child > 0 ? "goes on" : "may have left a daemon"), which is not "
                + "followed: run the program in the foreground (its option for that, Type=exec in a unit), or link the "
                + "library and start the tracker after the fork",
            clock.now()
        )
    }

    /// The expected duration of a snapshot of the tracked objects, in nanoseconds.
    private var expectedDuration: UInt64 {
        let latest = source?.countedSnapshots.last?.snapshot.duration ?? 0
        // For objects that no snapshot has sized yet; only large objects take longer.
        let objects = Double(source?.registry?.liveCount ?? 0) * 150e-9
        return UInt64(max(1.5 * latest, objects) * 1e9)
    }

    /// Ends without a last sample and without waiting.
    func abandon() {
        // In the child of a fork the threads do not exist, and Dispatch must not be used.
        guard ct_process_id() == process else { return }
        plan.withLock { $0.abandon() }
        timer.cancel()
        worker.abandon()
        snapshots.abandon()
        if options.exitTimeout != nil { ct_end_expect(-1) }
    }

    private func applyMemoryLimit() {
        var detection = detection
        guard detection.limit == nil, let limit = MemoryLimit.current() else { return }
        detection.limit = limit
        state.withLock { $0.detector = SpikeDetector(configuration: detection) }
    }

    private func tellHeader(_ interval: Duration) {
        log.interval = interval
        let header = ProcessIdentity.header(
            startTime: clock.startTime,
            interval: interval,
            memoryLimit: detection.limit
        )
        pipeline.append(.header(header))
    }

    func tick() {
        ct_reap_copies()
        // The next sample counts the tick as missed.
        if budget.allowsSample() {
            let start = threadNanoseconds()
            takeSample()
            // The explainer has already charged its snapshots.
            let (used, snapshots) = (threadNanoseconds() - start, explainer.takeSnapshotTime())
            budget.chargeSample(used > snapshots ? used - snapshots : 0, sinks: pipeline.processorTime)
        }
        guard let notice = budget.takeNotice() else { return }
        let now = clock.now()
        tell(.info, component: "agent", notice, now)
    }

    /// Takes a sample.
    ///
    /// - Parameter follows: Whether a snapshot may be taken for it.
    private func takeSample(follows: Bool = true) {
        let now = clock.now()
        let (sample, moment, found) = state.withLock { state in
            var failure: ProcessMemoryReader.Failure?
            let reading = reader.read(failure: &failure)
            var sample = Sample(
                timestamp: now.timestamp,
                wallTime: now.wallTime,
                memory: reading.memory,
                intervalPeak: reading.intervalPeak,
                maximumResidentSet: reading.maximumResidentSet,
                missedTicks: Self.missedTicks(since: state.lastTick, now.timestamp, state.progress.interval)
            )
            state.lastTick = now.timestamp
            sample.clockBehind = now.clockBehind
            let (decision, spike) = state.detector.observe(Self.withoutOwn(sample))
            // Readers need to know the time in which the baseline is unknown.
            if detection.explain || decision.verdict == .warmingUp { sample.decision = decision }
            state.progress.samples += 1
            state.progress.missedTicks += sample.missedTicks
            state.progress.spikes = state.detector.count
            state.progress.suppressedSpikes = state.detector.suppressed
            state.progress.latest = sample
            pipeline.append(.sample(sample))
            if failure != state.failure {
                state.failure = failure
                tell(failure, now)
            }
            let isNormal = state.detector.reference?.timestamp == sample.timestamp
            let interval = state.progress.interval.inSeconds
            let moment = SpikeExplainer.Moment(sample.timestamp, decision, isNormal: isNormal, interval: interval)
            return (sample, moment, spike)
        }
        // Without tracked objects the sample has all the figures of a snapshot.
        let isTracking = source?.registry != nil
        log.add(sample, isSnapshot: !isTracking)
        // Not within the lock, because it may take a snapshot.
        var spike = found
        if follows, !isTracking || SnapshotHeadroom.isEnough { explainer.follow(moment, &spike) }
        if let spike {
            // A snapshot may have seen a higher peak than the sample.
            state.withLock { $0.detector.raise(spike) }
            tell(spike)
        }
        if follows, isTracking {
            if let notice = BirthObservation.refresh() { tell(.warning, component: "agent", notice, clock.now()) }
            snapshots.tick()
        }
        afterTick?(sample)
    }

    /// Ends an ongoing spike when the stream ends.
    private func closeSpike(_ now: StreamClock.Moment, mayLook: Bool) {
        guard var spike = state.withLock({ $0.detector.close(timestamp: now.timestamp, wallTime: now.wallTime) })
        else { return }
        if SnapshotHeadroom.isEnough { explainer.explain(&spike, mayLook: mayLook) }
        tell(spike)
    }

    private func tell(_ spike: Spike) { pipeline.append(.spike(log.add(spike))) }

    private func tell(_ failure: ProcessMemoryReader.Failure?, _ now: StreamClock.Moment) {
        let message = failure.map(\.description) ?? "memory figures are complete again"
        tell(failure == nil ? .info : .warning, component: "process", message, now)
    }

    func tell(_ severity: Notice.Severity, component: String, _ message: String, _ now: StreamClock.Moment) {
        pipeline.append(
            .notice(
                Notice(
                    timestamp: now.timestamp,
                    wallTime: now.wallTime,
                    severity: severity,
                    component: component,
                    message: message
                )
            )
        )
    }
}
