import Dispatch
import Glibc
import ProcessSampling
import Synchronization
import TrackingRecords
import TrackingSinks

/// One run of the periodic timer, from start to stop.
///
/// On threads of its own, not as a task: it goes on when the cooperative pool is blocked, which is when memory climbs, and
/// where no further thread is to be had.
final class SamplingRun: Sendable {
    /// How far the run is.
    struct Progress {
        var interval: Duration
        var latest: Sample?
        var samples = 0
        var missedTicks = 0
        var spikes = 0
        var suppressedSpikes = 0
    }

    /// What changes from tick to tick; only the sampling thread and short look-ups touch it.
    private struct State {
        // Copied by whoever asks. The detector is not: a tick beside such a copy would have to copy its windows.
        var progress: Progress
        /// When the tick before was; `nil` where the interval has just changed.
        var lastTick: Double?
        var detector: SpikeDetector
        var failure: ProcessMemoryReader.Failure?
    }

    /// When the sampling thread has what to do.
    private struct Plan {
        /// Nanoseconds between two samples.
        var period: UInt64
        /// When the next one is due, on the monotonic clock; not before the run has begun.
        var nextTick = WorkerThread.whenWoken
        var knowsLimit = false
    }

    /// How long a stop waits for the sinks.
    private static let patience = DispatchTimeInterval.seconds(2)

    let pipeline: RecordPipeline
    private let clock: StreamClock
    private let reader: ProcessMemoryReader
    private let worker = WorkerThread()
    private let plan: Mutex<Plan>
    private let state: Mutex<State>
    private let detection: SpikeDetector.Configuration
    private let afterTick: (@Sendable (Sample) -> Void)?
    private let budget: OverheadBudget
    private let snapshots: SnapshotSchedule
    private let witness: SpikeWitness
    private let tracked: TrackedSide

    init(
        configuration: ClassTracker.Configuration,
        clock: StreamClock,
        interval: Duration,
        sinks: [any RecordSink],
        afterTick: (@Sendable (Sample) -> Void)?,
        tracked: TrackedSide
    ) {
        detection = configuration.spike
        let detector = SpikeDetector(configuration: configuration.spike)
        state = Mutex(State(progress: Progress(interval: interval), detector: detector))
        self.afterTick = afterTick
        self.tracked = tracked
        budget = OverheadBudget(share: configuration.overheadBudget)
        snapshots = SnapshotSchedule(budget, take: tracked.takeSnapshot)
        witness = SpikeWitness(tracked, snapshots)
        self.clock = clock
        reader = ProcessMemoryReader(resetsPeak: configuration.resetPeak)
        pipeline = RecordPipeline(sinks: sinks, clock: clock, capacity: configuration.queueCapacity)
        plan = Mutex(Plan(period: interval.nanoseconds))
    }

    /// What is known now.
    var progress: Progress { state.withLock { $0.progress } }

    /// Starts the threads, which wait for ``begin()``.
    ///
    /// - Throws: ``TrackingError/noThread(errno:)``; then there are none of them.
    func start() throws(TrackingError) {
        var failure = pipeline.threadError
        if failure == 0 { failure = snapshots.start() }
        // The run is kept by its thread until that ends.
        if failure == 0 { failure = worker.start("tracker-samples") { self.turn() } }
        guard failure != 0 else {
            // Before anybody can tell anything: a stream begins with it, and a file without it would be nobody's. It takes
            // some small files of the kernel to read.
            return tellHeader(progress.interval)
        }
        snapshots.abandon()
        pipeline.close(patience: Self.patience)
        throw .noThread(errno: failure)
    }

    /// Takes the first sample now, and then one each interval.
    func begin() { schedule(progress.interval) }

    /// Changes the interval; the same thread goes on.
    func change(to interval: Duration) {
        state.withLock {
            $0.progress.interval = interval
            $0.lastTick = nil
        }
        tellHeader(interval)
        schedule(interval)
    }

    private func schedule(_ interval: Duration) {
        plan.withLock { plan in
            plan.period = interval.nanoseconds
            plan.nextTick = monotonicNanoseconds()
        }
        worker.wake()
    }

