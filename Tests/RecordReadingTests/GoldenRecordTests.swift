import RecordReading
import Testing
import TrackingRecords
import TrackingTestSupport

/// What is written stays byte for byte what it was: readers of other versions and other people's scripts depend on it.
@Suite("Golden bytes of records")
struct GoldenRecordTests {
    private static let file = GoldenFile("records.jsonl")

    @Test("Each kind of record is written as it was")
    func lines() throws {
        #expect(try Self.file.differences(to: RecordCodingTests.records.map(\.jsonLine)) == [])
        let kinds = Set(RecordCodingTests.records.map(\.kind))
        #expect(kinds == Set(Record.Kind.allCases))
    }

    @Test("A line that was written is read and written again as it was")
    func roundTrip() throws {
        for line in try Self.file.lines() {
            var decoder = RecordDecoder()
            var bytes = line
            guard case .record(let record) = bytes.withUTF8({ decoder.decode(UnsafeRawBufferPointer($0)) }) else {
                Issue.record("not a record any more: \(line)")
                continue
            }
            #expect(record.jsonLine == line)
        }
    }

    @Test("The sentence of each record is the one it was")
    func messages() throws {
        #expect(try GoldenFile("messages.txt").differences(to: RecordCodingTests.records.map(\.message)) == [])
    }
}
