import ClassTracking
import Dispatch
import Glibc
import Synchronization

/// Whether the detector keeps quiet about a process that is noisy and goes nowhere.
enum SteadyProcess {
    /// Blocks that are held at a time.
    private static let slots = 64

    static func report(quick: Bool) {
        let samples = quick ? 5_000 : 100_000
        let noise = Noise()
        noise.start(slots: slots)
        let reader = ProcessMemoryReader()
        var detector = SpikeDetector()
        var spikes = 0
        var lowest = Int.max
        var highest = 0
        var nearest = 0.0
        let start = nanoseconds()
        for index in 0..<samples {
            let due = start + UInt64(index) * 1_000_000
            let now = nanoseconds()
            if now < due { usleep(UInt32((due - now) / 1000)) }
            var failure: ProcessMemoryReader.Failure?
            let reading = reader.read(failure: &failure)
            if let failure { fail("\(failure)") }
            let time = Double(nanoseconds() - start) / 1e9
            let sample = Sample(
                timestamp: time,
                wallTime: time,
                memory: reading.memory,
                intervalPeak: reading.intervalPeak,
                maximumResidentSet: reading.maximumResidentSet
            )
            let (decision, spike) = detector.observe(sample)
            if spike != nil { spikes += 1 }
            // After the first second the blocks are all there.
            guard index >= 1000, let peak = reading.intervalPeak else { continue }
            lowest = min(lowest, reading.memory.residentSet ?? peak)
            highest = max(highest, peak)
            if let baseline = decision.baseline, let threshold = decision.threshold {
                nearest = max(nearest, Double(peak - baseline) / Double(threshold))
            }
        }
        noise.stop()
        let suppressed = detector.suppressed
        Row(
            figure: "spikes in \(samples) samples of a noisy steady process",
            value: "\(spikes)",
            peer:
                "resident \(lowest.mebibytes) to \(highest.mebibytes); nearest \((nearest * 100).text(0)) % of threshold",
            target: "0",
            isMet: spikes == 0 && suppressed == 0
        )
        .print()
    }
}

/// Allocates and frees at random on a thread of its own: sizes from 1 KiB to 4 MiB, as many small as large ones.
private final class Noise: Sendable {
    private let isOver = Atomic<Bool>(false)
    private let ended = DispatchSemaphore(value: 0)

    func start(slots: Int) {
        DispatchQueue(label: "noise").async { self.run(slots: slots) }
    }

    func stop() {
        isOver.store(true, ordering: .relaxed)
        ended.wait()
    }

    private func run(slots: Int) {
        var blocks = (0..<slots).map { _ in Self.block() }
        while !isOver.load(ordering: .relaxed) {
            let index = Int.random(in: blocks.indices)
            free(blocks[index])
            blocks[index] = Self.block()
            usleep(UInt32.random(in: 0..<1000))
        }
        for block in blocks { free(block) }
        ended.signal()
    }

    private static func block() -> UnsafeMutableRawPointer? {
        let size = Int(exp2(Double.random(in: 10...22)))
        guard let block = malloc(size) else { return nil }
        return memset(block, 1, size)
    }
}
