import RecordReading
import Testing
import TrackingRecords
import TrackingTestSupport

@Suite("Coding of records")
struct RecordCodingTests {
    static let records: [Record] =
        [
            Record(.header(.example)),
            Record(sequence: 1, .sample(.full(1000))),
            Record(sequence: 2, .sample(.full(Int.max - 100))),
            Record(sequence: 3, .sample(Sample(timestamp: 0, wallTime: 0, memory: ProcessMemory()))),
            Record(sequence: 4, .spike(.example)),
            Record(
                sequence: 5,
                .spike(
                    Spike(number: 1, timestamp: 1, wallTime: 2, begin: 0.5, baseline: 1, peak: 2, threshold: 1)
                )
            ),
            Record(
                .drop(
                    Drop(
                        timestamp: 1,
                        wallTime: 2,
                        sink: "file",
                        reason: "full",
                        count: 7,
                        firstSequence: 3,
                        lastSequence: 9
                    )
                )
            ),
            Record(
                sequence: 6,
                .notice(Notice(timestamp: 1, wallTime: 2, severity: .warning, component: "journal", message: "gone"))
            ),
            Record(
                sequence: 7,
                .end(
                    End(
                        timestamp: 9.25,
                        wallTime: 10,
                        samples: 5,
                        missedTicks: 1,
                        spikes: 2,
                        suppressedSpikes: 3,
                        dropped: 4,
                        maximumResidentSet: 6
                    )
                )
            ),
        ] + ObjectExamples.records

    @Test("A record read back is the record written", arguments: records)
    func roundTrip(record: Record) {
        #expect(decode(record.jsonLine) == .record(record))
    }

    @Test("A record is one line of ASCII of at most 4096 bytes", arguments: records)
    func lineShape(record: Record) {
        let line = Array(record.jsonLine.utf8)
        #expect(line.count < FieldWriter.capacity)
        #expect(line.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
    }

    @Test("A field the kernel did not give is absent, not 0")
    func absentFields() {
        let line = Record(sequence: 1, .sample(Sample(timestamp: 1, wallTime: 2, memory: ProcessMemory()))).jsonLine
        #expect(line == #"{"record":"sample","seq":1,"t_seconds":1.000000,"unix_seconds":2.000000}"#)
    }

    @Test(
        "Names cannot end their field or their line",
        arguments: [
            "a\nb", "\"}\n{\"record\":\"end\"}", "back\\slash\\", "tab\tand\rreturn", "\u{0}\u{1}\u{7F}\u{85}\u{2028}",
            "\u{1F600} and \u{10FFFF}", String(decoding: [0xFF, 0xFE, 0x41, 0xC3], as: UTF8.self), "",
        ]
    )
    func hostileNames(name: String) {
        let notice = Notice(timestamp: 1, wallTime: 2, severity: .info, component: "agent", message: name)
        let record = Record(sequence: 1, .notice(notice))
        #expect(!record.jsonLine.utf8.contains(UInt8(ascii: "\n")))
        #expect(decode(record.jsonLine) == .record(record))
    }

    @Test("A journal field holds printable text whatever the name is")
    func journalText() {
        var writer = FieldWriter(style: .journal)
        writer.begin()
        writer.text("message", "a\nCLASS_TRACKER_FORGED=1\u{1B}[31m\u{202E}\u{0}é😀")
        writer.end()
        let field = String(decoding: writer.bytes, as: UTF8.self)
        #expect(field == "CLASS_TRACKER_MESSAGE=a\u{FFFD}CLASS_TRACKER_FORGED=1\u{FFFD}[31m\u{FFFD}\u{FFFD}é😀\n")
    }

    @Test("A long name is cut at a character, and the record stays whole")
    func longName() throws {
        let name = String(repeating: "é", count: 10_000)
        let record = Record(
            sequence: 1,
            .notice(Notice(timestamp: 1, wallTime: 2, severity: .info, component: name, message: name))
        )
        let line = record.jsonLine
        #expect(line.utf8.count < FieldWriter.capacity)
        guard case .record(let decoded) = decode(line), case .notice(let notice) = decoded.payload else {
            Issue.record("the line is not a notice: \(line)")
            return
        }
        #expect(notice.message.count > 50)
        // The beginning, the mark, the end.
        let parts = notice.message.split(separator: "\u{2026}")
        #expect(parts.count == 3)
        #expect(name.hasPrefix(parts[0]) && name.hasSuffix(parts[2]))
    }

