public import TrackingRecords

/// Finds rises of the resident set far above what is normal, in a stream of samples.
///
/// The value of a sample is its peak: the largest resident set since the sample before, from the kernel's own mark. What is
/// normal is the median of a trailing window of those, without the tested one, and how much it varies is the median
/// absolute deviation (a Hampel filter that looks back only). A spike begins when the peak is above the median by more than
///
///     max(floor, deviations × 1.4826 × MAD, limitFraction × limit)
///
/// and ends when the resident set is below the median plus `release` of that. Medians make one spike invisible to
/// the next; the floor keeps a flat process, whose MAD is 0, from firing at every page. While a spike goes on its samples
/// stay out of the window; a process that stays up for `settleSamples` has a new level, which becomes the window.
public struct SpikeDetector: Sendable {
    /// When a spike begins and ends; sizes in bytes, times in seconds.
    public struct Configuration: Sendable, Hashable {
        /// No rise smaller than this is a spike, in bytes.
        public var floor: Int = 32 << 20
        /// How many scaled median absolute deviations above the baseline a spike begins.
        public var deviations: Double = 8
        /// The part of ``limit`` that a rise must exceed; the default outweighs ``floor`` from 32 GiB on.
        public var limitFraction: Double = 0.001
        /// What the process may use, in bytes; `nil` lets the agent take the control group's limit.
        public var limit: Int?
        /// Samples that say what is normal.
        public var window: Int = 60
        /// Samples before anything can fire.
        public var warmUp: Int = 10
        /// The part of the threshold that the resident set must fall below for the spike to end.
        public var release: Double = 0.5
        /// Samples after which a level that has not come down is the new normal.
        public var settleSamples: Int = 30
        /// Seconds after the end of a spike in which further firings are counted only, unless one is at least twice as
        /// high: a large spike must not hide behind a small one.
        public var cooldown: Double = 10
        /// Samples before the spike that are recorded with it.
        public var contextSamples: Int = 16
        /// Whether every sample carries the detector's decision: "why did it not fire?".
        public var explain: Bool = false

        /// The defaults.
        public init() {}

        /// Within bounds that can be computed with: a detector must not be able to trap in a host.
        fileprivate var sane: Self {
            var sane = self
            sane.floor = floor.clamped(to: 0...(1 << 60))
            sane.deviations = deviations.isFinite ? deviations.clamped(to: 0...1e6) : 8
            sane.limitFraction = limitFraction.isFinite ? limitFraction.clamped(to: 0...1) : 0
            sane.limit = limit.map { $0.clamped(to: 0...(1 << 60)) }
            sane.release = release.isFinite ? release.clamped(to: 0...1) : 0.5
            sane.cooldown = cooldown.isNaN ? 0 : cooldown
            sane.window = window.clamped(to: 1...10_000)
            sane.warmUp = warmUp.clamped(to: 1...sane.window)
            sane.settleSamples = settleSamples.clamped(to: 1...10_000)
            sane.contextSamples = contextSamples.clamped(to: 0...64)
            return sane
        }
    }

    private var configuration: Configuration
    private var window: MedianWindow
    private var context: RecentPoints
    private var ongoing: Ongoing?
    private var cooldownUntil = -Double.infinity
    /// How high the latest spike was, in bytes.
    private var latestExcess = 0
    private var suppressedSinceLast = 0

    /// Spikes found so far.
    public private(set) var count = 0
    /// Firings suppressed by the cooldown so far.
    public private(set) var suppressed = 0

    private struct Ongoing {
        var spike: Spike
        var release: Int
        var samples = 1
        /// The latest peaks, to become the window if this is the new level.
        var recent: MedianWindow
    }

    /// Makes a detector.
    ///
    /// - Parameter configuration: When a spike begins and ends; what makes no sense counts as the nearest that does.
    public init(configuration: Configuration = Configuration()) {
        let configuration = configuration.sane
        self.configuration = configuration
        window = MedianWindow(capacity: configuration.window)
        context = RecentPoints(capacity: configuration.contextSamples)
    }

