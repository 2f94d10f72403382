import CBenchmarkPeers
import ClassTracking
import Glibc

/// What one sample costs: reading the memory, resetting the peak, and the spike detector; no sinks.
struct SampleCost {
    /// Pages that put the high-water mark above the resident set: more than the kernel's per-processor counters hide.
    private static let risingPages = 256

    private let reader = ProcessMemoryReader()
    private var detector = SpikeDetector()
    private var count = 0
    private(set) var raised = 0

    /// One sample, as the sampling thread takes it.
    mutating func take() {
        var failure: ProcessMemoryReader.Failure?
        let reading = reader.read(failure: &failure)
        count += 1
        let sample = Sample(
            timestamp: Double(count),
            wallTime: Double(count),
            memory: reading.memory,
            intervalPeak: reading.intervalPeak,
            maximumResidentSet: reading.maximumResidentSet
        )
        _ = detector.observe(sample)
        if let failure { fail("\(failure)") }
        if reading.memory.peakResidentSet != reading.memory.residentSet { raised += 1 }
    }

    /// Nanoseconds of one sample, the median of several rounds.
    static func own(rounds: Int) -> Double {
        var cost = SampleCost()
        let times = (0..<rounds).map { _ in cost.batch(200) }
        return median(times)
    }

    static func report(quick: Bool) {
        guard bp_open_sample() == 0 else { return Row.skip("one sample", "/proc/self cannot be opened") }
        var cost = SampleCost()
        let steady = Comparison(rounds: quick ? 101 : 401) {
            cost.batch(200)
        } peer: {
            timed { peer(200) } / 200
        }
        row("one sample, steady process (nothing to reset)", "pread + write(clear_refs) in C", steady)

        let before = cost.raised
        let rounds = quick ? 3_001 : 20_001
        let rising = Comparison(rounds: rounds) {
            bp_raise_mark(risingPages)
            return timed { cost.take() }
        } peer: {
            bp_raise_mark(risingPages)
            return timed { peer(1) }
        }
        let share = Double(cost.raised - before) / Double(rounds)
        guard share > 0.95 else { fail("the mark was above the resident set in \(share.text(2)) of the samples only") }
        row("one sample, mark raised before each (reset each time)", "pread + write(clear_refs) in C", rising)
    }

    private mutating func batch(_ size: Int) -> Double {
        timed { for _ in 0..<size { take() } } / Double(size)
    }

    private static func peer(_ count: Int32) {
        if bp_sample(count) < 0 { fail("the peer cannot read /proc/self/status") }
    }

    private static func row(_ figure: String, _ peer: String, _ comparison: Comparison) {
        Row(
            figure: figure,
            value: median(comparison.own).asMicroseconds,
            peer: "\(median(comparison.peer).asMicroseconds) \(peer)",
            ratio: comparison.ratio.text(2),
            target: "<= 1.5 x",
            isMet: comparison.ratio <= 1.5
        )
        .print()
    }
}
