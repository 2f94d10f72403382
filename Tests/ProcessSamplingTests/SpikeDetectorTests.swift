import ProcessSampling
import Testing
import TrackingRecords

@Suite("Detection of spikes")
struct SpikeDetectorTests {
    /// Feeds samples a second apart, in MiB.
    struct Feed {
        var detector: SpikeDetector
        var time = 0.0
        var spikes: [Spike] = []
        var decision = SpikeDecision(verdict: .unavailable)

        init(_ change: (inout SpikeDetector.Configuration) -> Void = { _ in }) {
            var configuration = SpikeDetector.Configuration()
            change(&configuration)
            detector = SpikeDetector(configuration: configuration)
        }

        mutating func add(_ resident: Int?, peak: Int? = nil) {
            time += 1
            var memory = ProcessMemory()
            memory.residentSet = resident.map { $0 << 20 }
            let sample = Sample(
                timestamp: time,
                wallTime: 1000 + time,
                memory: memory,
                intervalPeak: (peak ?? resident).map { $0 << 20 }
            )
            let (decision, spike) = detector.observe(sample)
            self.decision = decision
            if let spike { spikes.append(spike) }
        }

        mutating func add(_ count: Int, of resident: Int) {
            for _ in 0..<count { add(resident) }
        }
    }

    @Test("A spike between two samples is found by its peak, complete at once")
    func betweenSamples() throws {
        var feed = Feed()
        feed.add(20, of: 100)
        feed.add(100, peak: 356)
        let spike = try #require(feed.spikes.first)
        #expect(feed.spikes.count == 1)
        #expect(feed.decision.verdict == .betweenSamples)
        #expect(spike.state == .ended)
        #expect(spike.betweenSamples)
        #expect(spike.outcome == .transient)
        #expect(spike.baseline == 100 << 20)
        #expect(spike.peak == 356 << 20)
        #expect(spike.excess == 256 << 20)
        #expect(spike.begin == 20)
        #expect(spike.end == 21)
        #expect(spike.duration == 1)
        #expect(spike.before.count == 16)
        #expect(spike.before.last == Spike.Point(timestamp: 20, residentSet: 100 << 20, intervalPeak: 100 << 20))
    }

    @Test("A spike that lasts is told when it begins and when it has ended")
    func lasting() throws {
        var feed = Feed()
        feed.add(20, of: 100)
        feed.add(300)
        #expect(feed.decision.verdict == .began)
        feed.add(400)
        #expect(feed.decision.verdict == .ongoing)
        feed.add(380, peak: 450)
        feed.add(101, peak: 380)
        #expect(feed.decision.verdict == .ended)
        try #require(feed.spikes.count == 2)
        #expect(feed.spikes[0].state == .ongoing)
        #expect(feed.spikes[0].peak == 300 << 20)
        let ended = feed.spikes[1]
        #expect(ended.number == feed.spikes[0].number)
        #expect(ended.state == .ended)
        #expect(ended.peak == 450 << 20)
        #expect(ended.peakTime == 23)
        #expect(ended.begin == 20)
        #expect(ended.end == 24)
        #expect(!ended.betweenSamples)
        #expect(ended.outcome == .transient)
        #expect(ended.level == 101 << 20)
    }

    @Test("A level that stays is told as a new level, and is normal from then on")
    func newLevel() throws {
        var feed = Feed()
        feed.add(20, of: 100)
        feed.add(31, of: 300)
        let ended = try #require(feed.spikes.last)
        #expect(ended.outcome == .newLevel)
        #expect(ended.level == 300 << 20)
        feed.add(60, of: 300)
        #expect(feed.spikes.count == 2)
        #expect(feed.decision == SpikeDecision(verdict: .belowThreshold, baseline: 300 << 20, threshold: 32 << 20))
        feed.add(300, peak: 400)
        #expect(feed.spikes.last?.baseline == 300 << 20)
        #expect(feed.spikes.count == 3)
    }

    @Test("Falling halfway does not end a spike, falling below the release does")
    func hysteresis() {
        var feed = Feed()
        feed.add(20, of: 100)
        feed.add(200)
        feed.add(117)  // the release is at 100 + 32 / 2
        #expect(feed.decision.verdict == .ongoing)
        feed.add(200)
        feed.add(116)
        #expect(feed.decision.verdict == .ended)
        #expect(feed.spikes.count == 2)
    }

    @Test("Nothing fires before the detector knows what is normal, and it says so")
    func warmUp() {
        var feed = Feed()
        feed.add(9, of: 10)
        feed.add(500)
        #expect(feed.decision.verdict == .warmingUp)
        feed.add(500)
        #expect(feed.decision.verdict == .began)
    }

    @Test("The tested sample does not raise its own bar")
    func exclusive() {
        var feed = Feed {
            $0.window = 3
            $0.warmUp = 3
            $0.deviations = 1
            $0.floor = 10 << 20
        }
        feed.add(3, of: 100)
        feed.add(111)
        #expect(feed.decision == SpikeDecision(verdict: .began, baseline: 100 << 20, threshold: 10 << 20))
    }

    @Test("Just at the threshold nothing fires, just above it does")
    func threshold() {
        var feed = Feed()
        feed.add(20, of: 100)
        feed.add(132)
        #expect(feed.decision.verdict == .belowThreshold)
        feed.add(133)
        #expect(feed.decision.verdict == .began)
    }

