import RecordReading
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

/// What goes to the journal stays byte for byte what it was: `journalctl` is asked for these fields by people and scripts.
@Suite("Golden bytes of journal entries")
struct GoldenEntryTests {
    @Test("Each kind of record is the entry it was")
    func entries() throws {
        let directory = TemporaryDirectory()
        let journal = try FakeJournal(at: directory["socket"])
        let sink = JournalSink(JournalSink.Configuration(interval: .zero, socketPath: journal.path.string))
        var lines: [String] = []
        for line in try GoldenFile("records.jsonl").lines() {
            var decoder = RecordDecoder()
            var bytes = line
            guard case .record(let record) = bytes.withUTF8({ decoder.decode(UnsafeRawBufferPointer($0)) }) else {
                Issue.record("not a record any more: \(line)")
                continue
            }
            sink.receive(record)
            for entry in journal.entries() {
                #expect(!entry.isDamaged)
                // The number of this process is another one each time.
                lines += entry.fields.filter { $0.name != "CLASS_TRACKER_PID" || record.kind == .header }
                    .map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self))" }
            }
        }
        sink.close()
        #expect(lines.count > 100)
        #expect(try GoldenFile("journal.txt").differences(to: lines) == [])
    }
}
