import Testing
import TrackingRecords

@testable import TrackingStatistics

@Suite("Statistics on the console")
struct ConsoleTests {
    private func summary(_ contents: StatsContents, className: String? = nil, limit: Int? = nil) -> [String] {
        var text = ""
        ConsoleStats(contents).printSummary(className: className, limit: limit, to: &text)
        return text.split(separator: "\n").map(String.init)
    }

    private func stats(_ contents: StatsContents, className: String? = nil, limit: Double? = nil) -> [String] {
        var text = ""
        ConsoleStats(contents).printStats(className: className, limit: limit, to: &text)
        return text.split(separator: "\n").map(String.init)
    }

    @Test("The summary has the layout of pympler's manual, and explains its percentages")
    func layout() {
        #expect(
            summary(Fixture.everything) == [
                "---- SUMMARY ------------------------------------------------------------------",
                "alpha (1.000s)                           active        344 B      average   pct",
                "  Factory                                     1        344 B        344 B    0%",
                "  app.Employee                                0          0 B          0 B    0%",
                "  100% = 976.6 KiB resident; 1.0 GiB virtual",
                "2.000s                                   active    200.1 KiB      average   pct",
                "  Factory                                     1      4.8 KiB      4.8 KiB    0%",
                "  app.Employee                             1000    195.4 KiB        200 B   20%",
                "  100% = 976.6 KiB resident; 1.0 GiB virtual",
                "-------------------------------------------------------------------------------",
            ]
        )
    }

    @Test("Long names and large numbers keep the columns at 79")
    func widths() {
        var contents = StatsContents()
        let names = [
            String(repeating: "Module.", count: 20) + "End", "Exactly.Thirty.Three.Columns.Wide", "Größe\u{1B}[2J",
        ]
        var classes: [String: (Int, Int)] = [:]
        for name in names { classes[name] = (1_234_567, 1 << 45) }
        contents.snapshots = [Fixture.snapshot(1, String(repeating: "x", count: 99), classes)]
        contents.snapshots[0].processMemory.residentSet = 1 << 45
        let rows = summary(contents).filter { !$0.contains("100% =") }
        #expect(rows.allSatisfy { $0.count == 79 }, "\(rows)")
        #expect(rows.contains { $0.contains(".End") })
        #expect(!rows.joined().contains("\u{1B}"))
    }

    @Test("Of many names those that never had an instance are left out, and counted")
    func withoutInstances() {
        var classes: [String: (Int, Int)] = [:]
        for number in 1...9 { classes["Class\(number)"] = (0, 0) }
        var contents = StatsContents()
        contents.snapshots = [Fixture.snapshot(1, "first", classes), Fixture.snapshot(2, "second", classes)]
        // If no class had an instance, all of them are shown.
        #expect(summary(contents).count { $0.contains("Class") } == 18)
        contents.snapshots[1].classes["Class7"]?.active = 3
        let rows = summary(contents)
        #expect(rows.filter { $0.contains("Class") }.map { String($0.prefix(8)) } == ["  Class7", "  Class7"])
        #expect(rows[1] == "8 classes without any instance are left out")
        #expect(summary(contents, className: "Class1").count { $0.contains("Class1") } == 2)
    }

    @Test("Figures that are not known are left out")
    func unknown() {
        var contents = Fixture.everything
        contents.snapshots[0].heapTotal = 500_000
        contents.snapshots[1].processMemory = ProcessMemory()
        contents.snapshots[1].unsized = 2
        let notes = summary(contents).filter { $0.contains("100% =") }
        #expect(
            notes == [
                "  100% = 976.6 KiB resident; 1.0 GiB virtual; 488.3 KiB heap in use",
                "  100% = 200.1 KiB tracked; 2 not sized",
            ]
        )
    }

    @Test("Of many snapshots the first, the largest and the latest are shown")
    func manySnapshots() {
        var contents = StatsContents()
        contents.snapshots = (1...10).map { Fixture.snapshot($0, "", ["Node": (1, $0 == 4 ? 9999 : $0)]) }
        let shown = summary(contents, limit: 4)
        #expect(
            shown.compactMap { $0.contains("active") ? $0.split(separator: " ")[0] : nil } == [
                "1.000s", "4.000s", "9.000s", "10.000s",
            ]
        )
        #expect(shown.filter { $0.contains("more snapshots") } == ["  ... 2 more snapshots", "  ... 4 more snapshots"])
        #expect(summary(contents, className: "none").filter { $0.contains("Node") } == [])
    }

    @Test("Snapshots of times when nothing was tracked have one line, and no row of a class")
    func untracked() {
        var contents = StatsContents()
        contents.snapshots = [
            Fixture.snapshot(3), Fixture.snapshot(4, "login"), Fixture.snapshot(5, "", ["Node": (2, 64)]),
            Fixture.snapshot(6),
        ]
        #expect(
            summary(contents) == [
                "---- SUMMARY ------------------------------------------------------------------",
                "  ... 2 earlier snapshots",
                "3.000s                                 976.6 KiB resident;      1.0 GiB virtual",
                "login (4.000s)                         976.6 KiB resident;      1.0 GiB virtual",
                "5.000s                                   active         64 B      average   pct",
                "  Node                                        2         64 B         32 B    0%",
                "  100% = 976.6 KiB resident; 1.0 GiB virtual",
                "6.000s                                   active          0 B      average   pct",
                "  Node                                        0          0 B          0 B    0%",
                "  100% = 976.6 KiB resident; 1.0 GiB virtual",
                "-------------------------------------------------------------------------------",
            ]
        )
    }

    @Test("Without any object, the samples and spikes of the process are printed")
    func process() {
        var contents = StatsContents()
        #expect(stats(contents).isEmpty)
        for second in 1...3 { contents.samples.add(Fixture.sample(second, resident: second << 20)) }
        var spike = Spike(
            number: 3,
            timestamp: 2,
            wallTime: 2,
            begin: 1,
            baseline: 1 << 20,
            peak: 9 << 20,
            threshold: 1
        )
        spike.state = .ongoing
        contents.events = [Record(.spike(spike))]
        #expect(
            stats(contents) == [
                "3 samples: resident 1.0 MiB to 3.0 MiB, mean 2.0 MiB, peak 9.0 MiB; virtual up to 1.0 GiB",
                "  ... 2 earlier spikes",
                "  memory spike 3 begins: peak 9.0 MiB, 8.0 MiB above the normal 1.0 MiB",
            ]
        )
        contents.objects = [Fixture.object(1)]
        #expect(!stats(contents).contains { $0.contains("samples") })
    }

    @Test("An object is printed with birth, sizes, referents by percentage and level, and the stack that created it")
    func objects() {
        let lines = stats(Fixture.everything)
        #expect(
            lines.prefix(7) == [
                "Factory                          0x1010         Factory #1",
                "  00:00:00.25                    born",
                "  00:00:01.00                    344 B",
                "  00:00:02.00                    4.8 KiB",
                "    employees                                      4.7 KiB         98% [1]",
                "      [0]\u{FFFD}é                                        96 B             1% [2]",
                "app.Employee                     0x1020         Employee #2",
            ]
        )
        #expect(
            lines.suffix(6) == [
                "app.Employee                     ( free )       Employee #3", "  created by",
                "    populate() at Factory.swift:12", "    0x20", "  00:00:01.50                    born",
                "  00:00:01.75                    died",
            ]
        )
    }

    @Test(
        "A limit is a number of objects, or a part of them and at least one",
        arguments: [(nil, 10), (3, 3), (0.5, 5), (0.01, 1), (0, 0), (99, 10), (1, 1), (-1, 0)] as [(Double?, Int)]
    )
    func limits(limit: Double?, count: Int) {
        var contents = StatsContents()
        contents.objects = (1...10).map { Fixture.object($0) }
        #expect(stats(contents, limit: limit).filter { $0.contains("#") }.count == count)
    }

    @Test(
        "A name is meant by a part of it, or by a pattern for the whole of it",
        arguments: [
            ("Node", true), ("MyApp", true), ("", true), ("node", false), ("MyApp.*", true), ("*Node", true),
            ("Node*", false),
            ("My?pp.*d?", true), ("*.*.*", false), ("**", true), ("?", false),
        ]
    )
    func filters(pattern: String, isMeant: Bool) {
        #expect(NameFilter(pattern).matches("MyApp.Node") == isMeant)
    }

    @Test("Every key sorts: sizes descending, everything else ascending")
    func sorting() {
        var contents = StatsContents()
        contents.snapshots = [Fixture.snapshot(1, "", ["a": (1, 500)]), Fixture.snapshot(2, "", ["a": (1, 100)])]
        var first = Fixture.object(1, "b", birth: 3, sizes: [10, 90])
        first.death = 5
        var second = Fixture.object(2, "a", birth: 2, sizes: [30, 50])
        second.className = "z"
        var third = Fixture.object(3, "c", birth: 1, sizes: [20, 40])
        third.className = "y"
        third.death = 4
        third.address = 0
        contents.objects = [first, second, third]
        let stats = Stats(contents)
        let expected: [SortKey: [UInt64]] = [
            .className: [2, 1, 3], .name: [1, 3, 2], .birth: [3, 2, 1], .death: [3, 1, 2], .size: [1, 2, 3],
            .trackedSize: [2, 3, 1], .representation: [1, 3, 2],
        ]
        for key in SortKey.allCases { #expect(stats.sortStats(by: key).sorted.map(\.id) == expected[key], "\(key)") }
        contents.objects = (1...100).map { Fixture.object($0, $0 % 2 == 0 ? "a" : "b", sizes: [Int($0 % 5)]) }
        let many = Stats(contents).sortStats(by: .className, .size).sorted
        #expect(many.prefix(3).map(\.id) == [4, 14, 24])
        #expect(many[50].id == 9)
    }
}
