import ProcessSampling
import Testing
import TrackingRecords
import TrackingTestSupport

/// What a spike is compared with, how often it is told, and what happens before anything is known to be normal.
@Suite("What spikes are compared with")
struct SpikeReferenceTests {
    private typealias Feed = SpikeDetectorTests.Feed

    @Test("A ramp is compared with the moment before it began, and told again when its height has doubled")
    func ramp() throws {
        var feed = Feed()
        feed.add(20, of: 100)
        for step in 1...24 { feed.add(100 + 4 * step) }
        feed.add(3, of: 196)
        feed.add(100, peak: 196)
        #expect(feed.spikes.map { $0.excess >> 20 } == [36, 72, 96])
        #expect(feed.spikes.map(\.updates) == [0, 1, 1])
        #expect(feed.spikes.map(\.state) == [.ongoing, .ongoing, .ended])
        #expect(feed.spikes.allSatisfy { $0.begin == 20 && $0.baseline == 100 << 20 })
        #expect(feed.spikes.last?.outcome == .transient)
    }

    @Test("In stairs the first step is the beginning")
    func stairs() throws {
        var feed = Feed()
        feed.add(20, of: 100)
        for step in 1...5 { feed.add(4, of: 100 + 8 * step) }
        let spike = try #require(feed.spikes.first)
        #expect(spike.begin == 20)
        #expect(spike.excess == 40 << 20)
    }

    @Test("What still climbs is no new level, however long it takes")
    func climb() throws {
        var feed = Feed()
        feed.add(20, of: 100)
        for step in 1...100 { feed.add(100 + 4 * step) }
        #expect(feed.spikes.map { $0.excess >> 20 } == [36, 72, 144, 288])
        feed.add(32, of: 500)
        let spike = try #require(feed.spikes.last)
        #expect(spike.outcome == .newLevel)
        #expect(spike.excess == 400 << 20)
        #expect(spike.begin == 20)
    }

    @Test("A slow leak takes the reference along")
    func leakAndBurst() throws {
        var feed = Feed()
        for step in 0..<200 { feed.add(100 + step) }
        feed.add(299, peak: 900)
        let spike = try #require(feed.spikes.first)
        #expect(spike.begin == 200)
        #expect(spike.baseline == 299 << 20)
    }

    @Test("What a spike left behind is normal for the next one")
    func leftover() throws {
        var feed = Feed { $0.cooldown = 0 }
        feed.add(20, of: 100)
        feed.add(100, peak: 300)
        feed.add(115, peak: 300)
        feed.add(3, of: 115)
        feed.add(115, peak: 147)
        #expect(feed.decision.verdict == .belowThreshold)
        feed.add(115, peak: 315)
        #expect(feed.spikes.map { $0.baseline >> 20 } == [100, 100, 115])
        #expect(feed.spikes.last?.begin == 26)
    }

    @Test("A spike that goes on when the stream ends is closed with what is known")
    func close() throws {
        var feed = Feed()
        feed.add(20, of: 100)
        let early = feed.detector.close(timestamp: 20, wallTime: 1020)
        #expect(early == nil)
        feed.add(300)
        feed.add(390)
        let closed = feed.detector.close(timestamp: 22.5, wallTime: 1022.5)
        let spike = try #require(closed)
        #expect(spike.state == .ended)
        #expect(spike.outcome == .streamEnd)
        #expect(spike.number == 1)
        #expect(spike.peak == 390 << 20)
        #expect(spike.level == 390 << 20)
        #expect(spike.end == 22.5)
        let again = feed.detector.close(timestamp: 23, wallTime: 1023)
        #expect(again == nil)
    }

    // MARK: The warm-up

    @Test("A rise in the warm-up that comes back is a spike, told when it has")
    func startup() throws {
        var feed = Feed()
        for resident in [8, 8, 100, 250] { feed.add(resident) }
        #expect(feed.spikes.isEmpty)
        feed.add(46, peak: 314)
        let spike = try #require(feed.spikes.first)
        #expect(spike.state == .ended)
        #expect(spike.outcome == .transient)
        #expect(spike.excess == 306 << 20)
        #expect(spike.begin == 2)
        #expect(spike.level == 46 << 20)
        #expect(!spike.betweenSamples)
        #expect(spike.before.map { $0.residentSet >> 20 } == [8, 8])
        feed.add(30, of: 46)
        #expect(feed.spikes.count == 1)
        #expect(feed.decision.baseline == 46 << 20)
    }

    @Test("A rise in the warm-up that stays is told after it, with the highest that it had")
    func startupThatStays() throws {
        var feed = Feed()
        feed.add(7, of: 8)
        feed.add(200)
        feed.add(250, peak: 260)
        feed.add(2, of: 240)
        let spike = try #require(feed.spikes.first)
        #expect(spike.state == .ongoing)
        #expect(spike.peak == 260 << 20)
        #expect(spike.peakTime == 9)
        #expect(spike.begin == 7)
        // It is this rise alone: the next one has its own height.
        feed.add(8)
        feed.add(15, of: 8)
        feed.add(100)
        #expect(feed.spikes.last?.peak == 100 << 20)
    }

    @Test("A burst between two samples of the warm-up is one, too")
    func startupBurst() throws {
        var feed = Feed()
        feed.add(2, of: 8)
        feed.add(9, peak: 200)
        #expect(feed.spikes.first?.betweenSamples == true)
        #expect(feed.spikes.first?.excess == 192 << 20)
    }

    @Test(
        "A service that starts up and stays there has no spike",
        arguments: [[8, 200], [8, 90, 170, 250], [8, 300, 200]]
    )
    func start(levels: [Int]) {
        var feed = Feed()
        for level in levels { feed.add(level) }
        feed.add(60, of: levels.last ?? 0)
        #expect(feed.spikes.isEmpty)
        // The first peak is of the time before the tracker.
        var late = Feed()
        late.add(50, peak: 900)
        late.add(40, of: 50)
        #expect(late.spikes.isEmpty)
    }

    // MARK: Any series

    @Test("Whatever comes, what a spike says is consistent", arguments: 0..<200 as Range<UInt64>)
    func consistent(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var feed = Feed {
            $0.cooldown = Double(random.below(20))
            $0.settleSamples = 1 + random.below(30)
            $0.window = 10 + random.below(60)
        }
        var level = 50 + random.below(100)
        var points: [Double: Int] = [:]
        for _ in 0..<400 {
            switch random.below(12) {
            case 0: level = 50 + random.below(500)
            case 1: level += random.below(60)
            case 2: level = max(10, level - random.below(60))
            default: break
            }
            feed.add(level, peak: level + (random.oneIn(15) ? random.below(300) : 0))
            points[feed.time] = level
        }
        if let last = feed.detector.close(timestamp: feed.time, wallTime: feed.time) { feed.spikes.append(last) }
        var open: Spike?
        for spike in feed.spikes {
            #expect(spike.baseline == (points[spike.begin] ?? -1) << 20)
            #expect(spike.excess > spike.threshold)
            #expect(spike.begin < spike.timestamp && spike.peakTime > spike.begin && spike.peakTime <= spike.timestamp)
            if let before = open {
                #expect(spike.number == before.number && spike.begin == before.begin)
                #expect(spike.state == .ended || spike.excess >= 2 * before.excess)
                #expect(spike.peak >= before.peak)
            }
            open = spike.state == .ongoing ? spike : nil
        }
        #expect(open == nil)
        #expect(Set(feed.spikes.map(\.number)).count == feed.detector.count)
    }
}
