#if Logging
import InMemoryLogging
import Logging
import Testing
import TrackingRecords

@testable import TrackingSinks

@Suite("The agent's words in a log")
struct LogSinkTests {
    @Test("Spikes, notices and losses are logged with their values as metadata, single objects are not")
    func words() throws {
        let handler = InMemoryLogHandler()
        var logger = Logger(label: "test") { _ in handler }
        logger.logLevel = .trace
        let sink = LogSink(logger)
        sink.receive(sample(1))
        for record in records(of: snapshot(1, classes: 5)) { sink.receive(record) }
        sink.receive(Record(sequence: 2, object(1)))
        sink.receive(spike(3))
        let notice = Notice(timestamp: 1, wallTime: 1, severity: .error, component: "file", message: "No space.")
        sink.receive(Record(.notice(notice)))
        sink.receive(end(4, samples: 9))
        let entries = handler.entries
        #expect(entries.map(\.level) == [.trace, .debug, .warning, .error, .info])
        #expect(entries[0].metadata["memory.resident_bytes"] == "\(100 << 20)")
        #expect(entries[2].message == "Memory spike")
        #expect(entries[2].metadata["memory.excess_bytes"] == "\(200 << 20)")
        #expect(entries[3].message == "No space.")
        #expect(entries[4].metadata["samples"] == "9")
        #expect(sink.status.delivered == 5)
        sink.close()
    }

    @Test("The level of spikes is the caller's")
    func level() {
        let handler = InMemoryLogHandler()
        let sink = LogSink(Logger(label: "test") { _ in handler }, spikeLevel: .info)
        sink.receive(spike(1))
        sink.receive(sample(2))
        #expect(handler.entries.map(\.level) == [.info])
    }
}
#endif
