package import TrackingRecords

/// Detects rises of the resident set far above its usual level, in a stream of samples.
///
/// The value of a sample is its peak: the largest resident set since the previous sample, from the kernel's own mark.
/// The usual level is the median of a trailing window of these values, without the tested one, and its variation is the
/// median absolute deviation (a Hampel filter that looks back only). A spike begins when the peak is above the median
/// by more than
///
///     max(floor, deviations × 1.4826 × MAD, limitFraction × limit)
///
/// and ends when the resident set is below the median plus `release` of that. Medians make one spike invisible to the
/// next; the floor keeps a flat process, whose MAD is 0, from causing a spike at every page. The samples of a spike do
/// not enter the window. A process that stays above the threshold for `settleSamples`, and in these rises by no more
/// than the threshold, has a new level, which becomes the window.
///
/// A spike reports the difference from one moment, the ``reference``: the last sample at which the resident set was at
/// its usual level. That is the case if it varied no more than usual, or had not risen since the reference before. So a
/// slow leak moves the reference along, and a ramp leaves it where the ramp began.
///
/// In the first `warmUp` samples the usual level is unknown, and a starting service grows to a level at which it stays.
/// A rise that recedes does not belong to the start: a rise above the lowest sample is a spike as soon as more than
/// half of it, and more than twice the floor and half of the lowest sample, has receded.
package struct SpikeDetector: Sendable {
    /// The rules for the begin and the end of a spike.
    package typealias Configuration = SpikeConfiguration

    /// A rise during the warm-up.
    private struct Rise {
        var peak: Int
        var time: Double
        var before: [Spike.Point]
    }

    private struct Ongoing {
        var spike: Spike
        var release: Int
        /// The number of samples since `level` was last updated.
        var samples = 1
        /// The resident set at that sample.
        var level: Int
        /// The height that was last reported, in bytes.
        var reportedExcess: Int
        /// The latest peaks, which become the window if this is the new level.
        var recent: MedianWindow
    }

    private var configuration: Configuration
    /// The peaks, which give the usual level and its variation.
    private var window: MedianWindow
    /// The resident sets of the same samples.
    private var levels: MedianWindow
    private var context: RecentPoints
    private var ongoing: Ongoing?
    /// The highest rise above the reference during the warm-up.
    private var rise: Rise?
    private var cooldownUntil = -Double.infinity
    /// The height of the latest spike, in bytes.
    private var latestExcess = 0
    private var suppressedSinceLast = 0

    /// The last sample at which the process was at its usual level; in the warm-up, the lowest one.
    package private(set) var reference: Spike.Point? {
        didSet { highest = nil }
    }
    /// The highest sample since the reference: a rise in the warm-up is reported only after it, when the peak may be
    /// over.
    private var highest: Spike.Point?
    /// The number of spikes found so far.
    package private(set) var count = 0
    /// The number of spikes suppressed by the cooldown so far.
    package private(set) var suppressed = 0

    /// Creates a detector.
    ///
    /// - Parameter configuration: The rules for the begin and the end of a spike; an invalid value counts as the
    ///   nearest valid one.
    package init(configuration: Configuration = Configuration()) {
        let configuration = configuration.bounded
        self.configuration = configuration
        window = MedianWindow(capacity: configuration.window)
        levels = MedianWindow(capacity: configuration.window)
        context = RecentPoints(capacity: configuration.contextSamples)
    }

    /// Evaluates the next sample.
    ///
    /// Nothing is allocated unless a spike begins.
    ///
    /// - Parameter sample: A sample later than all before.
    /// - Returns: The detector's decision, and the spike that began, doubled its height or ended with the sample.
    package mutating func observe(_ sample: Sample) -> (decision: SpikeDecision, spike: Spike?) {
        guard let resident = sample.memory.residentSet ?? sample.intervalPeak else {
            return (SpikeDecision(verdict: .unavailable), nil)
        }
        // Without interval peaks the detector still sees a rise that lasts until a sample.
        let peak = max(sample.intervalPeak ?? resident, resident)
        let point = Spike.Point(timestamp: sample.timestamp, residentSet: resident, intervalPeak: peak)
        defer { context.append(point) }
        if reference != nil, peak > highest?.intervalPeak ?? 0 { highest = point }
        if ongoing != nil { return follow(sample, point) }
        guard window.count >= configuration.warmUp, let median = window.median, let reference else {
            return warmUp(sample, point)
        }
        let threshold = threshold
        // The level after a spike is the baseline before the median has adapted.
        let baseline = max(median, reference.residentSet)
        var decision = SpikeDecision(verdict: .belowThreshold, baseline: baseline, threshold: threshold)
        guard peak - baseline > threshold else {
            add(point)
            return (decision, nil)
        }
        guard allows(peak - reference.residentSet, at: sample.timestamp) else {
            decision.verdict = .suppressed
            noteReference(point)
            return (decision, nil)
        }
        var spike = begin(sample, reference, peak: peak, threshold: threshold, before: context.inOrder)
        if let highest, highest.intervalPeak > peak {
            spike.peak = highest.intervalPeak
            spike.peakTime = highest.timestamp
        }
        let release = baseline + Int(Double(threshold) * configuration.release)
        if resident <= release {
            spike.betweenSamples = true
            finish(&spike, point, .transient)
            decision.verdict = .betweenSamples
            return (decision, spike)
        }
        var recent = MedianWindow(capacity: min(configuration.window, configuration.settleSamples))
        recent.append(peak)
        ongoing = Ongoing(
            spike: spike,
            release: release,
            level: resident,
            reportedExcess: spike.excess,
            recent: recent
        )
        decision.verdict = .began
        return (decision, spike)
    }

    /// Ends an ongoing spike after the last sample.
    ///
    /// - Parameters:
    ///   - timestamp: The seconds since the tracker began.
    ///   - wallTime: The seconds since 1970.
    /// - Returns: The spike as far as it is known; `nil` if none is ongoing.
    package mutating func close(timestamp: Double, wallTime: Double) -> Spike? {
        guard var spike = ongoing.take()?.spike, let latest = context.latest else { return nil }
        spike.timestamp = timestamp
        spike.wallTime = wallTime
        finish(&spike, latest, .streamEnd)
        return spike
    }

    /// Raises the peak of an ongoing spike to one that a snapshot has measured.
    ///
    /// - Parameter seen: The spike as it is recorded.
    package mutating func raise(_ seen: Spike) {
        guard var current = ongoing.take() else { return }
        if current.spike.number == seen.number, seen.peak > current.spike.peak {
            current.spike.peak = seen.peak
            current.spike.peakTime = seen.peakTime
            current.reportedExcess = current.spike.excess
        }
        ongoing = current
    }

    // MARK: Baseline

    private var threshold: Int {
        let spread = configuration.deviations * 1.4826 * Double(window.medianAbsoluteDeviation)
        return max(smallestThreshold, Int(spread.clamped(to: 0...Double(Int.max / 4))))
    }

    /// The threshold of a process without variation, in bytes.
    private var smallestThreshold: Int {
        let share = configuration.limitFraction * Double(configuration.limit ?? 0)
        return max(configuration.floor, Int(share.clamped(to: 0...Double(Int.max / 4))))
    }

    private mutating func add(_ point: Spike.Point) {
        window.append(point.intervalPeak)
        levels.append(point.residentSet)
        noteReference(point)
    }

    private mutating func noteReference(_ point: Spike.Point) {
        // What is hardly above the reference is within the bound below, whatever that is: most samples need no median.
        if let reference, point.residentSet <= reference.residentSet + smallestThreshold / 64 {
            self.reference = point
            return
        }
        // Twice the deviation: at its end, a steady leak is that far above its median.
        let (spread, median) = (2 * 1.4826 * Double(levels.medianAbsoluteDeviation), levels.median ?? point.residentSet)
        // A rise that needs more samples than the window holds to reach the threshold cannot become a spike.
        let step = threshold / 64
        let bound = max(median + max(Int(spread), step), (reference?.residentSet ?? 0) + step)
        if point.residentSet <= bound { reference = point }
    }

    /// Indicates whether a spike may be reported; counts a suppressed one.
    private mutating func allows(_ excess: Int, at timestamp: Double) -> Bool {
        if timestamp >= cooldownUntil || excess / 2 >= latestExcess { return true }
        suppressed += 1
        suppressedSinceLast += 1
        return false
    }

    // MARK: The warm-up

    private mutating func warmUp(_ sample: Sample, _ point: Spike.Point) -> (SpikeDecision, Spike?) {
        let (resident, peak) = (point.residentSet, point.intervalPeak)
        window.append(peak)
        levels.append(resident)
        let decision = SpikeDecision(verdict: .warmingUp)
        // The first peak is from the time before the tracker.
        guard let reference else {
            self.reference = point
            return (decision, nil)
        }
        // The variation is not known yet: a rise that is large compared with the current level is not variation.
        let smallest = max(2 * smallestThreshold, reference.residentSet / 2)
        if peak > (rise?.peak ?? reference.residentSet) {
            if rise == nil, peak - reference.residentSet > smallest {
                rise = Rise(peak: peak, time: sample.timestamp, before: context.inOrder)
            }
            rise?.peak = peak
            rise?.time = sample.timestamp
        }
        if let rise, rise.peak - max(reference.residentSet, resident) > smallest,
            resident - reference.residentSet <= (rise.peak - reference.residentSet) / 2
        {
            self.rise = nil
            guard allows(rise.peak - reference.residentSet, at: sample.timestamp) else {
                self.reference = point
                return (decision, nil)
            }
            return (decision, startSpike(rise, reference, sample, point, threshold: smallest))
        }
        if rise == nil, resident <= reference.residentSet + smallest / 128 { self.reference = point }
        if window.count >= configuration.warmUp {
            rise = nil
            noteReference(point)
        }
        return (decision, nil)
    }

    private mutating func startSpike(
        _ rise: Rise,
        _ reference: Spike.Point,
        _ sample: Sample,
        _ point: Spike.Point,
        threshold: Int
    ) -> Spike {
        var spike = begin(sample, reference, peak: rise.peak, threshold: threshold, before: rise.before)
        spike.peakTime = rise.time
        spike.betweenSamples = rise.time == sample.timestamp && context.latest == reference
        finish(&spike, point, .transient)
        return spike
    }

    // MARK: A spike

    private mutating func begin(
        _ sample: Sample,
        _ reference: Spike.Point,
        peak: Int,
        threshold: Int,
        before: [Spike.Point]
    ) -> Spike {
        count += 1
        var spike = Spike(
            number: count,
            timestamp: sample.timestamp,
            wallTime: sample.wallTime,
            begin: reference.timestamp,
            baseline: reference.residentSet,
            peak: peak,
            threshold: threshold
        )
        spike.suppressed = suppressedSinceLast
        spike.before = before
        suppressedSinceLast = 0
        return spike
    }

    private mutating func follow(_ sample: Sample, _ point: Spike.Point) -> (SpikeDecision, Spike?) {
        // Moved out of the optional, so that its window has one owner and appending to it copies nothing.
        guard var current = ongoing.take() else { return (SpikeDecision(verdict: .unavailable), nil) }
        var decision = SpikeDecision(
            verdict: .ongoing,
            baseline: current.spike.baseline,
            threshold: current.spike.threshold
        )
        current.samples += 1
        if point.intervalPeak > current.spike.peak {
            current.spike.peak = point.intervalPeak
            current.spike.peakTime = sample.timestamp
        }
        current.spike.timestamp = sample.timestamp
        current.spike.wallTime = sample.wallTime
        let isOver = point.residentSet <= current.release
        // A resident set that still rises as fast as a spike is no new level yet.
        if current.samples > configuration.settleSamples, point.residentSet - current.level > current.spike.threshold {
            current.samples = 1
            current.level = point.residentSet
        }
        if isOver || current.samples > configuration.settleSamples {
            decision.verdict = .ended
            var spike = current.spike
            finish(&spike, point, isOver ? .transient : .newLevel)
            if !isOver {
                window.removeAll()
                for value in current.recent.values { window.append(value) }
                levels.removeAll()
                levels.append(point.residentSet)
            }
            return (decision, spike)
        }
        current.recent.append(point.intervalPeak)
        var reported: Spike?
        if current.spike.excess / 2 >= current.reportedExcess {
            current.reportedExcess = current.spike.excess
            current.spike.updates += 1
            reported = current.spike
        }
        ongoing = current
        return (decision, reported)
    }

    private mutating func finish(_ spike: inout Spike, _ point: Spike.Point, _ outcome: Spike.Outcome) {
        spike.state = .ended
        spike.outcome = outcome
        spike.end = spike.timestamp
        spike.level = point.residentSet
        cooldownUntil = spike.timestamp + configuration.cooldown
        latestExcess = spike.excess
        // Memory is back at its usual level, or at the new one.
        reference = point
    }
}
