import RecordReading
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

@Suite("P1: whole lines")
struct P1WholeLineTests {
    let directory = TemporaryDirectory()

    @Test("P1: every record is one line of ASCII of at most 4096 bytes")
    func linesAreWhole() throws {
        let sink = RollingFileSink(impatient: directory.file)
        sink.receive(header(Hostile.text))
        for number in 1...20 { sink.receive(number.isMultiple(of: 2) ? hostile(number) : spike(number)) }
        sink.close()
        let bytes = content(directory.file)
        #expect(bytes.last == UInt8(ascii: "\n"))
        #expect(bytes.allSatisfy { $0 == UInt8(ascii: "\n") || 0x20...0x7E ~= $0 })
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        #expect(lines.count == 21)
        #expect(lines.allSatisfy { $0.count < 4096 && $0.first == UInt8(ascii: "{") && $0.last == UInt8(ascii: "}") })
        let loaded = try Loaded(directory.file)
        #expect(loaded.damaged == 0)
        #expect(loaded.sequences == Array(1...20))
    }

    @Test("P1: a spike with more points than a line holds keeps the latest ones")
    func longSpike() throws {
        guard case .spike(var long) = spike(1).payload else { return }
        long.before = (0..<300)
            .map {
                Spike.Point(timestamp: Double($0), residentSet: (1 << 50) + $0, intervalPeak: 1 << 50)
            }
        let sink = RollingFileSink(impatient: directory.file)
        sink.receive(header())
        sink.receive(Record(sequence: 1, .spike(long)))
        sink.close()
        #expect(try #require(content(directory.file).split(separator: 10).last).count < 4096)
        guard case .spike(let read) = try #require(try Loaded(directory.file).records.last).payload else {
            Issue.record("not a spike")
            return
        }
        #expect(read.before.count > 20)
        #expect(read.before.last == long.before.last)
    }

    @Test("P1: sequence numbers across rotations are dense, and a text cannot forge a record")
    func denseAcrossRotations() throws {
        let sink = RollingFileSink(impatient: directory.file, maximumBytes: 16 << 10, keep: 100)
        sink.receive(header())
        for number in 1...400 { sink.receive(number.isMultiple(of: 7) ? hostile(number) : sample(number)) }
        sink.close()
        let files = try RollingFileSet.files(of: directory.file)
        #expect(files.count > 3)
        let loaded = try Loaded(setOf: directory.file)
        #expect(loaded.sequences == Array(1...400))
        #expect(loaded.headers == files.count)
        #expect(!loaded.records.contains { $0.kind == .end })
    }

    @Test("P1: a later header in an open file tells the new interval")
    func secondHeader() throws {
        let sink = RollingFileSink(impatient: directory.file)
        sink.receive(header(interval: 1))
        sink.receive(sample(1))
        sink.receive(header(interval: 0.5))
        sink.receive(sample(2))
        sink.close()
        let intervals = try Loaded(directory.file).records
            .compactMap { record in
                if case .header(let header) = record.payload { header.interval } else { nil }
            }
        #expect(intervals == [1, 0.5])
    }

    @Test("P1: the queue's loss is passed on when the record that tells of it cannot be written either")
    func lossOfLoss() throws {
        let missing = directory.appending("later")
        let sink = RollingFileSink(impatient: missing.appending("memory.jsonl"))
        sink.receive(header())
        sink.receive(sample(1))
        let drop = Drop(
            timestamp: 2,
            wallTime: start,
            sink: "queue",
            reason: "the queue was full",
            count: 4,
            firstSequence: 2,
            lastSequence: 5
        )
        sink.receive(Record(.drop(drop)))
        sink.receive(sample(6))
        #expect(mkdir(missing) == 0)
        sink.receive(sample(7))
        sink.close()
        let loaded = try Loaded(missing.appending("memory.jsonl"))
        let told = try #require(loaded.drops.first)
        #expect((told.count, told.firstSequence, told.lastSequence) == (6, 1, 6))
        #expect(loaded.drops.count == 1)
        #expect(loaded.sequences == [7])
        #expect(sink.status.dropped == 2)
    }

    @Test("P1: a configuration out of range counts as the nearest that works")
    func configurationOutOfRange() throws {
        for (bytes, keep) in [(Int.min, Int.min), (Int.max, Int.max), (0, 0)] {
            let directory = TemporaryDirectory()
            let sink = RollingFileSink(impatient: directory.file, maximumBytes: bytes, keep: keep)
            sink.receive(header())
            sink.receive(samples: 1...300)
            sink.close()
            #expect(sink.status.delivered == 300)
            #expect(try Loaded(setOf: directory.file).sequences.last == 300)
        }
    }
}
