/// One reading of the process memory, taken by the periodic timer.
public struct Sample: Sendable, Equatable {
    /// The time in seconds since the tracker began, on a clock that never goes back and counts suspended time.
    public var timestamp: Double
    /// The time in seconds since 1970, in UTC; does not go back within a stream, even if the system clock does.
    public var wallTime: Double
    /// The kernel's figures.
    public var memory: ProcessMemory
    /// The largest resident set since the previous sample, in bytes; `nil` if peaks cannot be reset.
    ///
    /// It comes from the kernel's own mark, so it includes even the shortest peak between two samples.
    public var intervalPeak: Int?
    /// The largest resident set since the process began, in bytes, which the agent keeps when it resets the kernel's
    /// mark.
    public var maximumResidentSet: Int?
    /// The number of ticks that were missed since the previous sample, because the machine was suspended or the process
    /// starved.
    public var missedTicks: Int
    /// The seconds by which the system clock is behind ``wallTime``, if it was set back during the run.
    @usableFromInline
    package var clockBehind: Double?
    /// The samples that this one represents, if a sink thins the stream.
    @usableFromInline
    package var window: Window?
    /// The reason why this sample did or did not begin a spike; recorded if the configuration's `spike.explain` is on.
    @usableFromInline
    package var decision: SpikeDecision?

    /// Creates a sample.
    ///
    /// - Parameters:
    ///   - timestamp: The time in seconds since the tracker began.
    ///   - wallTime: The time in seconds since 1970.
    ///   - memory: The kernel's figures.
    ///   - intervalPeak: The largest resident set since the previous sample, in bytes.
    ///   - maximumResidentSet: The largest resident set since the process began, in bytes.
    ///   - missedTicks: The number of ticks missed since the previous sample.
    package init(
        timestamp: Double,
        wallTime: Double,
        memory: ProcessMemory,
        intervalPeak: Int? = nil,
        maximumResidentSet: Int? = nil,
        missedTicks: Int = 0
    ) {
        self.timestamp = timestamp
        self.wallTime = wallTime
        self.memory = memory
        self.intervalPeak = intervalPeak
        self.maximumResidentSet = maximumResidentSet
        self.missedTicks = missedTicks
    }

    /// The resident sets of several samples that one record represents, in bytes.
    @usableFromInline
    package struct Window: Sendable, Hashable {
        /// The number of samples.
        @usableFromInline
        package var count: Int
        /// The smallest resident set.
        @usableFromInline
        package var minimum: Int
        /// The mean of the resident sets.
        @usableFromInline
        package var mean: Int
        /// The largest resident set at a sample; the peak between samples is ``Sample/intervalPeak``.
        @usableFromInline
        package var maximum: Int

        /// Creates a window.
        @usableFromInline
        package init(count: Int, minimum: Int, mean: Int, maximum: Int) {
            self.count = count
            self.minimum = minimum
            self.mean = mean
            self.maximum = maximum
        }
    }
}

/// The decision of the spike detector for one sample, which explains why it found a spike or not.
@usableFromInline
package struct SpikeDecision: Sendable, Hashable {
    /// The outcome for one sample.
    @usableFromInline
    package enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// The kernel gave neither a peak nor a resident set.
        case unavailable
        /// There are too few samples to know the baseline.
        case warmingUp = "warming_up"
        /// The peak is not far enough above the baseline.
        case belowThreshold = "below_threshold"
        /// The peak is far enough above the baseline, but too soon after the previous spike; counted as suppressed.
        case suppressed
        /// A spike began and is ongoing.
        case began
        /// A spike that began earlier is ongoing.
        case ongoing
        /// A spike that began earlier has ended.
        case ended
        /// A spike began and ended since the previous sample.
        case betweenSamples = "between_samples"
    }

    /// The outcome.
    @usableFromInline
    package var verdict: Verdict
    /// The usual resident set, in bytes; `nil` before the detector knows it.
    @usableFromInline
    package var baseline: Int?
    /// The height above the baseline that a peak must exceed, in bytes.
    @usableFromInline
    package var threshold: Int?

    /// Creates a decision.
    @usableFromInline
    package init(verdict: Verdict, baseline: Int? = nil, threshold: Int? = nil) {
        self.verdict = verdict
        self.baseline = baseline
        self.threshold = threshold
    }
}

extension SpikeDecision.Verdict: FieldChoice {}

extension Sample: RecordBody {
    @usableFromInline
    package static var blank: Sample { Sample(timestamp: 0, wallTime: 0, memory: ProcessMemory()) }

    @inlinable
    package mutating func visitFields(_ visitor: inout some FieldVisitor & ~Copyable) {
        visitor.times(&timestamp, &wallTime)
        memory.visitMain(&visitor)
        visitor.optional("peak_rss_bytes", &intervalPeak, "Largest resident set since the previous sample.")
        visitor.optional("max_rss_bytes", &maximumResidentSet, "Largest resident set since the process began.")
        memory.visitRest(&visitor)
        visitor.unlessZero("missed_ticks", &missedTicks, "Ticks that did not happen since the previous sample.")
        visitor.optional("clock_behind_seconds", &clockBehind, "How far the system clock is behind `unix_seconds`.")
        visitor.group(&window, blank: Window(count: 0, minimum: 0, mean: 0, maximum: 0)) { visitor, window in
            visitor.required("window_samples", &window.count, "Samples that this one stands for in a thinned stream.")
            visitor.required("window_rss_min_bytes", &window.minimum, "Smallest resident set of those samples.")
            visitor.required("window_rss_mean_bytes", &window.mean, "Mean of their resident sets.")
            visitor.required("window_rss_max_bytes", &window.maximum, "Largest resident set at one of them.")
        }
        visitor.group(&decision, blank: SpikeDecision(verdict: .unavailable)) { visitor, decision in
            visitor.required(
                "spike_verdict",
                &decision.verdict,
                "Why the sample began a spike or did not; `warming_up` always, others with `spike.explain`."
            )
            visitor.optional("spike_baseline_bytes", &decision.baseline, "Resident set that was normal.")
            visitor.optional("spike_threshold_bytes", &decision.threshold, "How far above that a peak had to be.")
        }
    }
}
