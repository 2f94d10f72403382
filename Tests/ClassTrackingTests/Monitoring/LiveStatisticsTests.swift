import ClassTracking
import Glibc
import Testing
import TrackingTestSupport

@testable import class ClassTracking.SampleLog

@Suite("Samples and spikes of a living tracker", .serialized, .processWide)
struct LiveStatisticsTests {
    private let directory = TemporaryDirectory()

    /// A tracker that has sampled at 10 ms for some time, and stopped.
    private func sampled(
        _ sink: MemorySink,
        until count: Int = 12,
        _ change: (inout ClassTracker.Configuration) -> Void = { _ in }
    ) throws -> ClassTracker {
        let tracker = makeTracker(sink, change)
        try tracker.startPeriodicSnapshots(interval: .milliseconds(10))
        #expect(waitUntil { sink.samples.count >= count })
        tracker.stopPeriodicSnapshots()
        return tracker
    }

    @Test("With nothing tracked, each periodic sample is a snapshot with the figures of the process")
    func snapshots() throws {
        let sink = MemorySink()
        let tracker = try sampled(sink)
        let (snapshots, samples) = (tracker.snapshots, sink.samples)
        #expect(snapshots.map(\.number) == Array(1...samples.count))
        #expect(snapshots.map(\.timestamp) == samples.map(\.timestamp))
        #expect(snapshots.map(\.wallTime) == samples.map(\.wallTime))
        #expect(snapshots.map(\.processMemory) == samples.map(\.memory))
        #expect(snapshots.allSatisfy { $0.isPeriodic && $0.classes.isEmpty && $0.trackedTotal == 0 })
        #expect(snapshots.allSatisfy { $0.overhead > 0 })
        #expect(tracker.stats.contents.samples.samples == samples)
        #expect(sink.snapshots.isEmpty, "the stream has them as samples already")
    }

    @Test("Summary, statistics and diff of the living tracker show the process where nothing is tracked")
    func console() throws {
        let sink = MemorySink()
        let tracker = try sampled(sink)
        let stats = tracker.stats
        var summary = ""
        stats.printSummary(to: &summary)
        #expect(summary.split(separator: "\n").count { $0.contains(" resident; ") } == sink.samples.count)
        var text = ""
        stats.printStats(to: &text)
        #expect(text.hasPrefix("\(sink.samples.count) samples: resident "))
        let diff = try stats.diff()
        #expect(diff.before.timestamp == sink.samples.first?.timestamp)
        #expect(diff.after.processMemory == sink.samples.last?.memory)
    }

