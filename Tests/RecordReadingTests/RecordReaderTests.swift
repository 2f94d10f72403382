import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import RecordReading

@Suite("Reading of record files")
struct RecordReaderTests {
    private let header = Record(.header(.example)).jsonLine + "\n"

    private func sample(_ number: Int) -> String { Record(sequence: number, .sample(.full(number))).jsonLine + "\n" }

    private func read(_ path: FilePath) throws -> (lines: [RecordReader.Line], tornTail: Int) {
        var reader = try RecordReader(path: path)
        var lines: [RecordReader.Line] = []
        while let line = try reader.next() { lines.append(line) }
        return (lines, reader.tornTail)
    }

    @Test("All records come back in order, however long the file is")
    func wholeFile() throws {
        let directory = TemporaryDirectory()
        let path = try directory.write(header + (1...5000).map(sample).joined(), to: "a.jsonl")
        let (lines, tornTail) = try read(path)
        #expect(tornTail == 0)
        #expect(lines.count == 5001)
        for (index, line) in lines.dropFirst().enumerated() {
            guard case .record(let record) = line else {
                Issue.record("line \(index + 2) is \(line)")
                return
            }
            #expect(record == Record(sequence: index + 1, .sample(.full(index + 1))))
        }
    }

    @Test("A torn last line is told, not read")
    func tornTail() throws {
        let directory = TemporaryDirectory()
        let path = try directory.write(header + sample(1) + sample(2).dropLast(9), to: "a.jsonl")
        let (lines, tornTail) = try read(path)
        #expect(lines.count == 2)
        #expect(tornTail == sample(2).utf8.count - 9)
    }

    @Test("A line torn by a crash and sealed by the next run is told, and the rest is read")
    func sealedTail() throws {
        let directory = TemporaryDirectory()
        let path = try directory.write(header + sample(1).dropLast(9) + "\n" + header + sample(2), to: "a.jsonl")
        let (lines, _) = try read(path)
        #expect(lines.count == 4)
        guard case .damaged = lines[1] else {
            Issue.record("the second line is \(lines[1])")
            return
        }
        #expect(lines[3] == .record(Record(sequence: 2, .sample(.full(2)))))
    }

    @Test("A header torn by a crash does not make the file foreign")
    func tornHeader() throws {
        let directory = TemporaryDirectory()
        for length in [1, 5, 17, 18, 40] {
            let path = try directory.write(header.prefix(length) + "\n" + header + sample(1), to: "a.jsonl")
            let (lines, _) = try read(path)
            #expect(lines.count == 3, "cut at \(length)")
        }
    }

    @Test("What is appended later is read by the same reader")
    func growing() throws {
        let directory = TemporaryDirectory()
        let path = try directory.write(header + sample(1) + sample(2).prefix(30), to: "a.jsonl")
        var reader = try RecordReader(path: path)
        #expect(try reader.next() != nil)
        #expect(try reader.next() == .record(Record(sequence: 1, .sample(.full(1)))))
        #expect(try reader.next() == nil)
        #expect(reader.tornTail == 30)
        try directory.write(String(sample(2).dropFirst(30)), to: "a.jsonl", appending: true)
        #expect(try reader.next() == .record(Record(sequence: 2, .sample(.full(2)))))
        #expect(try reader.next() == nil)
        #expect(reader.tornTail == 0)
    }

    @Test("A foreign file is refused with its name and the reason")
    func foreign() throws {
        let directory = TemporaryDirectory()
        for text in ["hello\n", "{\"a\":1}\n", sample(1), "{\"record\":\"weather\"}\n", "\u{0}\u{1}\n"] {
            let path = try directory.write(text, to: "a.jsonl")
            let error = try #require(throws: RecordError.self) { try read(path) }
            guard case .notRecords = error else {
                Issue.record("\(text) gives \(error)")
                continue
            }
            #expect(error.description.contains("a.jsonl: line 1:"))
        }
    }

    @Test("A newer format is refused with both numbers")
    func newer() throws {
        let directory = TemporaryDirectory()
        let path = try directory.write("{\"record\":\"header\",\"format\":9}\n", to: "a.jsonl")
        let error = #expect(throws: RecordError.self) { try read(path) }
        #expect(error == .newerFormat(path: path.string, found: 9, supported: 1))
    }

    @Test("A file that is not there is told by name")
    func missing() throws {
        let directory = TemporaryDirectory()
        let path = directory.path.appending("none.jsonl")
        let error = #expect(throws: RecordError.self) { try read(path) }
        #expect(error == .cannotOpen(path: path.string, errno: .noSuchFileOrDirectory))
    }

    @Test("A line longer than any record is damaged and takes no memory")
    func endlessLine() throws {
        let directory = TemporaryDirectory()
        let endless = String(repeating: "x", count: 5_000_000)
        let path = try directory.write(header + endless + "\n" + sample(1), to: "a.jsonl")
        let (lines, tornTail) = try read(path)
        #expect(lines.count == 3)
        #expect(lines[1] == .damaged(reason: "it is longer than any record"))
        #expect(lines[2] == .record(Record(sequence: 1, .sample(.full(1)))))
        #expect(tornTail == 0)
    }

    @Test("The files of a set come oldest first, by number")
    func fileSet() throws {
        let directory = TemporaryDirectory()
        let rotated = [
            "m.20261122T195301Z-000002.jsonl", "m.20250101T000000Z-000010.jsonl", "m.20261122T195301Z-000001.jsonl",
        ]
        let others = ["m.jsonl", "m.4711.jsonl", "m.jsonl.bak", "m.x-000001.jsonl", "n.20261122T195301Z-000001.jsonl"]
        for name in rotated + others { try directory.write(header, to: name) }
        let files = try RollingFileSet.files(of: directory.path.appending("m.jsonl"))
        #expect(files.compactMap(\.lastComponent?.string) == [rotated[2], rotated[0], rotated[1], "m.jsonl"])
    }
}
