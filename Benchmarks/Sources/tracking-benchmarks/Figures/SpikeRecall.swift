import CBenchmarkPeers
import ClassTracking
import Glibc

/// How many short spikes are caught, and how right their height is.
enum SpikeRecall {
    private static let bytes = 64 << 20
    private static let microseconds: UInt32 = 5000

    static func report(quick: Bool) {
        let count = quick ? 50 : 100
        let interval = quick ? Duration.milliseconds(100) : .seconds(1)
        let period = quick ? UInt64(100_000_000) : 1_000_000_000
        let collector = SpikeCollector()
        let tracker = ClassTracker.make(sinks: [collector]) {
            $0.spike.cooldown = 0
            // The share of a limit would be more than these spikes on a machine where a control group has a large one.
            $0.spike.limit = 1 << 30
        }
        tracker.run(every: interval)
        tracker.wait(forSamples: 15, every: interval)
        var caught = 0
        var worst = 0.0
        for _ in 0..<count {
            let before = collector.ended.count
            usleep(UInt32.random(in: 0..<UInt32(period / 1000)))
            let error = bp_spike(bytes, microseconds)
            guard error == 0 else { fail("mmap: \(Errno(rawValue: error))") }
            // Two intervals: the sample after the spike, and one more if it lay across a sample.
            let end = nanoseconds() + 2 * period + period / 10
            while nanoseconds() < end, collector.ended.count == before { usleep(2000) }
            let found = collector.ended.dropFirst(before)
            guard found.count == 1, let spike = found.first else { continue }
            let difference = (Double(spike.excess) - Double(bytes)).magnitude / Double(bytes)
            worst = max(worst, difference)
            if difference <= 0.05 { caught += 1 }
        }
        let total = collector.ended.count
        tracker.stopPeriodicSnapshots()
        Row(
            figure: "spikes of 64 MiB for 5 ms, interval \(quick ? "100 ms" : "1 s")",
            value: "\(caught)/\(count) caught",
            peer: "worst height off by \((worst * 100).text(2)) %; \(total) recorded",
            target: "all, within 5 %",
            isMet: caught == count && total == count
        )
        .print()
    }
}