    @Test("The header has the interval in force and the start of the stream, also after a stop")
    func header() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink)
        #expect(tracker.stats.header?.interval == 0)
        try tracker.startPeriodicSnapshots(interval: .milliseconds(10))
        #expect(tracker.stats.header == sink.headers.first || waitUntil { tracker.stats.header == sink.headers.first })
        try tracker.startPeriodicSnapshots(interval: .milliseconds(20))
        #expect(tracker.stats.header?.interval == 0.02)
        tracker.stopPeriodicSnapshots()
        #expect(tracker.stats.header == sink.headers.last)
    }

    @Test("A dump has what the living tracker has, and is read back the same")
    func dump() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink) {
            $0.spike.warmUp = 3
            $0.spike.floor = 64 << 20
            $0.spike.deviations = 0
        }
        try tracker.startPeriodicSnapshots(interval: .milliseconds(20))
        #expect(waitUntil { sink.samples.count >= 6 })
        let bytes = 256 << 20
        let block = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)
        munmap(block, bytes)
        #expect(waitUntil { sink.records.contains { $0.kind == .spike } })
        tracker.stopPeriodicSnapshots()
        let stats = tracker.stats
        let written = sink.records.compactMap { if case .spike(let spike) = $0.payload { spike } else { nil } }
        #expect(stats.spikes.last == written.last)
        try stats.dumpStats(to: directory["live.jsonl"])
        let loaded = try ConsoleStats(contentsOf: directory["live.jsonl"])
        #expect(loaded.snapshots.count == sink.samples.count)
        #expect(loaded.snapshots.map(\.processMemory) == tracker.snapshots.map(\.processMemory))
        #expect(loaded.spikes.map(\.before.count) == stats.spikes.map(\.before.count))
        try loaded.dumpStats(to: directory["again.jsonl"])
        #expect(try directory.contents(of: "again.jsonl") == directory.contents(of: "live.jsonl"))
        var (live, later) = ("", "")
        stats.printSummary(to: &live).printStats(to: &live)
        loaded.printSummary(to: &later).printStats(to: &later)
        #expect(live == later)
        #expect(live.contains("memory spike 1: "))
    }

    #if HTML
    @Test("The page of a living tracker shows its memory, and says which process it is from")
    func page() throws {
        let tracker = makeTracker(MemorySink())
        #expect(HTMLStats(tracker: tracker).html().contains("from the running process "))
        let sink = MemorySink()
        let page = HTMLStats(tracker: try sampled(sink)).html()
        #expect(page.contains("(\(getpid())): \(sink.samples.count) samples, \(sink.samples.count) snapshots."))
        #expect(page.contains("Largest resident") && page.contains("<svg"))
        #expect(!page.contains("Tracked objects") && !page.contains("Last tracked"))
    }
    #endif

    @Test("Snapshots by hand and periodic ones stand in the order of their times")
    func mixed() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink)
        try tracker.createSnapshot("first")
        try tracker.startPeriodicSnapshots(interval: .milliseconds(5))
        #expect(waitUntil { sink.samples.count >= 3 })
        try tracker.createSnapshot("middle")
        #expect(waitUntil { sink.samples.count >= 6 })
        tracker.stopPeriodicSnapshots()
        try tracker.createSnapshot("last")
        let snapshots = tracker.snapshots
        #expect(snapshots.map(\.number) == Array(1...sink.samples.count + 3))
        #expect(snapshots.filter { !$0.isPeriodic }.map(\.description) == ["first", "middle", "last"])
        #expect(snapshots.first?.description == "first" && snapshots.last?.description == "last")
        #expect(tracker.stats.contents.samples.count == sink.samples.count)
    }

    @Test("Once a class is tracked, its snapshots take the place of those of the process alone")
    func trackedLater() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink)
        try tracker.startPeriodicSnapshots(interval: .milliseconds(10))
        #expect(waitUntil { sink.samples.count >= 3 })
        try tracker.trackClass(Holder.self)
        let holder = Holder()
        #expect(waitUntil { sink.snapshots.count >= 3 })
        tracker.stopPeriodicSnapshots()
        let snapshots = tracker.snapshots
        #expect(snapshots.map(\.number) == Array(1...snapshots.count))
        let tracked = Set(sink.snapshots.map(\.number))
        #expect(snapshots.allSatisfy { tracked.contains($0.number) == ($0.overhead > 0 && !$0.classes.isEmpty) })
        // What is a sample and a snapshot with classes is not a snapshot of the process besides.
        #expect(snapshots.count - tracked.count <= sink.samples.count - tracked.count + 1)
        #expect(try tracker.stats.diff().classes.map(\.name) == [String(reflecting: Holder.self)])
        tracker.close()
        withExtendedLifetime(holder) {}
    }

    @Test("What is kept is bounded: the oldest snapshots give way and are counted, samples are thinned")
    func bounds() throws {
        let sink = MemorySink()
        let tracker = try sampled(sink, until: 40) {
            $0.retention.snapshots = 8
            $0.retention.samples = 4
        }
        let (snapshots, samples) = (tracker.snapshots, sink.samples)
        #expect(snapshots.map(\.number) == Array(samples.count - 7...samples.count))
        #expect(snapshots.map(\.processMemory) == samples.suffix(8).map(\.memory))
        let stats = tracker.stats
        let series = stats.contents.samples
        #expect(series.samples.count <= 4)
        #expect(series.count == samples.count)
        #expect(series.peak == samples.compactMap { $0.intervalPeak ?? $0.memory.residentSet }.max())
        #expect(series.firstTimestamp == samples.first?.timestamp)
        var text = ""
        stats.printSummary(to: &text)
        #expect(text.contains("  ... \(samples.count - 8) earlier snapshots\n"))
    }

    @Test("After another start everything goes on, with another retention too; a clear forgets it")
    func restart() throws {
        let sink = MemorySink()
        let tracker = try sampled(sink)
        try tracker.startPeriodicSnapshots(interval: .milliseconds(5))
        let count = sink.samples.count
        #expect(waitUntil { sink.samples.count >= count + 3 })
        tracker.stopPeriodicSnapshots()
        #expect(tracker.snapshots.map(\.number) == Array(1...sink.samples.count))
        #expect(tracker.stats.contents.samples.count == sink.samples.count)
        tracker.clear()
        #expect(tracker.snapshots.isEmpty && tracker.stats.contents.samples.samples.isEmpty)
        #expect(try tracker.createSnapshot().number == sink.samples.count + 1)
    }

    @Test("Spikes are bounded, told once with what is known last, and numbered on from run to run")
    func spikes() {
        let log = SampleLog()
        var retention = ClassTracker.Configuration.Retention()
        retention.spikes = 3
        func spike(_ number: Int, _ state: Spike.State = .ended) -> Spike {
            var spike = Spike(
                number: number,
                timestamp: 1,
                wallTime: 1,
                begin: 0,
                baseline: 1,
                peak: 2,
                threshold: 1
            )
            spike.state = state
            return spike
        }
        log.begin(retention)
        #expect(log.add(spike(1, .ongoing)).number == 1)
        #expect(log.add(spike(1)).number == 1)
        #expect(log.contents.spikes.map(\.state) == [.ended])
        _ = log.add(spike(2))
        log.begin(retention)
        #expect(log.add(spike(1)).number == 3)
        _ = log.add(spike(2))
        #expect(log.contents.spikes.map(\.number) == [2, 3, 4])
        let stats = Stats(header: nil, snapshots: [], spikes: log.contents.spikes)
        #expect(stats.contents.earlierSpikes == 1)
        log.clear()
        #expect(log.contents.spikes.isEmpty)
        #expect(log.add(spike(3)).number == 5)
    }
}
