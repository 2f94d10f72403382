import Glibc
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

/// Against a systemd-journald of the test's own, which `Tests/EndToEnd/with-journald` starts.
@Suite(
    "A real journald",
    .serialized,
    .enabled(if: Machine.hasJournald, "needs Tests/EndToEnd/with-journald"),
    .timeLimit(.minutes(20))
)
struct JournaldTests {
    /// What `journalctl` selects this test's entries by.
    let identifier = "tracker-\(monotonicNanoseconds())"

    private func sink(
        retry: Duration = .nanoseconds(1),
        clock: @escaping MonotonicClock = monotonicNanoseconds
    ) -> JournalSink {
        let configuration = JournalSink.Configuration(identifier: identifier, interval: .zero)
        return JournalSink(configuration, retry: retry...retry, clock: clock)
    }

    /// What a sink with this test's identifier sends for the records, field by field.
    private func fields(of records: [Record]) throws -> [JournalEntry] {
        let directory = TemporaryDirectory()
        let journal = try FakeJournal(at: directory.appending("socket"))
        let configuration = JournalSink.Configuration(
            identifier: identifier,
            interval: .zero,
            socketPath: journal.path.string
        )
        let sink = JournalSink(configuration, retry: .zero...(.zero))
        for record in records { sink.receive(record) }
        return journal.entries()
    }

    private func journalctl(_ arguments: String...) throws -> String {
        try Child.spawn("journalctl", ["--sync"]).finish()
        let all = ["--quiet", "--all", "--no-pager"] + arguments + ["SYSLOG_IDENTIFIER=\(identifier)"]
        return try Child.spawn("journalctl", all).finish().output
    }

    private func entries() throws -> [JournalEntry] {
        JournalEntry.exported(Array(try journalctl("--output=export").utf8))
    }

