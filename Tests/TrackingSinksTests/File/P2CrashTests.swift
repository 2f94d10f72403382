import Dispatch
import Glibc
import RecordReading
import Synchronization
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

@Suite("P2: crashes")
struct P2CrashTests {
    let directory = TemporaryDirectory()

    @Test("P2: a torn tail is sealed, not cut off", arguments: [1, 10, 60, 120])
    func tornTail(missing: Int) throws {
        let first = RollingFileSink(impatient: directory.file)
        first.receive(header())
        first.receive(samples: 1...3)
        first.close()
        let torn = Array(content(directory.file).dropLast(missing))
        #expect(truncate(directory.file.string, torn.count) == 0)

        let second = RollingFileSink(impatient: directory.file)
        second.receive(header())
        second.receive(samples: 1...2)
        second.close()
        // Whoever follows the file holds offsets into it.
        #expect(content(directory.file).starts(with: torn + [UInt8(ascii: "\n")]))
        let loaded = try Loaded(directory.file)
        // Without its newline alone a record is still whole.
        #expect(loaded.sequences == (missing == 1 ? [1, 2, 3, 1, 2] : [1, 2, 1, 2]))
        #expect(loaded.damaged == (missing == 1 ? 0 : 1))
    }

    @Test("P2: a file torn in its first header is gone on with and loads", arguments: [0, 1, 5, 17, 60])
    func tornHeader(length: Int) throws {
        let line = header().jsonLine
        try write(String(line.prefix(length)), to: directory.file)
        let sink = RollingFileSink(impatient: directory.file)
        sink.receive(header())
        sink.receive(samples: 1...2)
        sink.close()
        #expect(sink.status.reason == nil)
        let loaded = try Loaded(directory.file)
        #expect(loaded.sequences == [1, 2])
        #expect(loaded.damaged == (length == 0 ? 0 : 1))
    }

    @Test("P2: a torn tail is sealed also where the file is rotated at once")
    func tornAndFull() throws {
        let first = RollingFileSink(impatient: directory.file, maximumBytes: 16384)
        first.receive(header())
        first.receive(samples: 1...60)
        first.close()
        #expect(truncate(directory.file.string, size(of: directory.file) - 20) == 0)
        let second = RollingFileSink(impatient: directory.file, maximumBytes: 16384)
        second.receive(header())
        second.receive(sample(1))
        second.close()
        let files = try RollingFileSet.files(of: directory.file)
        #expect(files.count == 2)
        let old = try Loaded(files[0])
        #expect((old.damaged, old.isTorn) == (1, false))
        #expect(old.sequences == Array(1...59))
    }

    @Test("P2: what a killed further process left is adopted, unless nothing is in it")
    func leftovers() throws {
        try write(
            header().jsonLine + "\n" + sample(1).jsonLine + "\n{\"rec",
            to: directory.appending("memory.4711.jsonl")
        )
        try write("", to: directory.appending("memory.4712.jsonl"))
        let sink = RollingFileSink(impatient: directory.file)
        sink.receive(header())
        sink.receive(sample(1))
        sink.close()
        let files = try RollingFileSet.files(of: directory.file)
        #expect(files.count == 2)
        #expect(try files.map { try Loaded($0).sequences } == [[1], [1]])
        #expect(exists(directory.appending("memory.4712.jsonl")))
        #expect(!exists(directory.appending("memory.4711.jsonl")))
    }

    /// Kills in each of four directories, which go on side by side.
    private static let kills = 50

    @Test("P2: kill -9 at 200 random moments loses no more than the record in flight")
    func kills() {
        let problems = Mutex<[String]>([])
        let landed = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 4) { lane in
            let directory = TemporaryDirectory()
            var random = Numbers(seed: UInt64(lane) + 1)
            var damaged = 0
            for _ in 0..<Self.kills {
                do {
                    let (found, records) = try Self.kill(in: directory, &random, &damaged)
                    problems.withLock { $0 += found }
                    if records > 0 { landed.withLock { $0 += 1 } }
                } catch {
                    problems.withLock { $0.append("\(error)") }
                }
            }
        }
        #expect(problems.withLock { $0 } == [])
        // The others came before the first record: moments as well, but not the ones that matter most.
        #expect(landed.withLock { $0 } > 100)
    }

    /// One kill; `damaged` is how many lines of the set are, before and then after it.
    private static func kill(
        in directory: TemporaryDirectory,
        _ random: inout Numbers,
        _ damaged: inout Int
    ) throws -> ([String], Int) {
        let progress = directory.appending("progress")
        unlink(progress.string)
        let host = try Child.host("write", directory.file.string, "16384", "1", "0", progress.string)
        // From before the first record to the middle of a rotation.
        if random.next(below: 8) > 0 { waitForProgress(progress) }
        usleep(random.next(below: 6000))
        host.kill()
        let result = host.finish()
        var problems: [String] = []
        if result.code != -SIGKILL { problems.append("ended with \(result.code)") }
        let taken = counter(progress)

        let damagedBefore = damaged
        damaged = 0
        var sequences: [Int] = []
        for file in try RollingFileSet.files(of: directory.file) where size(of: file) > 0 {
            let loaded = try Loaded(file)
            damaged += loaded.damaged + (loaded.isTorn ? 1 : 0)
            let isOfHost = loaded.records.contains { record in
                if case .header(let header) = record.payload { header.processID == Int(host.processID) } else { false }
            }
            // An earlier process may have begun the same file.
            if isOfHost, let first = loaded.records.lastIndex(where: { isHeader($0, of: host.processID) }) {
                sequences += loaded.records[first...].map(\.sequence).filter { $0 > 0 }
            }
        }
        // Old damage may have been rotated away; there is at most one piece more.
        if damaged > damagedBefore + 1 { problems.append("\(damaged) damaged lines after \(damagedBefore)") }
        if let first = sequences.first, sequences != Array(first..<first + sequences.count) {
            problems.append("not contiguous: \(sequences)")
        }
        let last = sequences.last ?? 0
        if last != taken, last != taken + 1 { problems.append("\(taken) were taken, the last one is \(last)") }
        return (problems, last)
    }

    private static func isHeader(_ record: Record, of processID: pid_t) -> Bool {
        if case .header(let header) = record.payload { header.processID == Int(processID) } else { false }
    }

    private static func waitForProgress(_ path: FilePath) {
        waitUntil { counter(path) > 0 }
    }

    private static func counter(_ path: FilePath) -> Int {
        let file = open(path.string, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var value = 0
        return pread(file, &value, 8, 0) == 8 ? value : 0
    }
}

/// Random numbers that are the same in each run.
struct Numbers {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15
    }

    mutating func next(below limit: UInt32) -> UInt32 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt32(truncatingIfNeeded: state >> 32) % limit
    }
}
