import Glibc
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingStatistics

@Suite("Dumps")
struct DumpTests {
    private let directory = TemporaryDirectory()

    @Test("A dump has everything, and loaded and dumped again it is the same byte for byte")
    func roundTrip() throws {
        let first = directory["first.jsonl"]
        try Stats(Fixture.everything).dumpStats(to: first)
        let loaded = try Stats(contentsOf: first)
        try loaded.dumpStats(to: directory["second.jsonl"])
        #expect(try directory.contents(of: "first.jsonl") == directory.contents(of: "second.jsonl"))
        let contents = loaded.contents
        #expect(contents.snapshots == Fixture.everything.snapshots)
        #expect(contents.objects.map(\.id) == [1, 2, 3])
        #expect(contents.objects[0].sizes == Fixture.everything.objects[0].sizes)
        #expect(contents.traces == Fixture.everything.traces)
        #expect(contents.history["app.Employee"]?.count == 20_000)
        #expect(contents.events == Fixture.everything.events)
        #expect(contents.samples.count == 2)
        #expect(contents.spikes.map(\.state) == [.ended])
        #expect(directory.names == ["first.jsonl", "second.jsonl"])
    }

    @Test("Thinned samples keep their number, their extremes and their mean, also in a dump of a dump")
    func thinning() throws {
        var contents = StatsContents()
        contents.header = Fixture.header()
        for second in 1...20_001 {
            let resident = second == 12_345 ? 1 << 30 : second == 777 ? 4096 : 10 << 20
            contents.samples.add(Fixture.sample(second, resident: resident, peak: second == 9000 ? 1 << 31 : nil))
        }
        for name in ["first.jsonl", "second.jsonl"] {
            #expect(contents.samples.samples.count <= SampleSeries.limit)
            #expect(contents.samples.count == 20_001)
            #expect(contents.samples.smallestResidentSet == 4096)
            #expect(contents.samples.largestResidentSet == 1 << 30)
            #expect(contents.samples.peak == 1 << 31)
            #expect(contents.samples.largestVirtualSize == 1 << 31)
            let mean = ((10 << 20) * 19_999 + (1 << 30) + 4096) / 20_001
            #expect(abs((contents.samples.meanResidentSet ?? 0) - mean) <= 1)
            try Stats(contents).dumpStats(to: directory[name])
            contents = try Stats(contentsOf: directory[name]).contents
        }
        #expect(try directory.contents(of: "first.jsonl") == directory.contents(of: "second.jsonl"))
    }

    @Test("A symbolic link is replaced, and its target stays as it is")
    func symbolicLink() throws {
        try directory.append("precious\n", to: "target")
        symlink(directory["target"].string, directory["link"].string)
        try Stats(Fixture.everything).dumpStats(to: directory["link"])
        #expect(try directory.contents(of: "target") == "precious\n")
        #expect(try Stats(contentsOf: directory["link"]).contents.objects.count == 3)
    }

    @Test("A dump that cannot be written is an error, and leaves no file behind")
    func failure() throws {
        let stats = Stats(Fixture.everything)
        let missing = directory["none/x.jsonl"]
        #expect(
            throws: StatsError.cannotWrite(path: missing.string, operation: "opening", errno: .noSuchFileOrDirectory)
        ) {
            try stats.dumpStats(to: missing)
        }
        #expect(throws: StatsError.cannotWrite(path: directory.path.string, operation: "opening", errno: .isDirectory))
        {
            try stats.dumpStats(to: directory.path)
        }
        mkfifo(directory["pipe"].string, 0o600)
        #expect(throws: StatsError.self) { try stats.dumpStats(to: directory["pipe"]) }
        #expect(directory.names == ["pipe"])
    }
}
