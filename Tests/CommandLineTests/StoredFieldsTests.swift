#if CLI
import TrackingTestSupport
import ClassTracking
import Testing

@testable import class_tracker

@Suite("Records of journal entries")
struct StoredFieldsTests {
    /// The fields as the journal hands them out, in an order of its own.
    private func fields(of record: Record, adding more: [String] = []) -> JournalFields {
        var fields = JournalFields()
        for line in (record.journalLines + more).reversed() { fields.add(line) }
        return fields
    }

    @Test("A line of JSON has the process of its record")
    func process() throws {
        let more = ["CLASS_TRACKER_PROGRAM=77", "CLASS_TRACKER_PID=4711", "_BOOT_ID=b", "_MACHINE_ID=m"]
        let stored = try fields(of: Fixture.sample(7), adding: more).stored().get()
        #expect(stored.line.hasSuffix("\"threads\":5,\"program\":\"77\",\"pid\":4711}"))
        #expect(stored.origin == "m/b/4711")
        #expect(stored.process == "77[4711]")
    }

    @Test("The unit is that of systemd; a user's unit follows that of the user's manager")
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

    @Test("An entry of a known kind has the line of a file, one of an unknown kind or without its fields is none")
    func kinds() throws {
        let records = [
            Fixture.header(), Fixture.sample(7), Fixture.spike(8, ended: false), Fixture.spike(9, between: true),
        ]
        for record in records {
            let stored = try fields(of: record).stored().get()
            #expect(stored.record == record && stored.line == record.jsonLine)
        }
        var newer = JournalFields()
        newer.add("CLASS_TRACKER_RECORD=weather")
        #expect(throws: JournalFieldError.unknown(kind: "weather")) { try newer.stored().get() }
        var damaged = JournalFields()
        damaged.add("CLASS_TRACKER_RECORD=sample")
        #expect(throws: JournalFieldError.self) { try damaged.stored().get() }
    }

    @Test("A directory without a journal is a failure")
    func noJournal() {
        let directory = TemporaryDirectory()
        #expect(throws: CommandFailure.self) {
            try JournalSource(directory: directory.path.string, unit: nil) { _ in }
        }
    }
}
#endif
