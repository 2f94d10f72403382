#if CLI
import TrackingTestSupport
import ClassTracking
import Testing

@testable import class_tracker

@Suite("Journal entries")
struct JournalFieldsTests {
    /// The fields as the journal hands them out, in an order of its own.
    private func fields(of record: Record, adding more: [String] = []) -> JournalFields {
        var writer = FieldWriter(style: .journal)
        writer.begin()
        writer.integer("seq", 99)
        record.writeFields(to: &writer, sequenceKey: "record_seq")
        var fields = JournalFields()
        let lines = String(decoding: writer.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        for line in (lines + more).reversed() { fields.add(line) }
        return fields
    }

    private static let records: [Record] = {
        var sample = Sample(timestamp: 1.5, wallTime: Fixture.wallTime, memory: ProcessMemory(), missedTicks: 2)
        sample.window = Sample.Window(count: 10, minimum: 1, mean: 2, maximum: 3)
        sample.decision = SpikeDecision(verdict: .belowThreshold, baseline: 4, threshold: 5)
        let notice = Notice(timestamp: 1, wallTime: 2, severity: .error, component: "file", message: "12")
        let end = End(
            timestamp: 1,
            wallTime: 2,
            samples: 3,
            missedTicks: 4,
            spikes: 5,
            suppressedSpikes: 6,
            dropped: 7,
            maximumResidentSet: 8
        )
        var snapshot = Snapshot(number: 3, timestamp: 1, wallTime: 2)
        (snapshot.description, snapshot.classCount, snapshot.objectCount) = ("12", 4, 5)
        let size = ClassSizeRecord(snapshot: 3, timestamp: 1, wallTime: 2, name: "true", size: ClassSize())
        guard case .spike(var spike) = Fixture.spike(15, ended: true).payload else { return [] }
        spike.grown = [ClassGrowth(name: "\"],[é", bytes: 1, instances: 2, created: 3, destroyed: 4, allocated: 5)]
        spike.untracked = 6
        return [
            Fixture.header(), Fixture.sample(7), Fixture.spike(8, ended: false), Fixture.spike(9, between: true),
            Record(sequence: 10, .sample(sample)), Record(sequence: 11, .notice(notice)),
            Record(sequence: 12, .end(end)), Record(sequence: 13, .snapshot(snapshot)),
            Record(sequence: 14, .classSize(size)), Record(sequence: 15, .spike(spike)),
        ]
    }()

    @Test("An entry becomes the record it was made from", arguments: records)
    func roundTrip(record: Record) throws {
        let stored = try fields(of: record).stored().get()
        #expect(stored.record == record)
        #expect(stored.line == record.jsonLine)
    }

    @Test("A line of JSON says whose record it is")
    func process() throws {
        let more = ["CLASS_TRACKER_PROGRAM=77", "CLASS_TRACKER_PID=4711", "_BOOT_ID=b", "_MACHINE_ID=m"]
        let stored = try fields(of: Fixture.sample(7), adding: more).stored().get()
        #expect(stored.line.hasSuffix("\"threads\":5,\"program\":\"77\",\"pid\":4711}"))
        #expect(stored.origin == "m/b/4711")
        #expect(stored.process == "77[4711]")
    }

    @Test("The unit is what systemd says; a user's stands behind their manager's, whatever they call it")
    func unit() throws {
        func unit(_ more: String...) throws -> String? {
            try fields(of: Fixture.sample(7), adding: more).stored().get().unit
        }
        #expect(try unit("CLASS_TRACKER_UNIT=a.service") == nil)
        #expect(try unit("_SYSTEMD_UNIT=a.service") == "a.service")
        #expect(
            try unit("_SYSTEMD_UNIT=user@7.service", "_SYSTEMD_USER_UNIT=a.service") == "user@7.service/a.service"
        )
    }

    @Test("Forged values cannot add a key nor end the line")
    func forgery() throws {
        let more = [
            "CLASS_TRACKER_PROGRAM=x\",\"pid\":1,\"a\":\"\n{", "CLASS_TRACKER_PID=1,\"b\":2", "CLASS_TRACKER_X=007",
        ]
        let stored = try fields(of: Fixture.sample(7), adding: more).stored().get()
        let program = #""program":"x\",\"pid\":1,\"a\":\"\u000a{""#
        #expect(stored.line.hasSuffix(#","# + program + #","pid":"1,\"b\":2"}"#))
        #expect(stored.record == Fixture.sample(7))
    }

    @Test(
        "A list is taken as it is only where it is one",
        arguments: [#"[1],"record":"end""#, "[1", "[[1]]]", "x", ""]
    )
    func forgedLists(list: String) throws {
        let stored = try fields(of: Fixture.sample(7), adding: ["CLASS_TRACKER_GROWN=\(list)"]).stored().get()
        #expect(stored.record == Fixture.sample(7))
    }

    @Test("An entry that lacks a field is damaged, a new kind is unknown")
    func damage() {
        var fields = JournalFields()
        fields.add("CLASS_TRACKER_RECORD=sample")
        #expect(
            throws: JournalFieldError.damaged(reason: "a sample lacks a required key or has a value of the wrong type")
        ) {
            try fields.stored().get()
        }
        var newer = JournalFields()
        newer.add("CLASS_TRACKER_RECORD=weather")
        #expect(throws: JournalFieldError.unknown(kind: "weather")) { try newer.stored().get() }
    }

    @Test(
        "Only plain numbers are numbers",
        arguments: ["", "-", "1e9", "007", "1.", ".5", "1.2.3", "+1", "0x1", "--1"]
    )
    func numbers(text: String) {
        #expect(!JSONText.isNumber(text))
    }

    @Test("A directory without a journal is told as such")
    func noJournal() {
        let directory = TemporaryDirectory()
        #expect(throws: CommandFailure.self) {
            try JournalSource(directory: directory.path.string, unit: nil) { _ in }
        }
    }
}
#endif
