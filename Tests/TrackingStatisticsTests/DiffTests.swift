import Testing
import TrackingRecords

@testable import TrackingStatistics

@Suite("Comparing snapshots")
struct DiffTests {
    /// Makes a run from the bytes of each class, one number a snapshot.
    private func run(_ bytes: [String: [Int]], pid: Int = 4711) -> Stats {
        var contents = StatsContents()
        contents.header = Fixture.header(pid: pid)
        let count = bytes.values.map(\.count).max() ?? 0
        contents.snapshots = (0..<count)
            .map { index in
                let classes = bytes.filter { index < $0.value.count }.mapValues { ($0[index] / 10, $0[index]) }
                var snapshot = Fixture.snapshot(index + 1, index == 1 ? "login" : "", classes)
                for name in classes.keys {
                    snapshot.classes[name]?.created = 5
                    snapshot.classes[name]?.destroyed = 2
                }
                return snapshot
            }
        return Stats(contents)
    }

    @Test("Classes are ranked by growth, new ones and gone ones among them, with births and deaths")
    func changes() throws {
        let diff = try run([
            "Flat": [50, 50, 50], "Up": [10, 20, 40], "Down": [90, 50, 10], "Gone": [30], "New": [0, 0, 500],
        ])
        .diff()
        #expect(diff.classes.map(\.name) == ["New", "Up", "Flat", "Gone", "Down"])
        #expect(diff.classes.map(\.bytes) == [500, 30, 0, -30, -80])
        #expect(diff.classes.map(\.instances) == [50, 3, 0, -3, -8])
        #expect(diff.classes.map(\.created) == [10, 10, 10, 0, 10])
        #expect(diff.classes.map(\.destroyed) == [4, 4, 4, 0, 4])
        #expect(diff.classes[3].after == nil)
    }

