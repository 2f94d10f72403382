import RecordReading
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingStatistics

@Suite("Loading")
struct LoadingTests {
    private let directory = TemporaryDirectory()

    private func write(_ name: String, pid: Int = 4711, start: Double = Fixture.start, _ payloads: Record.Payload...)
        throws
    {
        try directory.append(
            [Record(.header(Fixture.header(pid: pid, start: start)))] + payloads.map { Record($0) },
            to: name
        )
    }

    // MARK: Damage

    @Test("A file that is empty, foreign, newer or absent is an error that says so")
    func unreadable() throws {
        try directory.append("", to: "empty")
        try directory.append("hello\n", to: "foreign")
        try directory.append("{\"record\":\"header\",\"format\":99}\n", to: "newer")
        try write("nothing")
        for (name, error) in [
            ("empty", StatsError.unreadable(.empty(path: directory["empty"].string))),
            ("newer", .unreadable(.newerFormat(path: directory["newer"].string, found: 99, supported: 1))),
            ("absent", .unreadable(.cannotOpen(path: directory["absent"].string, errno: .noSuchFileOrDirectory))),
            ("nothing", .nothing(path: directory["nothing"].string)),
        ] {
            #expect(throws: error) { try Stats(contentsOf: directory[name]) }
            #expect(!error.description.contains("\n"))
        }
        #expect {
            try Stats(contentsOf: directory["foreign"])
        } throws: {
            if case .notRecords = ($0 as? StatsError)?.recordError { true } else { false }
        }
    }

    @Test(
        "Damage in the middle is an error with the line and the number of records before it; a failed load changes nothing"
    )
    func damage() throws {
        try write("m.jsonl", .sample(Fixture.sample(1)), .sample(Fixture.sample(2)))
        try directory.append("{\"record\":\"sam\0ple\n", to: "m.jsonl")
        try directory.append([Record(.sample(Fixture.sample(3)))], to: "m.jsonl")
        let stats = Stats(Fixture.everything)
        let error = #expect(throws: StatsError.self) { try stats.loadStats(from: directory["m.jsonl"]) }
        #expect(error?.code == .damaged && error?.line == 4 && error?.path == directory["m.jsonl"].string)
        #expect(error?.description.contains("3 records before it could be read") == true)
        #expect(stats.contents == Fixture.everything)
    }

    @Test("Cut off at any byte, a file is read up to there")
    func cutOff() throws {
        try Stats(Fixture.everything).dumpStats(to: directory["whole"])
        let text = try directory.contents(of: "whole")
        let lines = text.split(separator: "\n")
        for length in stride(from: lines[0].utf8.count + lines[1].utf8.count + 2, to: 6000, by: 97) {
            let name = "cut-\(length)"
            try directory.append(String(text.prefix(length)), to: name)
            #expect(try !Stats(contentsOf: directory[name]).contents.isEmpty)
        }
    }

    @Test("A torn line before the header of the next process is the trace of a killed one, and no damage")
    func killed() throws {
        try write("m.jsonl", .sample(Fixture.sample(1)))
        try directory.append("{\"record\":\"samp\n", to: "m.jsonl")
        try write("m.jsonl", pid: 12, start: Fixture.start + 60, .sample(Fixture.sample(1)), .sample(Fixture.sample(2)))
        let runs = try Stats.contents(ofRunsIn: directory["m.jsonl"])
        #expect(runs.map(\.header?.processID) == [4711, 12])
        #expect(try ConsoleStats.runs(contentsOf: directory["m.jsonl"]).map(\.header) == runs.map(\.header))
        #expect(runs.map(\.samples.count) == [1, 2])
        #expect(try Stats(contentsOf: directory["m.jsonl"]).header?.processID == 12)
    }

    // MARK: Sets of files

    @Test("A rolling file is one stream, oldest first; so is its directory, whatever else is in it")
    func rollingFile() throws {
        let names = RollingFileName(active: "m.jsonl")
        let snapshot = Fixture.snapshot(1, "", ["Node": (1, 100)])
        try write(
            names.rotated(number: 1, time: Fixture.start),
            .sample(Fixture.sample(1)),
            .snapshot(snapshot.announcement),
            .object(Fixture.object(7, sizes: [100]))
        )
        var later = Fixture.object(7)
        later.death = 3
        later.address = 0
        try write(names.rotated(number: 2, time: Fixture.start), .classSize(try #require(snapshot.record(of: "Node"))))
        try write("m.jsonl", .sample(Fixture.sample(2)), .object(later), .sample(Fixture.sample(3)))
        try directory.append("something else", to: "other.log")
        try directory.append("", to: "empty.jsonl")
        for path in [directory["m.jsonl"], directory.path] {
            let runs = try Stats.contents(ofRunsIn: path)
            #expect(runs.count == 1)
            #expect(runs[0].samples.samples.map(\.timestamp) == [1, 2, 3])
            #expect(runs[0].snapshots == [snapshot])
            #expect(runs[0].objects.map(\.size) == [100])
            #expect(runs[0].objects.map(\.death) == [3])
        }
    }

    @Test("Of a run whose interval was changed, the header that came last holds")
    func changedInterval() throws {
        try write("m.jsonl", .sample(Fixture.sample(1)))
        var header = Fixture.header()
        header.interval = 0.25
        try directory.append([Record(.header(header)), Record(.sample(Fixture.sample(2)))], to: "m.jsonl")
        let runs = try Stats.contents(ofRunsIn: directory["m.jsonl"])
        #expect(runs.map(\.header) == [header])
        #expect(runs.first?.samples.count == 2)
    }

    @Test("A directory without a record file is an error that says it is empty")
    func emptyDirectory() throws {
        try directory.append("something else", to: "other.log")
        #expect(throws: StatsError.unreadable(.empty(path: directory.path.string))) {
            try Stats(contentsOf: directory.path)
        }
    }

    @Test("Objects, snapshots and samples come into order, and sizes of one object together")
    func order() throws {
        var records: [Record] = [Record(.header(Fixture.header()))]
        for id in [5, 3, 9, 1, 3] as [UInt64] {
            var object = Fixture.object(id)
            let time = Double(records.count)
            object.sizes = [ObjectSize(timestamp: time, size: SizedObject(name: "Node", size: Int(id), flat: 1))]
            records.append(Record(.object(object)))
        }
        for number in [2, 1] { records.append(Record(.snapshot(Fixture.snapshot(number)))) }
        for second in [4, 2, 3] { records.append(Record(.sample(Fixture.sample(second)))) }
        try directory.append(records, to: "m.jsonl")
        let contents = try Stats(contentsOf: directory["m.jsonl"]).contents
        #expect(contents.objects.map(\.id) == [1, 3, 5, 9])
        #expect(contents.objects[1].sizes.map(\.timestamp) == [2, 5])
        #expect(contents.snapshots.map(\.number) == [1, 2])
        #expect(contents.samples.samples.map(\.timestamp) == [2, 3, 4])
    }

    @Test("A window of time leaves out the records outside of it")
    func window() throws {
        var dead = Fixture.object(1, sizes: [10, 20])
        dead.death = 2.5
        try write(
            "m.jsonl",
            .sample(Fixture.sample(1)),
            .sample(Fixture.sample(5)),
            .object(dead),
            .object(Fixture.object(2, birth: 1, sizes: [1, 2, 3, 4, 5])),
            .object(Fixture.object(3, birth: 9))
        )
        let reader = StatsReader(window: TimeWindow(since: Fixture.start + 3, until: Fixture.start + 8))
        try reader.read([directory["m.jsonl"]])
        let runs = reader.finish()
        #expect(runs[0].samples.samples.map(\.timestamp) == [5])
        #expect(runs[0].objects.map(\.id) == [2])
        #expect(runs[0].objects[0].sizes.map(\.size.size) == [3, 4, 5])
    }

    @Test("Of a class no snapshot tells of, the sizes of the objects are added up")
    func annotation() throws {
        var contents = StatsContents()
        contents.snapshots = [Fixture.snapshot(1), Fixture.snapshot(2)]
        contents.objects = [
            Fixture.object(1, sizes: [10, 20]), Fixture.object(2, "Other", sizes: [1]), Fixture.object(3, sizes: [5]),
        ]
        let stats = Stats(contents)
        stats.annotate()
        #expect(stats.snapshots[0].classes["Node"]?.sum == 15)
        #expect(stats.snapshots[0].classes["Node"]?.active == 2)
        #expect(stats.snapshots[0].classes["Other"]?.sum == 1)
        #expect(stats.snapshots[1].classes.keys.sorted() == ["Node"])
    }
}
