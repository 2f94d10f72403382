#if CLI
import ClassTracking
import Testing

@testable import class_tracker

@Suite("What a stream comes to")
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

    @Test("Files read out of order do not bring a spike back to life")
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

    @Test("Processes whose records are mixed are told apart")
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