    @Test("A process that varies needs a larger rise")
    func deviation() throws {
        var feed = Feed()
        for step in 0..<60 { feed.add(100 + (step % 2) * 20) }
        feed.add(200)
        #expect(feed.decision.verdict == .belowThreshold)
        let threshold = try #require(feed.decision.threshold)
        #expect(threshold >= 100 << 20)
        feed.add(400)
        #expect(feed.decision.verdict == .began)
    }

    @Test("A part of the limit raises the threshold")
    func limit() {
        var feed = Feed {
            $0.limit = 10_000 << 20
            $0.limitFraction = 0.05
        }
        feed.add(20, of: 100)
        feed.add(599)
        #expect(feed.decision == SpikeDecision(verdict: .belowThreshold, baseline: 100 << 20, threshold: 500 << 20))
    }

    @Test("By default 64 MiB are a spike up to a limit of 32 GiB", arguments: [nil, 1 << 30, 32 << 30])
    func defaultLimit(limit: Int?) {
        var feed = Feed { $0.limit = limit }
        feed.add(20, of: 100)
        feed.add(100, peak: 164)
        #expect(feed.decision.verdict == .betweenSamples)
    }

    @Test("Soon after a spike further ones are suppressed and counted, and the next one tells how many")
    func cooldown() throws {
        var feed = Feed { $0.cooldown = 10 }
        feed.add(20, of: 100)
        feed.add(100, peak: 300)
        for _ in 0..<4 {
            feed.add(100, peak: 300)
            #expect(feed.decision.verdict == .suppressed)
            feed.add(100)
        }
        feed.add(2, of: 100)
        feed.add(100, peak: 300)
        #expect(feed.decision.verdict == .betweenSamples)
        try #require(feed.spikes.count == 2)
        #expect(feed.spikes[0].suppressed == 0)
        #expect(feed.spikes[1].suppressed == 4)
        #expect(feed.detector.suppressed == 4)
        #expect(feed.detector.count == 2)
    }

    @Test("A spike of twice the height is told soon after a smaller one, and no other")
    func escalation() {
        var feed = Feed { $0.cooldown = 1000 }
        feed.add(20, of: 100)
        for peak in [200, 299, 300, 499, 300, 500, 899, 200, 900] { feed.add(100, peak: peak) }
        #expect(feed.spikes.map { $0.excess >> 20 } == [100, 200, 400, 800])
        #expect(feed.spikes.map(\.suppressed) == [0, 1, 2, 2])
    }

    @Test("One spike does not hide the next")
    func repeated() {
        var feed = Feed { $0.cooldown = 0 }
        feed.add(20, of: 100)
        for _ in 0..<100 {
            feed.add(100, peak: 200)
            feed.add(100)
        }
        #expect(feed.spikes.count == 100)
        #expect(feed.spikes.allSatisfy { $0.baseline == 100 << 20 && $0.excess == 100 << 20 })
    }

    @Test("A steady leak is not a spike")
    func leak() {
        var feed = Feed()
        for step in 0..<5000 { feed.add(100 + step) }
        #expect(feed.spikes.isEmpty)
    }

    @Test("100,000 samples of a noisy steady process have no spike", arguments: [1, 2, 3])
    func noise(seed: UInt64) {
        var feed = Feed { $0.floor = 1 << 20 }
        var state = seed
        func random() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }
        for step in 0..<100_000 {
            // A sawtooth of a garbage-like heap, with Gaussian noise (sum of uniforms) and a daily swing.
            let saw = Double(step % 17) / 17 * 40
            let noise = (0..<12).reduce(-6.0) { sum, _ in sum + random() } * 4
            let swing = 30 * Double(step % 8640 < 4320 ? step % 8640 : 8640 - step % 8640) / 4320
            feed.add(Int(500 + saw + noise + swing))
        }
        #expect(feed.spikes.isEmpty)
    }

    @Test("No configuration makes the detector trap", arguments: [Double.nan, .infinity, -.infinity, -1, 1e308])
    func wildConfiguration(number: Double) {
        for count in [Int.min, -1, 0, .max] {
            var feed = Feed {
                $0.floor = count
                $0.deviations = number
                $0.limitFraction = number
                $0.limit = count
                $0.window = count
                $0.warmUp = count
                $0.release = number
                $0.settleSamples = count
                $0.cooldown = number
                $0.contextSamples = count
            }
            for step in 0..<50 { feed.add(step % 7 * 1000, peak: step % 5 * 2000) }
            #expect(feed.detector.count >= feed.spikes.filter { $0.state == .ended }.count)
            for spike in feed.spikes {
                #expect(spike.peak >= spike.baseline && spike.threshold >= 0 && spike.before.count <= 64)
            }
        }
    }

    @Test("Without peaks a spike over a sample is found, without any figure the detector says so")
    func withoutPeaks() {
        var feed = Feed()
        feed.add(nil)
        #expect(feed.decision.verdict == .unavailable)
        feed.add(20, of: 100)
        feed.add(nil)
        #expect(feed.decision.verdict == .unavailable)
        feed.add(200)
        #expect(feed.decision.verdict == .began)
    }
}
