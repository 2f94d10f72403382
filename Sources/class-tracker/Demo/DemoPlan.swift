#if CLI
import ClassTracking

/// The work of the demo's service as a function of the tick, so that each part has its place between the samples.
struct DemoPlan: Equatable {
    /// The work after one sample.
    struct Step: Equatable {
        /// The bytes to leak until the cycle begins again.
        var leak = 0
        /// `true` to free the leak of the cycle before, which bounds a demo without end.
        var beginsAgain = false
        /// The bytes in use by the busy phase.
        var busy = 0
        /// `true` for the spike, which ends before the next sample.
        var spikes = false
    }

    /// The length of a cycle, in seconds, unless the interval makes it longer.
    private static let cycle = 20.0
    private static let busyBytes = 24 << 20

    /// The seconds between two ticks.
    let interval: Double
    /// The ticks of a cycle.
    let ticks: Int
    /// The tick of the spike.
    let spikeTick: Int
    let spikeBytes: Int
    /// The length of the spike, in seconds.
    let spikeLength: Double
    private let busy: Range<Int>
    private let leakBytes: Int

    /// Creates a plan.
    ///
    /// - Parameters:
    ///   - duration: The length of the demo in seconds; 0 is without end.
    ///   - interval: The seconds between two samples.
    init(duration: Double, interval: Double) {
        self.interval = interval
        let cycle = max(Self.cycle, 20 * interval)
        let length = duration > 0 ? min(duration, cycle) : cycle
        ticks = max(1, Int((length / interval).rounded()))
        spikeTick = min(ticks - 1, Int((Double(ticks) * 0.6).rounded()))
        busy = Int(Double(ticks) * 0.25)..<Int(Double(ticks) * 0.5)
        // Mapping 256 MiB takes about 100 ms. A short interval gets a smaller spike, which is still above `spike.floor`.
        let scale = min(1, interval / 0.5)
        spikeBytes = max(48 << 20, Int(256 * scale) << 20)
        spikeLength = min(0.2, interval / 2)
        leakBytes = Int(min(1, interval) * Double(1 << 20))
    }

    /// Returns the work after sample `tick`, counted from 0.
    func step(at tick: Int) -> Step {
        let position = tick % ticks
        var step = Step(leak: leakBytes, beginsAgain: position == 0 && tick > 0, spikes: position == spikeTick)
        if busy.contains(position) {
            // The phase rises and falls once.
            let middle = Double(busy.lowerBound + busy.upperBound - 1) / 2
            let half = Double(busy.count + 1) / 2
            step.busy = Int(Double(Self.busyBytes) * (1 - abs(Double(position) - middle) / half))
        }
        return step
    }

    /// Returns the work after `tick`, with that of the ticks missed since `latest`.
    func step(from latest: Int, to tick: Int) -> Step {
        var sum = step(at: tick)
        // A machine that was suspended may have missed more ticks than a cycle has.
        for missed in max(latest + 1, tick - ticks)..<max(tick, latest + 1) where missed < tick {
            let step = step(at: missed)
            sum.leak += step.leak
            sum.beginsAgain = sum.beginsAgain || step.beginsAgain
            sum.spikes = sum.spikes || step.spikes
        }
        return sum
    }

    /// Sets the keys that the demo needs, except those that a layer of the configuration sets.
    func adapt(_ configuration: inout ClassTracker.Configuration, keeping keys: Set<ConfigurationKey>) {
        if !keys.contains(.journalInterval) { configuration.journal.interval = .zero }
        // A short demo has few samples before its spike.
        if !keys.contains(.spikeWarmUp) {
            configuration.spike.warmUp = min(configuration.spike.warmUp, max(1, spikeTick))
        }
        // On a machine with a large limit, the default fraction of it may be more than the spike of the demo.
        if !keys.contains(.spikeLimitFraction) { configuration.spike.limitFraction = 0 }
    }
}
#endif