    @Test("Of the samples before a spike, as many of the latest are kept as fit")
    func manyPoints() throws {
        var spike = Spike.example
        spike.before = (0..<500)
            .map {
                Spike.Point(timestamp: Double($0), residentSet: 1 << 40, intervalPeak: 1 << 41)
            }
        let line = Record(sequence: 1, .spike(spike)).jsonLine
        #expect(line.utf8.count < FieldWriter.capacity)
        guard case .record(let decoded) = decode(line), case .spike(let read) = decoded.payload else {
            Issue.record("the line is not a spike: \(line)")
            return
        }
        #expect(read.before.count > 50)
        #expect(read.before == Array(spike.before.suffix(read.before.count)))
    }

    @Test("Numbers keep their value at the edges", arguments: [0, 9, 10, -1, 99, 100, Int.max, Int.min, 1 << 62])
    func integers(number: Int) {
        var writer = FieldWriter(style: .json)
        writer.begin()
        writer.integer("n", number)
        writer.end()
        let text = String(decoding: writer.bytes, as: UTF8.self)
        #expect(text == "{\"n\":\(number)}\n")
        #expect(Array("\(number)".utf8).withUnsafeBytes { JSONFieldScanner.integer($0) } == number)
    }

    @Test(
        "Seconds are read as the nearest double",
        arguments: [
            "0", "0.1", "1795379823.603062", "-2.5", "1e3", "123456789012345678", "0.000001", "9007199254740993.5",
        ]
    )
    func doubles(text: String) {
        #expect(Array(text.utf8).withUnsafeBytes { JSONFieldScanner.double($0) } == Double(text))
    }

    @Test("Unknown keys and records of a newer version are skipped")
    func unknown() {
        let line = #"{"new":{"a":[1,{"b":null}]},"record":"end","t_seconds":1,"unix_seconds":2,"samples":3,"x":"y"}"#
        guard case .record(let record) = decode(line), case .end(let end) = record.payload else {
            Issue.record("not an end")
            return
        }
        #expect(end.samples == 3)
        #expect(decode(#"{"record":"weather"}"#) == .unknown(kind: "weather"))
    }

    @Test(
        "What is not JSON is damaged, with the place",
        arguments: [
            "", "{", "}", "nonsense", "{\"record\":\"sample\"", "{\"record\":\"sample\",}", "{\"a\":01}", "{\"a\":1.}",
            "{\"a\":\"\\x\"}", "{\"a\":\"\u{1}\"}", "{\"a\":tru}", "{\"a\":[1,2}", "{\"a\" 1}", "{}{}", "{} x",
            "{\"record\":5}", "{\"record\":\"sample\"}", "[1]", "{\"a\":-}", "{\"a\":1e}",
            "{\"record\":\"\\ud800\"}", "{\"a\":" + String(repeating: "[", count: 100_000) + "}",
        ]
    )
    func damaged(line: String) {
        guard case .damaged(let reason) = decode(line) else {
            Issue.record("\(line.prefix(80)) was taken for a record")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test("No change of bytes makes the decoder crash or invent another kind of record")
    func mutations() {
        var random = SeededGenerator(seed: 42)
        for record in Self.records {
            for _ in 0..<500 {
                var bytes = Array(record.jsonLine.utf8)
                for _ in 0...Int.random(in: 0...3, using: &random) {
                    let index = Int.random(in: bytes.indices, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
                    case 1: bytes.remove(at: index)
                    default: bytes.removeSubrange(index...)
                    }
                    if bytes.isEmpty { bytes = [0] }
                }
                var decoder = RecordDecoder()
                if case .record(let decoded) = bytes.withUnsafeBytes({ decoder.decode($0) }) {
                    #expect(decoded.kind == record.kind)
                }
            }
        }
    }

    private func decode(_ line: String) -> RecordDecoder.Outcome {
        var decoder = RecordDecoder()
        return Array(line.utf8).withUnsafeBytes { decoder.decode($0) }
    }
}
