import ClassTracking
import Glibc
import Testing

@Suite("Statistics of a tracker", .processWide)
struct StatsTests {
    @Test("A tracker's statistics are those of its dump, and the tracker goes on")
    func dump() throws {
        let tracker = ClassTracker()
        let (first, second) = (Holder(), Holder())
        second.content = Array(0..<1000)
        try tracker.trackObject(first, name: "first")
        try tracker.trackObject(second, name: "second", resolutionLevel: 2)
        try tracker.createSnapshot("alpha")
        first.content = Array(0..<10)
        try tracker.createSnapshot("beta")
        let stats = tracker.stats
        let path = FilePath("/tmp/class-tracker-stats-\(getpid()).jsonl")
        defer { unlink(path.string) }
        try stats.dumpStats(to: path)
        let loaded = try ConsoleStats(contentsOf: path)
        #expect(loaded.trackedClasses == ["first", "second"])
        #expect(loaded.snapshots.map(\.description) == ["alpha", "beta"])
        #expect(loaded.snapshots.map(\.trackedTotal) == tracker.snapshots.map(\.trackedTotal))
        var (live, later) = ("", "")
        stats.sortStats(by: .size).printStats(to: &live).printSummary(to: &live)
        loaded.sortStats(by: .size).printStats(to: &later).printSummary(to: &later)
        #expect(live == later)
        #expect(live.contains("content: "))
        #expect(loaded.sorted.map(\.name) == ["second", "first"])
        #expect(try loaded.diff().classes.first?.name == "first")
        try tracker.createSnapshot("gamma")
        #expect(tracker.stats.snapshots.count == 3)
        tracker.close()
        withExtendedLifetime((first, second)) {}
    }

    @Test("What is traced is printed with the calls that made it")
    func traces() throws {
        let tracker = ClassTracker()
        try tracker.trackClass(Holder.self, trace: true)
        let holder = Holder()
        try tracker.createSnapshot()
        let stats = tracker.stats
        #expect(stats.traces.count == 1)
        var text = ""
        stats.printStats(to: &text)
        #expect(text.contains("  created by\n"))
        #expect(text.contains("StatsTests"))
        tracker.close()
        withExtendedLifetime(holder) {}
    }
}
