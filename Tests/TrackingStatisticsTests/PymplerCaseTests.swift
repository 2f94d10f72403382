import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingStatistics

// pympler's test/tracker/test_stats.py, case by case:
//
// | pympler            | what it asks for                                                  | here                       |
// |--------------------|-------------------------------------------------------------------|----------------------------|
// | test_dump          | nothing is known before loading                                   | nothingBefore              |
// | test_dump          | after dump and load the same is printed                           | samePrintAfterLoad         |
// | test_dump          | sort_stats returns itself; by size, reversed, by class and birth  | sortingAndReversing        |
// | test_dump          | an invalid key is a ValueError                                    | keys are an enum: `SortKey`|
// | test_dump          | print_stats(clsname='Bar', limit=0.5) prints a part, sorts nothing| partialPrinting            |
// | test_snapshots     | print_stats and print_summary over several snapshots              | severalSnapshots           |
// | test_merge         | referents of two objects are merged by name                       | merging                    |
// | test_html          | create_html writes pages                                          | HTMLTests                  |
// | test_charts        | charts are drawn                                                  | ChartTests, HTMLTests      |
@Suite("Cases of pympler")
struct PymplerCaseTests {
    private let directory = TemporaryDirectory()

    /// A Foo with much data and a Bar with little, sized once.
    private var fooAndBar: StatsContents {
        var contents = StatsContents()
        contents.header = Fixture.header()
        contents.snapshots = [Fixture.snapshot(1, "Footest", ["Foo": (1, 4096), "app.Bar": (1, 64)])]
        var foo = Fixture.object(1, "Foo", birth: 0.1, sizes: [4096])
        foo.sizes[0].size.referents = [SizedObject(name: "data: Array<Int>", size: 4032, flat: 4032)]
        foo.resolutionLevel = 4
        contents.objects = [foo, Fixture.object(2, "app.Bar", birth: 0.2, sizes: [64])]
        return contents
    }

    private func printed(_ stats: ConsoleStats, className: String? = nil, limit: Double? = nil) -> String {
        var text = ""
        stats.printStats(className: className, limit: limit, to: &text)
        return text
    }

    @Test("Nothing is known before something is loaded")
    func nothingBefore() {
        let stats = ConsoleStats()
        #expect(stats.index.isEmpty)
        #expect(stats.snapshots.isEmpty)
        #expect(stats.sorted.isEmpty)
        #expect(printed(stats) == "")
    }

    @Test("After dump and load the same is printed")
    func samePrintAfterLoad() throws {
        for contents in [fooAndBar, Fixture.everything] {
            let path = directory["dump.jsonl"]
            let stats = ConsoleStats(contents)
            try stats.dumpStats(to: path)
            let loaded = ConsoleStats()
            try loaded.loadStats(from: path)
            #expect(loaded.index.keys.contains(contents.objects[0].name))
            #expect(printed(loaded) == printed(stats))
            var (before, after) = ("", "")
            stats.printSummary(to: &before)
            loaded.printSummary(to: &after)
            #expect(before == after)
        }
    }

    @Test("Sorting and reversing return the statistics themselves")
    func sortingAndReversing() {
        let stats = ConsoleStats(fooAndBar)
        #expect(stats.sortStats(by: .size) === stats)
        #expect(stats.sorted.map(\.name) == ["Foo", "app.Bar"])
        #expect(stats.reverseOrder() === stats)
        #expect(stats.sorted.map(\.name) == ["app.Bar", "Foo"])
        stats.sortStats(by: .className, .birth)
        #expect(stats.sorted.map(\.name) == ["Foo", "app.Bar"])
    }

    @Test("A part of the objects of one class is printed, and the sorted objects stay complete")
    func partialPrinting() {
        let stats = ConsoleStats(fooAndBar)
        let all = printed(stats)
        stats.sortStats()
        let part = printed(stats, className: "Bar", limit: 0.5)
        #expect(stats.sorted.count == 2)
        #expect(part.hasPrefix("app.Bar "))
        #expect(part.utf8.count < all.utf8.count)
    }

    @Test("Statistics of several snapshots, with objects that come and go")
    func severalSnapshots() {
        var contents = StatsContents()
        contents.snapshots = [
            Fixture.snapshot(1), Fixture.snapshot(2, "", ["Foo": (1, 64)]),
            Fixture.snapshot(3, "", ["Foo": (2, 128), "FooNew": (1, 48)]),
            Fixture.snapshot(4, "", ["Foo": (2, 128), "FooNew": (1, 48), "Bar": (0, 0)]),
        ]
        var gone = Fixture.object(4, "Bar", birth: 3.5)
        gone.address = 0
        gone.death = 3.6
        contents.objects = [Fixture.object(1, "Foo", sizes: [0, 64, 64, 64]), gone]
        let stats = ConsoleStats(contents)
        #expect(stats.trackedClasses == ["Bar", "Foo", "FooNew"])
        var summary = ""
        stats.printSummary(to: &summary)
        #expect(summary.split(separator: "\n").filter { $0.contains("active") }.count == 4)
        #expect(printed(stats).contains("( free )"))
    }

    @Test("Referents of the objects of one class are merged by name")
    func merging() {
        var contents = StatsContents()
        contents.snapshots = [Fixture.snapshot(1, "Merge test")]
        for (id, names) in [(1, ["a"]), (2, ["a", "b"])] as [(UInt64, [String])] {
            var object = Fixture.object(id, "Foo", sizes: [1000 * Int(id)])
            object.sizes[0].size.referents = names.map { SizedObject(name: $0, size: 100 * Int(id), flat: 16) }
            contents.objects.append(object)
        }
        let merged = Stats(contents).annotate().snapshots[0].classes["Foo"]?.merged
        #expect(merged?.size == 3000)
        #expect(merged?.referents.map(\.name) == ["a", "b"])
        #expect(merged?.referents.map(\.size) == [300, 200])
    }
}
