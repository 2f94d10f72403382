import Glibc
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

@Suite("A journal that is not there, or does not read")
struct JournalLossTests {
    let directory = TemporaryDirectory()
    var path: FilePath { directory.appending("socket") }

    private let clock = ManualClock()

    private func sink(retry: Duration = .nanoseconds(1)) -> JournalSink {
        let configuration = JournalSink.Configuration(interval: .zero, socketPath: path.string)
        return JournalSink(configuration, retry: retry...retry, clock: clock.now)
    }

    private func notices(_ sink: JournalSink) -> [SinkNotice] {
        var notices: [SinkNotice] = []
        while let notice = sink.takeNotice() { notices.append(notice) }
        return notices
    }

    @Test("Without a socket it is told once, drops are counted, and recovery is told once")
    func absent() throws {
        let sink = sink()
        sink.receive(header())
        for number in 1...5 { sink.receive(sample(number)) }
        sink.receive(spike(6))
        #expect(sink.status.condition == .degraded("journald is not running"))
        #expect(sink.status.dropped == 5)
        #expect(
            notices(sink) == [
                SinkNotice(severity: .warning, message: "\(path): journald is not running; tried again until it works")
            ]
        )

        let journal = try FakeJournal(at: path)
        sink.receive(sample(7))
        let entries = journal.entries()
        // Header and spike were kept, in their order and before what came later.
        #expect(entries.map { $0.own("RECORD") } == ["header", "spike", "sample"])
        #expect(entries.map { $0.own("SEQ") } == ["1", "2", "3"])
        #expect(entries.map { $0.own("DROPPED") } == ["5", nil, nil])
        #expect(sink.status.condition == .working)
        #expect(sink.status.dropped == 5)
        #expect(notices(sink) == [SinkNotice(severity: .info, message: "the journal can be written again")])
        sink.receive(sample(8))
        #expect(notices(sink) == [])
    }

    @Test("A failure and a recovery between two looks are both told")
    func bothNotices() throws {
        let sink = sink()
        sink.receive(sample(1))
        let journal = try FakeJournal(at: path)
        sink.receive(sample(2))
        #expect(notices(sink).map(\.severity) == [.warning, .info])
        #expect(journal.entries().count == 1)
    }

    @Test("A socket that nobody listens on any more counts as no journald")
    func refused() throws {
        let sink = sink()
        do {
            let journal = try FakeJournal(at: path)
            sink.receive(sample(1))
            #expect(journal.entries().count == 1)
        }
        #expect(exists(path))
        sink.receive(sample(2))
        #expect(sink.status.condition == .degraded("journald is not running"))
        unlink(path.string)
        let journal = try FakeJournal(at: path)
        sink.receive(sample(3))
        #expect(journal.entries().map { $0.own("DROPPED") } == ["1"])
    }

    @Test("A look at journald writes no entry, and says why there is none to write to")
    func obstacle() throws {
        let configuration = JournalSink.Configuration(socketPath: path.string)
        #expect(JournalSink.obstacle(configuration) == "\(path): journald is not running")
        let journal = try FakeJournal(at: path)
        #expect(JournalSink.obstacle(configuration) == nil)
        #expect(journal.entries().isEmpty)
        let long = JournalSink.Configuration(socketPath: "/" + String(repeating: "x", count: 200))
        #expect(JournalSink.obstacle(long)?.contains("sending failed") == true)
    }

    @Test("A socket that is never read costs one record 50 ms, then nothing; spikes come when it is read again")
    func stalled() throws {
        let journal = try FakeJournal(at: path)
        let sink = sink(retry: .milliseconds(300))
        sink.receive(header())
        var sent = 1
        var longest: UInt64 = 0
        while sink.status.dropped == 0, sent < 2000 {
            longest = max(longest, ThreadTime.asleep { sink.receive(sample(sent)) })
            if sink.status.dropped == 0 { sent += 1 }
        }
        #expect(sink.status.reason == "journald does not read its socket (stopped, or overloaded)")
        #expect(sink.notices == 1)
        #expect((45_000_000...500_000_000).contains(longest), "asleep for \(longest) ns")
        let asleep = ThreadTime.asleep {
            for number in 0..<100 { sink.receive(sample(sent + number)) }
            for number in 0..<5 { sink.receive(spike(sent + 100 + number)) }
        }
        // If each waited it would be five seconds.
        #expect(asleep < 1_000_000_000, "asleep for \(asleep) ns for what comes during the backoff")
        #expect(sink.status.dropped == 101)

        let early = journal.entries()
        #expect(early.map { $0.own("SEQ") } == (1...sent).map(String.init))
        clock.advance(milliseconds: 350)
        // Between records, too.
        sink.maintain()
        let late = journal.entries()
        #expect(late.map { $0.own("RECORD") } == Array(repeating: "spike", count: 5))
        #expect(late.map { $0.own("SEQ") } == (sent + 1...sent + 5).map(String.init))
        #expect(late.first?.own("DROPPED") == "101")
        #expect(sink.notices == 1)
    }

    @Test("Behind a kept spike a record does not wait for the stalled journald a second time")
    func waitsOnce() throws {
        let journal = try FakeJournal(at: path)
        let sink = sink(retry: .milliseconds(20))
        var number = 0
        while sink.status.condition != .degraded("journald does not read its socket (stopped, or overloaded)") {
            number += 1
            sink.receive(spike(number))
        }
        var shortest = UInt64.max
        for _ in 0..<5 {
            clock.advance(milliseconds: 25)
            number += 1
            shortest = min(shortest, ThreadTime.asleep { sink.receive(spike(number)) })
        }
        #expect(shortest < 95_000_000, "asleep for \(shortest) ns")
        var entries = journal.entries()
        clock.advance(milliseconds: 25)
        sink.maintain()
        entries += journal.entries()
        #expect(entries.map { $0.own("RECORD_SEQ") } == (1...number).map(String.init))
    }

    @Test("No more than 32 records are kept, the others are counted")
    func keptLimit() throws {
        let sink = sink(retry: .seconds(60))
        sink.receive(header())
        for number in 1...40 { sink.receive(spike(number)) }
        #expect(sink.status.dropped == 9)
        let journal = try FakeJournal(at: path)
        // Closing is their last chance, whatever the backoff says.
        sink.close()
        let entries = journal.datagrams()
        // The queue of a socket may be shorter than what is kept; what does not fit is counted.
        #expect(entries.count + sink.status.dropped == 41)
        #expect(entries.count >= 10)
    }

    @Test("A path that is too long for a socket is refused, not cut")
    func longPath() throws {
        let long = directory.path.string + "/" + String(repeating: "x", count: 107 - directory.path.string.utf8.count)
        let cut = FilePath(String(long.dropLast()))
        let sink = JournalSink(JournalSink.Configuration(interval: .zero, socketPath: long), retry: .zero...(.zero))
        #expect(long.utf8.count == 108)
        sink.receive(sample(1))
        #expect(sink.status.reason == "sending failed: File name too long")
        #expect(!exists(cut))
    }
}

extension JournalSink {
    /// How many there are to be told.
    fileprivate var notices: Int {
        var count = 0
        while takeNotice() != nil { count += 1 }
        return count
    }
}
