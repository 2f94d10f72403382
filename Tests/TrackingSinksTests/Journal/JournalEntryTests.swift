import Glibc
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

@Suite("Journal entries")
struct JournalEntryTests {
    let directory = TemporaryDirectory()

    private func make(interval: Duration = .zero) throws -> (FakeJournal, JournalSink) {
        let journal = try FakeJournal(at: directory.appending("socket"))
        let configuration = JournalSink.Configuration(
            identifier: "tracker-test",
            interval: interval,
            socketPath: journal.path.string
        )
        return (journal, JournalSink(configuration, retry: .nanoseconds(1)...(.nanoseconds(1))))
    }

    @Test("An entry has exactly these bytes")
    func exactBytes() throws {
        let (journal, sink) = try make()
        sink.receive(header("demo"))
        sink.receive(notice(7, "all is well", component: "file"))
        let datagrams = journal.datagrams()
        #expect(datagrams.count == 2)
        let expected = """
            MESSAGE=file: all is well
            PRIORITY=4
            SYSLOG_IDENTIFIER=tracker-test
            MESSAGE_ID=912847956d074e6680e41e2815295a53
            CLASS_TRACKER_SEQ=2
            CLASS_TRACKER_PROGRAM=demo
            CLASS_TRACKER_PID=\(getpid())
            CLASS_TRACKER_RECORD=notice
            CLASS_TRACKER_RECORD_SEQ=7
            CLASS_TRACKER_T_SECONDS=7.000000
            CLASS_TRACKER_UNIX_SECONDS=1763000007.000000
            CLASS_TRACKER_SEVERITY=warning
            CLASS_TRACKER_COMPONENT=file
            CLASS_TRACKER_MESSAGE=all is well

            """
        #expect(String(decoding: datagrams.last ?? [], as: UTF8.self) == expected)
    }

    @Test("Every kind of record has its priority and message identifier, SEQ counts entries without a gap")
    func kinds() throws {
        let (journal, sink) = try make()
        let drop = Drop(
            timestamp: 3,
            wallTime: start,
            sink: "queue",
            reason: "the queue was full",
            count: 2,
            firstSequence: 2,
            lastSequence: 3
        )
        let records = [header(), sample(1), spike(4), Record(.drop(drop)), notice(5, "x"), end(6, samples: 1)]
        for record in records { sink.receive(record) }
        let entries = journal.entries()
        #expect(entries.map { $0.own("SEQ") } == ["1", "2", "3", "4", "5", "6"])
        #expect(entries.map { $0["PRIORITY"] } == ["6", "6", "4", "4", "4", "6"])
        #expect(entries.map { $0.own("RECORD") } == ["header", "sample", "spike", "drop", "notice", "end"])
        #expect(entries.map { $0["MESSAGE_ID"] } == records.map { RecordPolicy.of($0.kind).messageID?.description })
        #expect(Set(entries.map { $0["MESSAGE_ID"] }).count == 6)
        #expect(entries.allSatisfy { $0["MESSAGE"]?.isEmpty == false && $0["SYSLOG_IDENTIFIER"] == "tracker-test" })
        #expect(entries[1].own("VM_RSS_BYTES") == String(100 << 20))
        #expect(entries[2].own("EXCESS_BYTES") == String(200 << 20))
        #expect(entries[3].own("COUNT") == "2")
        #expect(sink.status.delivered == 6)
        #expect(sink.status.condition == .working)
    }

    @Test("Errors have priority 3, information 6")
    func noticePriorities() throws {
        let (journal, sink) = try make()
        for severity in [Notice.Severity.info, .warning, .error] {
            let notice = Notice(timestamp: 1, wallTime: start, severity: severity, component: "x", message: "y")
            sink.receive(Record(sequence: 1, .notice(notice)))
        }
        #expect(journal.entries().map { $0["PRIORITY"] } == ["6", "4", "3"])
    }