    /// Takes the next sample.
    ///
    /// Nothing is allocated unless a spike begins.
    ///
    /// - Parameter sample: A sample later than all before.
    /// - Returns: What the detector made of it, and the spike that began or ended with it.
    public mutating func observe(_ sample: Sample) -> (decision: SpikeDecision, spike: Spike?) {
        guard let resident = sample.memory.residentSet ?? sample.intervalPeak else {
            return (SpikeDecision(verdict: .unavailable), nil)
        }
        // Without peaks the detector still sees what lasts over a sample.
        let peak = max(sample.intervalPeak ?? resident, resident)
        defer {
            context.append(Spike.Point(timestamp: sample.timestamp, residentSet: resident, intervalPeak: peak))
        }
        if ongoing != nil { return follow(sample, resident, peak) }
        guard window.count >= configuration.warmUp, let baseline = window.median else {
            window.append(peak)
            return (SpikeDecision(verdict: .warmingUp), nil)
        }
        let threshold = threshold(baseline: baseline)
        var decision = SpikeDecision(verdict: .belowThreshold, baseline: baseline, threshold: threshold)
        guard peak - baseline > threshold else {
            window.append(peak)
            return (decision, nil)
        }
        guard sample.timestamp >= cooldownUntil || (peak - baseline) / 2 >= latestExcess else {
            suppressed += 1
            suppressedSinceLast += 1
            decision.verdict = .suppressed
            return (decision, nil)
        }
        let (spike, verdict) = begin(sample, resident, peak, baseline, threshold)
        decision.verdict = verdict
        return (decision, spike)
    }

    private func threshold(baseline: Int) -> Int {
        let spread = configuration.deviations * 1.4826 * Double(window.medianAbsoluteDeviation)
        let share = configuration.limitFraction * Double(configuration.limit ?? 0)
        return max(configuration.floor, Int(max(spread, share).clamped(to: 0...Double(Int.max / 4))))
    }

    private mutating func begin(
        _ sample: Sample,
        _ resident: Int,
        _ peak: Int,
        _ baseline: Int,
        _ threshold: Int
    ) -> (Spike, SpikeDecision.Verdict) {
        count += 1
        var spike = Spike(
            number: count,
            timestamp: sample.timestamp,
            wallTime: sample.wallTime,
            begin: context.latest?.timestamp ?? sample.timestamp,
            baseline: baseline,
            peak: peak,
            threshold: threshold
        )
        spike.suppressed = suppressedSinceLast
        spike.before = context.inOrder
        suppressedSinceLast = 0
        let release = baseline + Int(Double(threshold) * configuration.release)
        if resident <= release {
            spike.betweenSamples = true
            finish(&spike, sample, resident, .transient)
            return (spike, .betweenSamples)
        }
        var recent = MedianWindow(capacity: min(configuration.window, configuration.settleSamples))
        recent.append(peak)
        ongoing = Ongoing(spike: spike, release: release, recent: recent)
        return (spike, .began)
    }

    private mutating func follow(
        _ sample: Sample,
        _ resident: Int,
        _ peak: Int
    ) -> (SpikeDecision, Spike?) {
        // Taken out, so that its window has one owner and appending to it copies nothing.
        guard var current = ongoing.take() else { return (SpikeDecision(verdict: .unavailable), nil) }
        var decision = SpikeDecision(
            verdict: .ongoing,
            baseline: current.spike.baseline,
            threshold: current.spike.threshold
        )
        current.samples += 1
        if peak > current.spike.peak {
            current.spike.peak = peak
            current.spike.peakTime = sample.timestamp
        }
        let isOver = resident <= current.release
        if isOver || current.samples > configuration.settleSamples {
            decision.verdict = .ended
            var spike = current.spike
            spike.timestamp = sample.timestamp
            spike.wallTime = sample.wallTime
            finish(&spike, sample, resident, isOver ? .transient : .newLevel)
            if !isOver {
                window.removeAll()
                for value in current.recent.values { window.append(value) }
            }
            return (decision, spike)
        }
        current.recent.append(peak)
        ongoing = current
        return (decision, nil)
    }

    private mutating func finish(_ spike: inout Spike, _ sample: Sample, _ resident: Int, _ outcome: Spike.Outcome) {
        spike.state = .ended
        spike.outcome = outcome
        spike.end = sample.timestamp
        spike.level = resident
        cooldownUntil = sample.timestamp + configuration.cooldown
        latestExcess = spike.excess
    }
}

/// The latest samples, for whoever wants to know what was before a spike.
private struct RecentPoints: Sendable {
    private let capacity: Int
    private var ring: [Spike.Point] = []
    private var next = 0
    /// Kept by itself: a detector that records no context still needs to know when memory was normal last.
    private(set) var latest: Spike.Point?

    init(capacity: Int) {
        self.capacity = capacity
        ring.reserveCapacity(max(0, capacity))
    }

    /// Oldest first.
    var inOrder: [Spike.Point] { Array(ring[next...] + ring[..<next]) }

    mutating func append(_ point: Spike.Point) {
        latest = point
        guard capacity > 0 else { return }
        if ring.count < capacity {
            ring.append(point)
        } else {
            ring[next] = point
            next = (next + 1) % capacity
        }
    }
}

extension Comparable {
    fileprivate func clamped(to range: ClosedRange<Self>) -> Self { min(max(self, range.lowerBound), range.upperBound) }
}
