import RecordReading
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

/// Each kind of record names its fields once; these tests compare all that is made from the names.
@Suite("Schema of records")
struct RecordSchemaTests {
    private func decode(_ line: String) -> RecordDecoder.Outcome {
        var decoder = RecordDecoder()
        return Array(line.utf8).withUnsafeBytes { decoder.decode($0) }
    }

    @Test("A record with every field is read from its line as it was written", arguments: Record.Kind.allCases)
    func line(kind: Record.Kind) {
        let (record, keys) = RecordFixture.filled(kind)
        #expect(decode(record.jsonLine) == .record(record))
        #expect(keys == FieldTable(of: kind).rows.map(\.key))
        for key in keys { #expect(record.jsonLine.contains("\"\(key)\":")) }
        #expect(Set(keys).count == keys.count)
    }

    @Test(
        "A record with every field is read from its journal entry as it was written",
        arguments: Record.Kind.allCases.filter { RecordPolicy.of($0).journalling != .never }
    )
    func entry(kind: Record.Kind) {
        let (record, keys) = RecordFixture.filled(kind, isJournalled: true)
        var writer = FieldWriter(style: .journal)
        writer.begin()
        record.writeFields(to: &writer, sequenceKey: "record_seq")
        writer.end()
        let lines = String(decoding: writer.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        var fields = JournalFields()
        for line in lines { fields.add(line) }
        #expect(fields.decoded() == .record(record))
        let names = (["record", "record_seq"] + keys).map { JournalFields.prefix + $0.uppercased() }
        #expect(lines.map { String($0.prefix { $0 != "=" }) } == names)
    }

    @Test(
        "A line without a required key is damaged; without another one it is a record",
        arguments: Record.Kind.allCases
    )
    func missing(kind: Record.Kind) {
        let line = RecordFixture.filled(kind).record.jsonLine
        for row in FieldTable(of: kind).rows {
            guard let key = line.firstRange(of: "\"\(row.key)\":") else {
                Issue.record("\(line) lacks \(row.key)")
                continue
            }
            var changed = line
            changed.replaceSubrange(key, with: "\"unknown\":")
            let outcome = decode(changed)
            if row.presence == .required, !row.isGrouped {
                guard case .damaged = outcome else {
                    Issue.record("a \(kind) without \(row.key) is \(outcome)")
                    continue
                }
            } else if case .record(let record) = outcome {
                #expect(record.kind == kind)
            } else {
                Issue.record("a \(kind) without \(row.key) is \(outcome)")
            }
        }
    }

    @Test("Each field has a sentence of documentation", arguments: Record.Kind.allCases)
    func sentences(kind: Record.Kind) {
        for row in FieldTable(of: kind).rows {
            #expect(row.about.hasSuffix("."), "\(kind).\(row.key)")
            #expect(row.about.first?.isUppercase == true || row.about.first == "`" || row.about.hasPrefix("systemd"))
            #expect(!row.about.contains("|"))
        }
    }

    @Test("The documentation of the format has the keys of each kind")
    func documentation() throws {
        for kind in Record.Kind.allCases {
            let file = DocumentedTable("RecordFormat.md", mark: "keys: \(kind.rawValue)")
            #expect(try file.differences(to: FieldTable(of: kind).markdown) == [])
        }
    }

    @Test("The documentation of the journal has the identifier of each kind that is sent")
    func messageIdentifiers() throws {
        let rows = Record.Kind.allCases.compactMap { kind in
            RecordPolicy.of(kind).messageID.map { "| `\(kind.rawValue)` | `\($0)` |" }
        }
        let file = DocumentedTable("JournalFields.md", mark: "message identifiers")
        #expect(try file.differences(to: ["| kind | `MESSAGE_ID` |", "|---|---|"] + rows) == [])
    }

    @Test("The notice that the agent sends from C is one for readers")
    func agentNotice() throws {
        let source = try sourceText(of: "ClassTrackerAgent/journal_line.c")
        let begin = try #require(source.firstRange(of: "\"MESSAGE=agent: "))
        let rest = source[begin.lowerBound...]
        let call = rest[..<(try #require(rest.firstRange(of: ";")).lowerBound)]
        // Every second piece between quotes is a literal.
        let literals = call.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map(\.element).joined()
        var format = literals
        for (directive, value) in [("%s%s%s", ""), ("%lld.%06ld", "5.000006"), ("%d", "4711"), ("%s", "why")] {
            while let range = format.firstRange(of: directive) { format.replaceSubrange(range, with: value) }
        }
        var fields = JournalFields()
        var rest2 = format[...]
        while let end = rest2.firstRange(of: "\\n") {
            fields.add(String(rest2[..<end.lowerBound]))
            rest2 = rest2[end.upperBound...]
        }
        let expected = Notice(
            timestamp: 0,
            wallTime: 5.000006,
            severity: .warning,
            component: "agent",
            message: "why runs without memory tracking: why"
        )
        #expect(fields.decoded() == .record(Record(.notice(expected))))
        #expect(fields["MESSAGE"] == Record(.notice(expected)).message)
        #expect(fields["MESSAGE_ID"] == RecordPolicy.of(.notice).messageID?.description)
    }

    private func sourceText(of path: String) throws -> String {
        let sources = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
            .appending("Sources")
        let file = try FileDescriptor.open(sources.appending(path), .readOnly)
        return try file.closeAfter {
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
            return String(decoding: bytes[..<count], as: UTF8.self)
        }
    }
}