    @Test("No text can forge a field, whatever is in it")
    func forgery() throws {
        let (journal, sink) = try make()
        sink.receive(header(Hostile.text))
        sink.receive(hostile(1))
        let invalid = String(decoding: [0x61, 0xFF, 0xC0, 0x80, 0xED, 0xA0, 0x80, 0x62], as: UTF8.self)
        sink.receive(notice(2, invalid))
        let datagrams = journal.datagrams()
        #expect(datagrams.count == 3)
        for datagram in datagrams {
            #expect(datagram.count < 4096)
            let entry = JournalEntry(datagram[...])
            #expect(!entry.isDamaged)
            // Each once, and none that only journald may give.
            #expect(Set(entry.fields.map(\.name)).count == entry.fields.count)
            #expect(
                entry.fields.allSatisfy { field in
                    ["MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "MESSAGE_ID"].contains(field.name)
                        || field.name.hasPrefix("CLASS_TRACKER_") && field.name.count <= 64
                }
            )
            for field in entry.fields {
                let text = try #require(String(validating: field.value, as: UTF8.self))
                #expect(text.unicodeScalars.allSatisfy { $0.isPrintable }, "\(field.name)")
            }
        }
        #expect(JournalEntry(datagrams[2][...]).own("MESSAGE")?.hasPrefix("a\u{FFFD}") == true)
        #expect(
            JournalEntry(datagrams[1][...]).own("MESSAGE")?.hasPrefix("a\u{FFFD}MESSAGE=forged\u{FFFD}_PID=1") == true
        )
    }

    @Test("An entry stays below 4096 bytes, with as many of the latest points before a spike as fit")
    func size() throws {
        let (journal, sink) = try make()
        guard case .spike(var long) = spike(1).payload else { return }
        long.before = (0..<300)
            .map {
                Spike.Point(timestamp: Double($0), residentSet: (1 << 40) + $0, intervalPeak: 1 << 40)
            }
        sink.receive(header(Hostile.text))
        sink.receive(Record(sequence: 1, .spike(long)))
        let datagram = try #require(journal.datagrams().last)
        #expect(datagram.count < 4096)
        #expect(datagram.count > 3500)
        let before = try #require(JournalEntry(datagram[...]).own("BEFORE"))
        #expect(before.hasSuffix(" 299.000000:\((1 << 40) + 299):\(1 << 40)"))
    }

    // MARK: Thinning

    @Test("Samples between two that are sent are told by count, minimum, mean, maximum and peak")
    func window() throws {
        let (journal, sink) = try make(interval: .seconds(10))
        for number in 0...40 {
            let resident = number == 15 ? nil : 100 + number
            sink.receive(sample(number + 1, resident: resident, peak: number == 13 ? 900 : 200, at: Double(number)))
        }
        let entries = journal.entries()
        #expect(
            entries.map { $0.own("T_SECONDS") } == ["0.000000", "10.000000", "20.000000", "30.000000", "40.000000"]
        )
        #expect(entries[0].own("WINDOW_SAMPLES") == nil)
        #expect(entries[1].own("WINDOW_SAMPLES") == "10")
        #expect(entries[1].own("WINDOW_RSS_MIN_BYTES") == "101")
        #expect(entries[1].own("WINDOW_RSS_MEAN_BYTES") == "105")
        #expect(entries[1].own("WINDOW_RSS_MAX_BYTES") == "110")
        #expect(entries[1].own("PEAK_RSS_BYTES") == "200")
        // A sample without a figure is not a resident set of 0.
        #expect(entries[2].own("WINDOW_RSS_MIN_BYTES") == "111")
        #expect(entries[2].own("PEAK_RSS_BYTES") == "900")
        #expect(entries.map { $0.own("SEQ") } == ["1", "2", "3", "4", "5"])
    }

    @Test("Spikes are sent at once, and what was gathered before the end comes before it")
    func windowAndOthers() throws {
        let (journal, sink) = try make(interval: .seconds(10))
        sink.receive(header())
        for number in 1...4 { sink.receive(sample(number)) }
        sink.receive(spike(5))
        sink.receive(sample(6))
        sink.receive(end(7, samples: 5))
        sink.close()
        let entries = journal.entries()
        #expect(entries.map { $0.own("RECORD") } == ["header", "sample", "spike", "sample", "end"])
        #expect(entries[3].own("WINDOW_SAMPLES") == "4")
    }

    @Test("A flush sends what was gathered")
    func flush() throws {
        let (journal, sink) = try make(interval: .seconds(10))
        for number in 1...4 { sink.receive(sample(number)) }
        #expect(journal.entries().count == 1)
        sink.flush()
        #expect(journal.entries().map { $0.own("RECORD_SEQ") } == ["4"])
        sink.flush()
        #expect(journal.entries().isEmpty)
    }
}