    @Test("Snapshots are named by description, time or number; the error for an unknown name lists some known ones")
    func labels() throws {
        let stats = run(["Up": [10, 20, 40, 80]])
        #expect(try stats.diff(from: "login", to: "#3").classes[0].bytes == 20)
        #expect(try stats.diff(from: "3.000s").classes[0].bytes == 40)
        #expect(try stats.diff(from: "login (2.000s)").before.number == 2)
        #expect(throws: StatsError.noSnapshot("nope", known: ["login (2.000s)", "3.000s", "4.000s"])) {
            try stats.diff(to: "nope")
        }
        #expect(throws: StatsError.noSnapshot(nil, known: [])) { try Stats().diff() }
    }

    @Test("Of two dumps the last snapshots are compared; births and deaths are known within one run only")
    func dumps() throws {
        let (early, late) = (run(["Up": [10, 20]]), run(["Up": [10, 20, 40, 80]]))
        let same = try early.diff(to: late)
        #expect(same.isOneRun)
        #expect(
            same.classes == [
                ClassChange(
                    name: "Up",
                    before: early.snapshots[1].classes["Up"],
                    after: late.snapshots[3].classes["Up"],
                    created: 10,
                    destroyed: 4
                )
            ]
        )
        let other = try early.diff(to: run(["Up": [70]], pid: 1))
        #expect(!other.isOneRun)
        #expect(other.classes[0].bytes == 50)
        #expect(other.classes[0].created == nil)
        #expect(other.suspects == [])
    }

    @Test("Where a snapshot in between is missing, births and deaths are not known")
    func missingSnapshot() throws {
        let stats = run(["Up": [10, 20, 40]])
        stats.contents.snapshots.remove(at: 1)
        #expect(try stats.diff().classes[0].created == nil)
    }

    @Test("A class that grows and does not come back is a suspect, with the snapshots that show it")
    func leak() {
        let steady = (0..<64).map { 1000 + $0 * 10 }
        // This class shrinks now and then, but each time to more than before.
        let sawTooth = (0..<64).map { 1000 + $0 * 10 + ($0 % 8) * 300 }
        let suspects = run(["Steady": steady, "SawTooth": sawTooth]).leakSuspects()
        #expect(suspects.map(\.name) == ["SawTooth", "Steady"] || suspects.map(\.name) == ["Steady", "SawTooth"])
        #expect(suspects.allSatisfy { $0.evidence.count == 8 && $0.snapshots == 64 && $0.bytes == 560 })
    }

    @Test("A class that goes up and down, fills up once, or shrinks is no suspect")
    func innocent() {
        let suspects = run([
            "Wave": (0..<64).map { $0 % 16 * 100 }, "Cache": (0..<64).map { min($0, 12) * 100 },
            "Shrinks": (0..<64).map { 6400 - $0 * 100 }, "Flat": Array(repeating: 77, count: 64),
            "Noise": (0..<64).map { ($0 * 7919 + 13) % 101 * 10 },
        ])
        .leakSuspects()
        #expect(suspects == [])
        #expect(run(["Two": [10, 20]]).leakSuspects() == [])
    }

    @Test("A class that began to grow later is found in the later part")
    func lateLeak() {
        let suspects = run(["Late": (0..<64).map { 500 + max(0, $0 - 30) * 10 }]).leakSuspects()
        #expect(suspects.map(\.name) == ["Late"])
        #expect(suspects[0].snapshots == 32)
    }

    @Test("Snapshots that follow each other closely around a spike do not hide a leak")
    func crowdedSnapshots() {
        // One snapshot a second, and ten within the fifth second, when nothing grew.
        let times = (0..<5).map(Double.init) + (1...10).map { 4 + Double($0) / 20 } + (5..<20).map(Double.init)
        let stats = run(["Up": times.map { 1000 + Int($0) * 10 }])
        for (position, time) in times.enumerated() { stats.contents.snapshots[position].timestamp = time }
        let suspects = stats.leakSuspects()
        #expect(suspects.map(\.name) == ["Up"])
        #expect(suspects.first?.evidence.map(\.timestamp) == [0, 3, 5, 8, 10, 12, 15, 17])
        // With a long gap, the spans have equal numbers of snapshots, and the later half shows the growth.
        stats.contents.snapshots[29].timestamp = 1000
        #expect(stats.leakSuspects().map(\.snapshots) == [15])
        #expect(run(["Up": [1, 2, 3, 4, 5, 6, 7, 8, 9]]).leakSuspects().count == 1)
    }

    @Test("A suspect has the stacks that created most of its live objects")
    func sites() {
        let stats = run(["Up": (0..<8).map { 100 + $0 * 10 }])
        for number in 1...5 {
            stats.contents.traces[number] = InstantiationTrace(id: number, frames: [TraceFrame(address: UInt(number))])
        }
        for id in 1...20 as ClosedRange<UInt64> {
            var object = Fixture.object(id, "Up", birth: id == 20 ? 0.1 : 2)
            object.trace = id <= 10 ? 2 : id <= 16 ? 1 : 3
            if id == 1 { object.death = 3 }
            stats.contents.objects.append(object)
        }
        let sites = stats.leakSuspects()[0].sites
        #expect(sites.map(\.trace.id) == [2, 1, 3])
        #expect(sites.map(\.instances) == [9, 6, 3])
    }

    @Test("The text has 79 columns and shows what leaks")
    func text() throws {
        let diff = try run(["Up": [10, 20, 40, 8000], "Long.\(String(repeating: "x", count: 60))": [0, 1, 2, 3]]).diff()
        var text = ""
        diff.print(limit: 1, to: &text)
        let lines = text.split(separator: "\n")
        #expect(lines[0].count == 79)
        #expect(lines[3] == "                                 growth        bytes  instances     new    gone")
        #expect(lines[4] == "  Up                           +7.8 KiB      7.8 KiB       +799      15       6")
        #expect(lines[5] == "  ... 1 more")
        #expect(text.contains("May leak: Up\n"))
        #expect(lines.allSatisfy { $0.count <= 79 })
    }
}
