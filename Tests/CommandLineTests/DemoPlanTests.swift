#if CLI
import ClassTracking
import Testing

@testable import class_tracker

@Suite("The demo's plan")
struct DemoPlanTests {
    static let runs: [(Double, Double)] = [
        (20, 1), (0, 1), (3, 1), (1, 1), (2, 0.1), (1, 5), (60, 1), (0, 60), (1, 0.001),
    ]

    /// Returns the spikes that the detector finds in the plan, with peaks as the kernel would give them.
    private func spikes(_ plan: DemoPlan, ticks: Int) -> [Spike] {
        var configuration = ClassTracker.Configuration()
        plan.adapt(&configuration, keeping: [])
        var detector = SpikeDetector(configuration: configuration.spike)
        var (leaked, peak) = (0, 20 << 20)
        var found: [Spike] = []
        for tick in 0...ticks {
            var memory = ProcessMemory()
            let step = plan.step(at: max(0, tick - 1))
            memory.residentSet = (20 << 20) + leaked + (tick == 0 ? 0 : step.busy)
            let time = Double(tick) * plan.interval
            var sample = Sample(timestamp: time, wallTime: time, memory: memory)
            sample.intervalPeak = max(peak, memory.residentSet ?? 0)
            if let spike = detector.observe(sample).spike { found.append(spike) }
            let next = plan.step(at: tick)
            if next.beginsAgain { leaked = 0 }
            leaked += next.leak
            peak = (20 << 20) + leaked + (next.spikes ? plan.spikeBytes : 0)
        }
        return found
    }

    @Test("Every cycle has one spike, between two samples, and the busy phase is none", arguments: runs)
    func oneSpike(duration: Double, interval: Double) {
        let plan = DemoPlan(duration: duration, interval: interval)
        let found = spikes(plan, ticks: plan.ticks)
        #expect(found.map(\.betweenSamples) == [true])
    }

    @Test("A demo without end finds the spike of each cycle and nothing else")
    func cycles() {
        let plan = DemoPlan(duration: 0, interval: 1)
        #expect(spikes(plan, ticks: plan.ticks * 50).count == 50)
    }

    @Test("By default the spike is 256 MiB for 200 ms")
    func size() {
        let plan = DemoPlan(duration: 20, interval: 1)
        #expect(plan.spikeBytes == 256 << 20)
        #expect(plan.spikeLength == 0.2)
        #expect(plan.spikeTick == 12)
    }

    @Test("The work of a missed tick is done with the next one")
    func missedTicks() {
        let plan = DemoPlan(duration: 20, interval: 1)
        let step = plan.step(from: 10, to: 13)
        #expect(step.spikes)
        #expect(step.leak == 3 << 20)
        #expect(plan.step(from: 13, to: 13) == plan.step(at: 13))
        #expect(plan.step(from: 0, to: 1_000_000).leak <= (plan.ticks + 1) << 20)
    }

    @Test("The keys that a layer sets are not changed")
    func adapting() {
        var configuration = ClassTracker.Configuration()
        DemoPlan(duration: 1, interval: 1).adapt(&configuration, keeping: [.journalInterval, .spikeWarmUp])
        #expect(configuration.journal.interval == .seconds(10))
        #expect(configuration.spike.warmUp == 10)
        #expect(configuration.spike.limitFraction == 0)
    }
}
#endif