    /// Sends an entry as every other program does.
    private func sendWithLibsystemd(_ entry: JournalEntry) throws {
        typealias Send = @convention(c) (UnsafePointer<iovec>, Int32) -> Int32
        let library = try #require(dlopen("libsystemd.so.0", RTLD_NOW), "libsystemd is not installed")
        let symbol = try #require(dlsym(library, "sd_journal_sendv"))
        let parts = entry.fields.map { Array(($0.name + "=").utf8) + $0.value }
        let buffers = parts.map { part in
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: part.count, alignment: 1)
            buffer.copyBytes(from: part)
            return buffer
        }
        defer { for buffer in buffers { buffer.deallocate() } }
        let vectors = buffers.map { iovec(iov_base: $0.baseAddress, iov_len: $0.count) }
        #expect(unsafeBitCast(symbol, to: Send.self)(vectors, Int32(vectors.count)) == 0)
    }

    private func control(_ command: String) throws {
        let script = try #require(Machine.journaldControl)
        #expect(try Child.spawn("bash", [script, command]).finish().code == 0, "journald: \(command)")
    }

    @Test("What is read back is what was sent, and equal to what libsystemd sends, field by field")
    func equalToLibsystemd() throws {
        var described = snapshot(7, classes: 1, isPeriodic: false)
        described.description = "after login"
        let records =
            [header("demo"), sample(1, peak: 200 << 20), spike(2), hostile(3)] + records(of: described)
            + [end(4, samples: 1)]
        let sent = try fields(of: records)
        let sink = sink()
        for record in records { sink.receive(record) }
        sink.close()
        for entry in sent { try sendWithLibsystemd(entry) }
        let read = try entries()
        try #require(read.count == 14)
        // The trusted fields that say who sent it; the others are times and positions.
        let who: Set = ["_PID", "_UID", "_GID", "_COMM", "_EXE", "_CMDLINE", "_TRANSPORT", "_BOOT_ID", "_HOSTNAME"]
        func comparable(_ entry: JournalEntry) -> [String] {
            entry.fields.filter { !$0.name.hasPrefix("_") || who.contains($0.name) }
                .map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self))" }.sorted()
        }
        for (index, entry) in sent.enumerated() {
            let (ours, theirs) = (read[index], read[index + 7])
            #expect(!ours.isDamaged)
            #expect(comparable(ours) == comparable(theirs))
            let own = ours.fields.filter { !$0.name.hasPrefix("_") }
                .map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self))" }
            let wanted = entry.fields.map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self))" }
            #expect(own.sorted() == wanted.sorted())
        }
        #expect(read[0]["_PID"] == String(getpid()))
        #expect(read[0]["_TRANSPORT"] == "journal")
    }

    @Test("A name with newlines, control characters and what looks like fields arrives as one clean field")
    func hostileNames() throws {
        let sink = sink()
        sink.receive(header(Hostile.text))
        sink.receive(hostile(1))
        sink.close()
        let json = try journalctl("--output=json").split(separator: "\n")
        #expect(json.count == 2)
        // A value that cannot be printed, and a field that is there twice, would be an array.
        #expect(json.allSatisfy { !$0.contains("\":[") && !$0.contains("\":null") })
        for entry in try entries() {
            #expect(entry["_PID"] == String(getpid()))
            #expect(entry.fields.count { $0.name == "MESSAGE" } == 1)
            #expect(entry["MESSAGE"]?.contains("MESSAGE=forged") == true)
            #expect(entry.own("PROGRAM")?.unicodeScalars.allSatisfy { $0.isPrintable } == true)
        }
        // The terminal of whoever reads it without any decoration.
        #expect(try !journalctl("--output=cat").unicodeScalars.contains("\u{1B}"))
    }

    @Test("Entries are found by their message identifiers and priorities")
    func selectable() throws {
        let sink = sink()
        for record in [header(), sample(1), spike(2), sample(3)] { sink.receive(record) }
        sink.close()
        let identifier = "MESSAGE_ID=\(try #require(RecordPolicy.of(.spike).messageID))"
        #expect(JournalEntry.exported(Array(try journalctl("--output=export", identifier).utf8)).count == 1)
        let warnings = JournalEntry.exported(Array(try journalctl("--output=export", "--priority=warning").utf8))
        #expect(warnings.map { $0.own("RECORD") } == ["spike"])
    }

    @Test("While journald is stopped nothing waits long; after it goes on, spikes arrive and drops are told")
    func stopped() throws {
        try #require(Machine.journaldControl != nil)
        let clock = ManualClock()
        let sink = sink(retry: .milliseconds(200), clock: clock.now)
        sink.receive(header())
        try control("pause")
        var number = 0
        var waits: [UInt64] = []
        // Until journald's buffer is full, and 1.5 s beyond.
        var stalled = 0
        while stalled < 750, number < 100_000 {
            number += 1
            let record = number.isMultiple(of: 50) ? spike(number) : sample(number)
            waits.append(ThreadTime.asleep { sink.receive(record) })
            if sink.status.isDegraded { stalled += 1 }
            clock.advance(milliseconds: 2)
        }
        let spikes = Array(stride(from: 50, through: number, by: 50)).map(String.init)
        try control("resume")
        #expect(sink.status.reason == "journald does not read its socket (stopped, or overloaded)")
        #expect(sink.status.dropped > 100)
        // One in 200 ms waits its 50 ms.
        #expect((2...10).contains(waits.count { $0 > 40_000_000 }))
        #expect(waits.sorted()[waits.count / 2] < 1_000_000)
        let isBack = waitUntil {
            clock.advance(milliseconds: 250)
            sink.maintain()
            number += 1
            sink.receive(sample(number))
            return sink.status.condition == .working
        }
        #expect(isBack)
        sink.close()
        let read = try entries()
        #expect(read.map { $0.own("SEQ") } == (1...max(1, read.count)).map(String.init))
        #expect(read.filter { $0.own("RECORD") == "spike" }.compactMap { $0.own("RECORD_SEQ") } == spikes)
        let told = read.compactMap { $0.own("DROPPED").flatMap { Int($0) } }.reduce(0, +)
        #expect(told == sink.status.dropped)
        #expect(read.count + sink.status.dropped == number + 1)
    }

    @Test("A journald that is killed and started again is found again, and what was lost in between is told")
    func killed() throws {
        try #require(Machine.journaldControl != nil)
        let sink = sink()
        sink.receive(header())
        sink.receive(sample(1))
        try control("kill")
        for number in 2...4 { sink.receive(sample(number)) }
        sink.receive(spike(5))
        #expect(sink.status.condition == .degraded("journald is not running"))
        try control("start")
        sink.receive(sample(6))
        #expect(sink.status.condition == .working)
        // Twice between two records: the path leads to the new one without a failure.
        try Child.spawn("journalctl", ["--sync"]).finish()
        try control("kill")
        try control("start")
        sink.receive(sample(7))
        sink.close()
        #expect(sink.status.dropped == 3)
        // What journald had not written when it was killed is its own loss.
        let read = try entries().suffix(3)
        #expect(read.map { $0.own("RECORD_SEQ") } == ["5", "6", "7"])
        #expect(read.map { $0.own("SEQ") } == ["3", "4", "5"])
        #expect(read.map { $0.own("DROPPED") } == ["3", nil, nil])
    }

    @Test("A journald whose socket is gone is found when it has one again")
    func removed() throws {
        try #require(Machine.journaldControl != nil)
        let sink = sink()
        try control("remove")
        sink.receive(header())
        sink.receive(sample(1))
        #expect(sink.status.condition == .degraded("journald is not running"))
        try control("start")
        sink.receive(sample(2))
        sink.close()
        #expect(try entries().map { $0.own("RECORD") } == ["header", "sample"])
    }
}