    /// Does what is due on the sampling thread.
    ///
    /// - Returns: When there is something to do again.
    private func turn() -> UInt64 {
        let now = monotonicNanoseconds()
        let (isDue, knowsLimit) = plan.withLock { plan in
            defer { plan.knowsLimit = true }
            let isDue = now >= plan.nextTick
            // Ticks that could not happen are not made up for.
            if isDue { plan.nextTick += plan.period * ((now - plan.nextTick) / plan.period + 1) }
            return (isDue, plan.knowsLimit)
        }
        // Some files are read for it; the caller of start need not wait for them.
        if !knowsLimit { applyMemoryLimit() }
        if isDue { tick() }
        return min(witness.look(at: monotonicNanoseconds()), plan.withLock { $0.nextTick })
    }

    /// Takes the last sample, ends the stream and waits for the sinks.
    func stop() {
        worker.end()
        snapshots.stop()
        // What is tracked at the end, beside the last sample.
        tracked.takeSnapshot(.timer, budget.takeSkippedSnapshots())
        takeSample()
        let now = clock.now()
        let progress = progress
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
                    maximumResidentSet: progress.latest?.maximumResidentSet
                )
            )
        )
        pipeline.close(patience: Self.patience)
    }

    /// Ends without a last sample and without waiting.
    func abandon() {
        worker.abandon()
        snapshots.abandon()
    }

    private func applyMemoryLimit() {
        var detection = detection
        guard detection.limit == nil, let limit = MemoryLimit.current() else { return }
        detection.limit = limit
        state.withLock { $0.detector = SpikeDetector(configuration: detection) }
    }

    private func tellHeader(_ interval: Duration) {
        let now = clock.now()
        let header = ProcessIdentity.header(
            startTime: now.wallTime - now.timestamp,
            interval: interval,
            memoryLimit: detection.limit
        )
        pipeline.append(.header(header))
    }

    private func tick() {
        // The next sample counts the tick as missed.
        if budget.allowsSample() {
            let start = threadNanoseconds()
            takeSample()
            budget.chargeSample(threadNanoseconds() - start, sinks: pipeline.processorTime)
        }
        guard let notice = budget.takeNotice() else { return }
        let now = clock.now()
        tell(.info, component: "agent", notice, now)
    }

    private func takeSample() {
        let now = clock.now()
        let (sample, decision, found, interval) = state.withLock { state in
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
            if detection.explain { sample.decision = decision }
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
            return (sample, decision, spike, state.progress.interval)
        }
        // Without tracked objects the sample says all that a snapshot would.
        let isTracking = tracked.registry() != nil
        // Not within the lock: it may take a snapshot.
        var spike = found
        if !isTracking || SnapshotRoom.isThere { witness.follow(decision, &spike, interval: interval) }
        if let spike { pipeline.append(.spike(spike)) }
        if isTracking {
            RuntimeHooks.refresh()
            snapshots.tick()
        }
        afterTick?(sample)
    }

    /// The sample as it would be without the memory that snapshots took meanwhile: they must not look like a spike.
    private static func withoutOwn(_ sample: Sample) -> Sample {
        let own = Pages.takePeak()
        guard own > 0, let peak = sample.intervalPeak else { return sample }
        var sample = sample
        sample.intervalPeak = max(peak - own, min(peak, sample.memory.residentSet ?? 0))
        return sample
    }

    /// Ticks that should have been since the last one: a suspended machine, a process that got no time.
    static func missedTicks(since latest: Double?, _ now: Double, _ interval: Duration) -> Int {
        guard let latest else { return 0 }
        return max(0, Int(((now - latest) / interval.inSeconds).rounded()) - 1)
    }

    private func tell(_ failure: ProcessMemoryReader.Failure?, _ now: StreamClock.Moment) {
        let message = failure.map(\.description) ?? "memory figures are complete again"
        tell(failure == nil ? .info : .warning, component: "process", message, now)
    }

    private func tell(_ severity: Notice.Severity, component: String, _ message: String, _ now: StreamClock.Moment) {
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
