#if CLI
import ClassTracking
import Testing
import TrackingTestSupport

@testable import class_tracker

@Suite("The summary of a stream")
struct StreamSummaryTests {
    private func summary(_ records: [StoredRecord]) -> StreamSummary {
        var summary = StreamSummary()
        for record in records { summary.add(record) }
        return summary
    }

    @Test("A spike that lasts is listed once, as it ended")
    func merging() {
        let ended = Fixture.spike(9)
        let summary = summary([Fixture.header(), Fixture.spike(3, ended: false), ended].map { Fixture.stored($0) })
        #expect(summary.spikes.map(\.spike.state) == [.ended])
        #expect(summary.spikes.map(\.line) == [ended.jsonLine])
    }

    @Test("A spike that ended stays ended when files are read out of order")
    func outOfOrder() {
        let records = [Fixture.header(), Fixture.spike(9), Fixture.spike(3, ended: false)]
        #expect(summary(records.map { Fixture.stored($0) }).spikes.map(\.spike.state) == [.ended])
    }

    @Test("The same number in another run is another spike")
    func runs() {
        let records = [
            Fixture.header(), Fixture.spike(3), Fixture.header(pid: 4712), Fixture.spike(3),
            Fixture.spike(9, number: 2),
        ]
        let summary = summary(records.map { Fixture.stored($0) })
        #expect(summary.spikes.map(\.process) == ["service[4711]", "service[4712]", "service[4712]"])
        #expect(summary.runs == 2)
    }

    @Test("A header that a rotation repeats begins no run")
    func rotation() {
        let records = [Fixture.header(), Fixture.spike(3, ended: false), Fixture.header(), Fixture.spike(9)]
        let summary = summary(records.map { Fixture.stored($0) })
        #expect(summary.spikes.count == 1)
        #expect(summary.runs == 1)
    }

    @Test("Processes whose records are mixed are kept apart")
    func origins() {
        let summary = summary([
            Fixture.stored(Fixture.header(pid: 1), origin: "a"),
            Fixture.stored(Fixture.header(pid: 2), origin: "b"),
            Fixture.stored(Fixture.spike(3, ended: false), origin: "a"),
            Fixture.stored(Fixture.spike(4), origin: "b"),
            Fixture.stored(Fixture.spike(5), origin: "a"),
        ])
        #expect(summary.spikes.map(\.process) == ["service[1]", "service[2]"])
        #expect(summary.spikes.map(\.spike.timestamp) == [5, 4])
    }

    @Test("All commands show the same peak of a process that was killed while memory rose")
    func killed() throws {
        var snapshot = Snapshot(number: 1, timestamp: 5.5, wallTime: Fixture.wallTime + 5.5)
        snapshot.processMemory.residentSet = 512 << 20
        let records = [
            Fixture.header(), Fixture.sample(2), Fixture.spike(3, ended: false), Fixture.sample(4, peak: 300 << 20),
            Fixture.sample(5, peak: 400 << 20), Record(sequence: 6, .snapshot(snapshot)),
        ]
        let directory = TemporaryDirectory()
        directory.append(records.map { $0.jsonLine + "\n" }.joined() + "{\"record\":\"sam", to: "killed.jsonl")
        let summary = summary(records.map { Fixture.stored($0) })
        let stats = try Stats(contentsOf: directory["killed.jsonl"])
        var metrics = RunMetrics(
            owner: MetricsOwner(program: "service"),
            slot: 0,
            header: nil,
            invocation: nil,
            begin: Fixture.wallTime
        )
        var selection = ClassSelection([])
        for record in records { metrics.add(record, &selection) }
        #expect(summary.spikes.map(\.spike.peak) == [512 << 20])
        #expect(summary.spikes.map(\.spike) == stats.spikes)
        #expect(summary.spikes.first?.line.contains("\"peak_bytes\":536870912") == true)
        #expect(summary.text.contains("largest resident set 512.0 MiB"))
        #expect(metrics.spike == stats.spikes.first)
        var report = ""
        RunText(contents: stats.contents).write(to: &report)
        #expect(report.contains("spike 1 begins: peak 512.0 MiB, 480.0 MiB above normal"))
        #expect(report.contains("peak 512.0 MiB;"))
    }

    @Test("Firings that were suppressed are in the table and in the sum")
    func suppressed() {
        guard case .spike(var spike) = Fixture.spike(9, number: 2).payload else { return }
        spike.suppressed = 3
        let summary = summary([Fixture.header(), Fixture.spike(3), Record(.spike(spike))].map { Fixture.stored($0) })
        #expect(summary.text.hasPrefix("2 spikes in 0 samples, 3 firings suppressed,"))
        let table = SpikeTable.text(of: summary.spikes, showsProcess: false).split(separator: "\n")
        #expect(table.first?.hasSuffix("suppressed before") == true)
        #expect(table.last?.hasSuffix(" 3") == true)
    }

    @Test("The summary counts samples and losses, and knows the largest resident set")
    func totals() {
        let drop = Drop(
            timestamp: 3,
            wallTime: 3,
            sink: "file",
            reason: "No space left on device",
            count: 3,
            firstSequence: 3,
            lastSequence: 5
        )
        let records = [
            Fixture.header(), Fixture.sample(1), Fixture.sample(2, peak: 300 << 20), Record(.drop(drop)),
        ]
        let text = summary(records.map { Fixture.stored($0) }).text
        #expect(text == "0 spikes in 2 samples, largest resident set 300.0 MiB, 3 records dropped by the file")
        #expect(StreamSummary().text == "0 spikes in 0 samples, no records dropped")
    }
}
#endif
