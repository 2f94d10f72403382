import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingStatistics

@Suite("Snapshots in few bytes")
struct TableTests {
    /// Snapshots with common sizes and with sizes that do not fit into a row.
    private var snapshots: [Snapshot] {
        (1...6)
            .map { number in
                var snapshot = Fixture.snapshot(number, "s", ["a": (1, 100), "b": (2, 1 << 40), "c": (0, 0)])
                let total = Double(snapshot.total)
                snapshot.classes["a"]?.percentage = 100.0 * 100 / total
                // As a record has it, with six decimals.
                snapshot.classes["b"]?.percentage = 102_400
                snapshot.classes["c"]?.percentage = 12.5
                snapshot.classes["b"]?.unsized = number
                var odd = ClassSize()
                odd.active = -1
                odd.created = 1 << 40
                odd.destroyed = 7
                odd.merged = SizedObject(name: "odd", size: number, flat: 1, referents: [])
                snapshot.classes["odd"] = odd
                return snapshot
            }
    }

    @Test("A snapshot is read back as it was added, also through records")
    func roundTrip() throws {
        #expect(SnapshotTable(snapshots).snapshots == snapshots)
        let directory = TemporaryDirectory()
        try directory.append([Record(.header(Fixture.header()))] + snapshots.flatMap(Fixture.stream), to: "m.jsonl")
        let read = try Stats(contentsOf: directory["m.jsonl"]).snapshots
        #expect(read.map { $0.classes.mapValues(\.sum) } == snapshots.map { $0.classes.mapValues(\.sum) })
        #expect(read[3].classes["odd"] == snapshots[3].classes["odd"])
    }

    @Test("A repeated size replaces the one before, at any snapshot")
    func replacing() {
        var table = SnapshotTable(snapshots)
        var size = ClassSize()
        size.sum = 5
        for position in [5, 0, 3] { table.set(size, of: "odd", at: position) }
        table.replace(2, by: snapshots[2])
        table.set(size, of: "a", at: 4)
        table.set(size, of: "new", at: 1)
        var expected = snapshots
        for position in [5, 0, 3] { expected[position].classes["odd"] = size }
        expected[4].classes["a"] = size
        expected[1].classes["new"] = size
        #expect(table.snapshots == expected)
        table.forgetReferents(of: "odd", at: 1)
        expected[1].classes["odd"]?.merged = nil
        #expect(table.snapshots == expected)
    }

    @Test("Forgotten snapshots are counted, and the others stay as they were")
    func forgetting() {
        var table = SnapshotTable(snapshots)
        table.forget(1)
        table.forget(1)
        table.forget(2)
        #expect(table.snapshots == [snapshots[0], snapshots[3], snapshots[5]])
        #expect(table.indices.map { table.gap(before: $0) } == [0, 2, 1])
        var size = ClassSize()
        size.sum = 5
        for position in table.indices { table.set(size, of: "a", at: position) }
        #expect(table.snapshots.map { $0.classes["a"]?.sum } == [5, 5, 5])
        #expect(table.snapshots.map(\.classes.count) == [4, 4, 4])
    }

    @Test("For a summary only some snapshots are kept, and it reads like one of all")
    func summary() throws {
        let directory = TemporaryDirectory()
        var records = [Record(.header(Fixture.header()))]
        for number in 1...200 {
            let classes = ["Node": (number, number == 77 ? 1 << 30 : number), "only\(number % 3)": (1, 1)]
            records += Fixture.stream(of: Fixture.snapshot(number, "", classes))
            records.append(Record(.object(Fixture.object(UInt64(number), "Object", sizes: [number]))))
        }
        try directory.append(records, to: "m.jsonl")
        func summary(_ detail: ReadingDetail) throws -> (StatsContents, String) {
            let reader = StatsReader(detail: detail)
            try reader.read([directory["m.jsonl"]])
            let stats = ConsoleStats(try #require(reader.finish().first))
            var text = ""
            stats.printSummary(limit: 6, to: &text)
            return (stats.contents, text)
        }
        let (all, long) = try summary(.full)
        let (few, short) = try summary(.summary(snapshots: 6))
        #expect(short == long)
        #expect(all.table.count == 200 && few.table.count == 8)
        #expect(all.objects.count == 200 && few.objects.isEmpty && few.omittedObjects == 200)
    }

    @Test("For a page an object keeps its largest size, and a class its latest referents")
    func charts() throws {
        let directory = TemporaryDirectory()
        var object = Fixture.object(1, "odd", sizes: [10, 900, 20])
        let records = [Record(.header(Fixture.header()))] + snapshots.flatMap(Fixture.stream)
        try directory.append(records + [Record(.object(object))], to: "m.jsonl")
        object.sizes = [ObjectSize(timestamp: 9, size: SizedObject(name: "odd", size: 30, flat: 1))]
        try directory.append([Record(.object(object))], to: "m.jsonl")
        let reader = StatsReader(detail: .charts)
        try reader.read([directory["m.jsonl"]])
        let contents = try #require(reader.finish().first)
        #expect(contents.objects.map { $0.sizes.map(\.size.size) } == [[900]])
        #expect(contents.snapshots.map { $0.classes["odd"]?.merged?.size } == [nil, nil, nil, nil, nil, 6])
    }
}
