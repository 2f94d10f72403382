/// The rules for the begin and the end of a spike of the resident set; sizes in bytes, times in seconds.
///
/// A spike begins when the peak since the last sample is above the median of the latest peaks by more than the largest
/// of ``floor``, ``deviations`` × 1.4826 × the median absolute deviation, and ``limitFraction`` × ``limit``.
public struct SpikeConfiguration: Sendable, Hashable {
    /// The smallest rise that can be a spike, in bytes.
    public var floor: Int = 32 << 20
    /// The number of scaled median absolute deviations above the baseline at which a spike begins.
    public var deviations: Double = 8
    /// The part of ``limit`` that a rise must exceed; the default exceeds ``floor`` from 32 GiB on.
    public var limitFraction: Double = 0.001
    /// The memory limit of the process, in bytes; with `nil`, the agent uses the control group's limit.
    public var limit: Int?
    /// The number of samples that determine the baseline.
    public var window: Int = 60
    /// The number of samples in the warm-up, in which a rise is a spike only after it has receded.
    public var warmUp: Int = 10
    /// The part of the threshold above the baseline below which the resident set must fall for the spike to end.
    public var release: Double = 0.5
    /// The number of samples after which a level that has not receded becomes the new baseline.
    public var settleSamples: Int = 30
    /// The seconds after the end of a spike in which further spikes are only counted, unless one is at least twice as
    /// high: a large spike must not be hidden by a small one.
    public var cooldown: Double = 10
    /// The number of samples before the spike that are recorded with it.
    public var contextSamples: Int = 16
    /// Indicates whether every sample carries the detector's decision, which explains why no spike was found.
    public var explain: Bool = false

    /// Creates the default configuration.
    public init() {}

    /// The configuration with each value clamped to a range in which the arithmetic cannot overflow.
    var bounded: Self {
        var bounded = self
        bounded.floor = floor.clamped(to: 0...(1 << 60))
        bounded.deviations = deviations.isFinite ? deviations.clamped(to: 0...1e6) : 8
        bounded.limitFraction = limitFraction.isFinite ? limitFraction.clamped(to: 0...1) : 0
        bounded.limit = limit.map { $0.clamped(to: 0...(1 << 60)) }
        bounded.release = release.isFinite ? release.clamped(to: 0...1) : 0.5
        bounded.cooldown = cooldown.isNaN ? 0 : cooldown
        bounded.window = window.clamped(to: 1...10_000)
        bounded.warmUp = warmUp.clamped(to: 1...bounded.window)
        bounded.settleSamples = settleSamples.clamped(to: 1...10_000)
        bounded.contextSamples = contextSamples.clamped(to: 0...64)
        return bounded
    }
}

extension Comparable {
    func clamped(to range: ClosedRange<Self>) -> Self { min(max(self, range.lowerBound), range.upperBound) }
}
