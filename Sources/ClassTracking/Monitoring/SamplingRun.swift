import Dispatch
import Glibc
import ProcessSampling
import Synchronization
import TrackingRecords
import TrackingSinks

/// One run of the periodic timer, from start to stop.
///
/// The timer is Dispatch's, on a queue of its own, not a task: it goes on when the cooperative pool is blocked, which
/// is when memory climbs.
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

    /// What changes from tick to tick; only the queue's thread and short look-ups touch it.
    private struct State {
        // Copied by whoever asks. The detector is not: a tick beside such a copy would have to copy its windows.
        var progress: Progress
        /// When the tick before was; `nil` where the interval has just changed.
        var lastTick: Double?
        var detector: SpikeDetector
        var failure: ProcessMemoryReader.Failure?
    }

    /// How long a stop waits for the sinks.
    private static let patience = DispatchTimeInterval.seconds(2)

    let pipeline: RecordPipeline
    private let clock: StreamClock
    private let reader: ProcessMemoryReader
    private let queue = DispatchQueue(label: "class-tracker.sampling")
    // Dispatch's objects are safe on any thread; its Swift overlay on Linux does not say so.
    private nonisolated(unsafe) let timer: any DispatchSourceTimer
    private let state: Mutex<State>
    private let detection: SpikeDetector.Configuration
    private let afterTick: (@Sendable (Sample) -> Void)?
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
        snapshots = SnapshotSchedule(take: tracked.takeSnapshot)
        witness = SpikeWitness(tracked, snapshots)
        self.clock = clock
        reader = ProcessMemoryReader(resetsPeak: configuration.resetPeak)
        pipeline = RecordPipeline(sinks: sinks, clock: clock, capacity: configuration.queueCapacity)
        timer = DispatchSource.makeTimerSource(queue: queue)
    }

    /// What is known now.
    var progress: Progress { state.withLock { $0.progress } }

    func start() {
        let interval = progress.interval
        // Some files are read for these; the caller need not wait for them.
        queue.async { @Sendable in
            self.applyMemoryLimit()
            self.tellHeader(interval)
        }
        // The run is kept by its timer until it is cancelled.
        timer.setEventHandler { @Sendable in self.tick() }
        schedule(interval)
        timer.activate()
        witness.start()
    }

    /// Changes the interval; the same timer goes on.
    func change(to interval: Duration) {
        state.withLock {
            $0.progress.interval = interval
            $0.lastTick = nil
        }
        queue.async { @Sendable in self.tellHeader(interval) }
        schedule(interval)
    }

    /// Takes the last sample, ends the stream and waits for the sinks.
    func stop() {
        timer.cancel()
        witness.stop()
        snapshots.stop()
        // What is tracked at the end, beside the last sample.
        tracked.takeSnapshot(.timer)
        // On the queue, so that a tick in flight is done first.
        queue.sync {
            tick()
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
        }
        pipeline.close(patience: Self.patience)
    }

    /// Ends without a last sample and without waiting.
    func abandon() {
        timer.cancel()
        witness.stop()
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
        let header = ProcessIdentity.header(startTime: now.wallTime - now.timestamp, interval: interval)
        pipeline.append(.header(header))
    }

    private func schedule(_ interval: Duration) {
        let nanoseconds = Int(interval.nanoseconds)
        timer.schedule(
            deadline: .now(),
            repeating: .nanoseconds(nanoseconds),
            leeway: .nanoseconds(nanoseconds / 100)
        )
    }

    private func tick() {
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
        // Not within the lock: it may take a snapshot.
        var spike = found
        witness.follow(decision, &spike, interval: interval)
        if let spike { pipeline.append(.spike(spike)) }
        // Without tracked objects the sample says all that a snapshot would.
        if tracked.registry() != nil {
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
        pipeline.append(
            .notice(
                Notice(
                    timestamp: now.timestamp,
                    wallTime: now.wallTime,
                    severity: failure == nil ? .info : .warning,
                    component: "process",
                    message: failure.map(\.description) ?? "memory figures are complete again"
                )
            )
        )
    }
}
