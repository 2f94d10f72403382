#if CLI
import ClassTracking

/// What the demo's service does when: a function of the tick, so that each part is where it belongs between the samples.
struct DemoPlan: Equatable {
    /// What happens after one sample.
    struct Step: Equatable {
        /// More bytes that are never given back before the cycle begins again.
        var leak = 0
        /// Whether what leaked is given back first, which keeps a demo without end within bounds.
        var beginsAgain = false
        /// Bytes in use by the busy phase.
        var busy = 0
        /// Whether the spike comes and goes before the next sample.
        var spikes = false
    }

    /// The length of a cycle, in seconds, unless the interval makes it longer.
    private static let cycle = 20.0
    private static let busyBytes = 24 << 20

    /// Seconds between two ticks.
    let interval: Double
    /// Ticks after which everything begins again.
    let ticks: Int
    /// The tick after which the spike comes.
    let spikeTick: Int
    let spikeBytes: Int
    /// How long the spike lasts, in seconds.
    let spikeLength: Double
    private let busy: Range<Int>
    private let leakBytes: Int

    /// - Parameters:
    ///   - duration: Seconds; 0 is without end.
    ///   - interval: Seconds between two samples.
    init(duration: Double, interval: Double) {
        self.interval = interval
        let cycle = max(Self.cycle, 20 * interval)
        let length = duration > 0 ? min(duration, cycle) : cycle
        ticks = max(1, Int((length / interval).rounded()))
        spikeTick = min(ticks - 1, Int((Double(ticks) * 0.6).rounded()))
        busy = Int(Double(ticks) * 0.25)..<Int(Double(ticks) * 0.5)
        // Mapping 256 MiB takes about 100 ms; what does not fit between two samples is made smaller, but above the floor.
        let room = min(1, interval / 0.5)
        spikeBytes = max(48 << 20, Int(256 * room) << 20)
        spikeLength = min(0.2, interval / 2)
        leakBytes = Int(min(1, interval) * Double(1 << 20))
    }

    /// What happens after sample `tick`, counted from 0.
    func step(at tick: Int) -> Step {
        let position = tick % ticks
        var step = Step(leak: leakBytes, beginsAgain: position == 0 && tick > 0, spikes: position == spikeTick)
        if busy.contains(position) {
            // Up and down again, once.
            let middle = Double(busy.lowerBound + busy.upperBound - 1) / 2
            let half = Double(busy.count + 1) / 2
            step.busy = Int(Double(Self.busyBytes) * (1 - abs(Double(position) - middle) / half))
        }
        return step
    }

    /// What happens after `tick`, and what was missed since `latest`.
    func step(from latest: Int, to tick: Int) -> Step {
        var sum = step(at: tick)
        // A machine that slept for a day missed more ticks than one cycle has.
        for missed in max(latest + 1, tick - ticks)..<max(tick, latest + 1) where missed < tick {
            let step = step(at: missed)
            sum.leak += step.leak
            sum.beginsAgain = sum.beginsAgain || step.beginsAgain
            sum.spikes = sum.spikes || step.spikes
        }
        return sum
    }

    /// Sets what the demo needs; keys that a layer sets are left alone.
    func adapt(_ configuration: inout ClassTracker.Configuration, keeping keys: Set<ConfigurationKey>) {
        if !keys.contains(.journalInterval) { configuration.journal.interval = .zero }
        // A short demo has few samples before its spike.
        if !keys.contains(.spikeWarmUp) {
            configuration.spike.warmUp = min(configuration.spike.warmUp, max(1, spikeTick))
        }
        // On a machine with a large limit, a hundredth of it is more than the demo takes.
        if !keys.contains(.spikeLimitFraction) { configuration.spike.limitFraction = 0 }
    }
}
#endif
