import Testing
import TrackingRecords

@testable import RecordReading

@Suite("Long texts")
struct ExcerptTests {
    private let head = String(repeating: "a", count: 3000)
    private let tail = String(repeating: "z", count: 3000)

    /// Bytes of the whole name of a class as files and the journal have it.
    private func written(_ name: String, _ style: FieldWriter.Style) -> String {
        var writer = FieldWriter(style: style)
        Record(.classSize(ClassSizeRecord(snapshot: 3, timestamp: 1, wallTime: 2, name: name, size: ClassSize())))
            .write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("A text that fits stays as it is; a longer one keeps its beginning and its end, and is marked")
    func shortened() {
        #expect("MyApp.Connection".shortened(to: 16) == "MyApp.Connection")
        let short = (head + tail).shortened(to: 100)
        #expect(short.utf8.count == 100)
        #expect(short.hasPrefix("aaa") && short.hasSuffix("zzz"))
        #expect(short.unicodeScalars.count { $0 == "\u{2026}" } == 2)
        // The same in each run, because files of several runs are compared.
        #expect("0123456789012345678901234567890123456789".shortened(to: 24) == "012…2fe5b66277f5…789")
    }

    @Test("Two texts that differ only where they are cut stay two", arguments: [18, 40, 160, 400, 1000])
    func distinct(limit: Int) {
        let texts = (0..<200).map { (head + String($0) + tail).shortened(to: limit) }
        #expect(Set(texts).count == texts.count)
        #expect(texts.allSatisfy { $0.utf8.count <= limit })
    }

    @Test("Nothing is cut within a character, of whatever width", arguments: ["é", "€", "💥", "a", "\u{7}"])
    func boundaries(letter: String) {
        for limit in 18..<60 {
            let short = String(repeating: letter, count: 200).shortened(to: limit)
            #expect(short.utf8.count <= limit)
            #expect(!short.contains("\u{FFFD}"))
        }
    }

    @Test("Classes with long names stay apart in files and the journal, and their records stay whole")
    func names() throws {
        for letter in ["x", "é", "💥", "\u{1}", "\""] {
            let middle = String(repeating: letter, count: 2000)
            let names = (0..<4).map { "App.Box<\(middle)\($0)\(middle)>" }
            for style in [FieldWriter.Style.json, .journal] {
                let lines = names.map { written($0, style) }
                #expect(Set(lines).count == 4)
                #expect(lines.allSatisfy { $0.utf8.count <= FieldWriter.capacity && $0.hasSuffix("\n") })
                #expect(lines.allSatisfy { $0.lowercased().contains("active") })
            }
            var decoder = RecordDecoder()
            let read = Set(
                names.map { name in
                    let line = Array(written(name, .json).utf8.dropLast())
                    guard case .record(let record) = line.withUnsafeBytes({ decoder.decode($0) }),
                        case .classSize(let size) = record.payload
                    else { return "" }
                    // What is read and written again stays the same.
                    #expect(written(size.name, .json) == written(name, .json))
                    return size.name
                }
            )
            #expect(read.count == 4)
        }
    }

    @Test("However long the names are, a sentence has all of its numbers")
    func sentences() {
        let name = "App.Box<\(head)\(tail)>"
        var size = ClassSize()
        (size.active, size.sum, size.created, size.destroyed, size.unsized) = (12_345, 67 << 20, 23_456, 11_111, 7)
        var spike = Spike(
            number: 1,
            timestamp: 1,
            wallTime: 2,
            begin: 1,
            baseline: 100 << 20,
            peak: 300 << 20,
            threshold: 120 << 20
        )
        spike.grown = (0..<5)
            .map { number in
                ClassGrowth(
                    name: "\(number)\(name)",
                    bytes: 30 << 20,
                    instances: 77_777,
                    created: 80_000,
                    destroyed: 2223,
                    allocated: 0
                )
            }
        spike.untracked = 50 << 20
        let records: [(Record, [String])] = [
            (
                Record(.classSize(ClassSizeRecord(snapshot: 3, timestamp: 1, wallTime: 2, name: name, size: size))),
                ["12,345 active", "67.0 MiB", "23,456 created", "11,111 destroyed", "7 not sized"]
            ),
            (
                Record(.spike(spike)),
                ["300.0 MiB", "200.0 MiB", "(77,777 instances)", "2 further classes", "50.0 MiB untracked"]
            ),
        ]
        for (record, figures) in records {
            var writer = FieldWriter(style: .journal)
            writer.begin()
            writer.standardField("MESSAGE") { $0.message(of: record) }
            let text = String(decoding: writer.bytes, as: UTF8.self)
            #expect(text.utf8.count < 1100)
            for figure in figures { #expect(text.contains(figure), "\(figure)") }
        }
    }
}
