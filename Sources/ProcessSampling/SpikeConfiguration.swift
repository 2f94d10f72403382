/// When a rise of the resident set is a spike, and when that ends; sizes in bytes, times in seconds.
///
/// A spike begins when the peak since the last sample is above the median of the latest peaks by more than the largest
/// of
/// ``floor``, ``deviations`` × 1.4826 × the median absolute deviation, and ``limitFraction`` × ``limit``.
public struct SpikeConfiguration: Sendable, Hashable {
    /// No rise smaller than this is a spike, in bytes.
    public var floor: Int = 32 << 20
    /// How many scaled median absolute deviations above the baseline a spike begins.
    public var deviations: Double = 8
    /// The part of ``limit`` that a rise must exceed; the default outweighs ``floor`` from 32 GiB on.
    public var limitFraction: Double = 0.001
    /// The memory that the process may use, in bytes; `nil` lets the agent take the control group's limit.
    public var limit: Int?
    /// Samples that say what is normal.
    public var window: Int = 60
    /// Samples before a rise can fire while it lasts; until then one does that has come back.
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

    /// The same within bounds that can be computed with, so that a detector cannot trap in a host.
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
