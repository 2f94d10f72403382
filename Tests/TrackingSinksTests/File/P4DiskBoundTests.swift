import Glibc
import RecordReading
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

@Suite("P4: bounded disk")
struct P4DiskBoundTests {
    let directory = TemporaryDirectory()

    /// What no rotation may touch: names that are nearly ours, and names that are ours of what is no regular file.
    private func plantDecoys() throws -> [String] {
        let rotated = "memory.20250102T030405Z-000001"
        let files = [
            "\(rotated).jsonl.bak", "memory.jsonl.1", "memory.jsonl~", "memory.20250102T030405Z-00001.jsonl",
            "memory.20250102T030405-000001.jsonl", "memory.20250102T030405Z-000001x.jsonl", "xmemory.jsonl",
            "other.20250102T030405Z-000001.jsonl", "memory.2025O102T030405Z-000001.jsonl",
            "memory.20250102T030405Z-9223372036854775807.jsonl", "memory..jsonl", "memory.0123.jsonl",
        ]
        for file in files { try write("precious", to: directory.appending(file)) }
        #expect(mkdir(directory.appending("memory.20250102T030405Z-000002.jsonl")) == 0)
        #expect(symlink("xmemory.jsonl", directory.appending("memory.20250102T030405Z-000003.jsonl").string) == 0)
        #expect(mkfifo(directory.appending("memory.20250102T030405Z-000004.jsonl").string, 0o600) == 0)
        // A name of a further process's file, but nothing of ours in it.
        try write("precious", to: directory.appending("memory.4711.jsonl"))
        return directory.names
    }

    private func bytesOfSet() -> (total: Int, largest: Int, rotated: Int) {
        let names = RollingFileName(active: "memory.jsonl")
        let ours = directory.names.filter { $0 == "memory.jsonl" || names.parseRotated($0) != nil }
            .filter { name in
                var status = stat()
                return lstat(directory.appending(name).string, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            }
        let sizes = ours.map { size(of: directory.appending($0)) }
        return (sizes.reduce(0, +), sizes.max() ?? 0, ours.count { $0 != "memory.jsonl" })
    }

    @Test("P4: bytes and files stay within their bounds at all times, decoys stay", arguments: 1...6)
    func bounded(seed: UInt64) throws {
        var random = Numbers(seed: seed)
        let maximum = 16384 + Int(random.next(below: 20000))
        let keep = 1 + Int(random.next(below: 4))
        let decoys = try plantDecoys()
        var number = 0
        var latest = 0
        for _ in 0..<4 {
            let sink = RollingFileSink(impatient: directory.file, maximumBytes: maximum, keep: keep)
            sink.receive(header())
            for _ in 0..<(100 + random.next(below: 200)) {
                number += 1
                let record =
                    switch random.next(below: 10) {
                    case 0: hostile(number)
                    case 1: notice(number, String(repeating: "é", count: Int(random.next(below: 300))))
                    case 2: spike(number)
                    default: sample(number)
                    }
                sink.receive(record)
                // Between two rotations only the active file changes.
                let active = size(of: directory.file)
                try #require(active <= maximum)
                guard active <= latest else {
                    latest = active
                    continue
                }
                latest = active
                let (total, _, rotated) = bytesOfSet()
                try #require(total <= maximum * (keep + 1))
                try #require(rotated <= keep)
            }
            // As a crash does: not closed, and torn.
            if random.next(below: 2) == 0 { truncate(directory.file.string, size(of: directory.file) - 3) }
            sink.close()
            #expect(sink.status.dropped == 0)
        }
        let (total, largest, rotated) = bytesOfSet()
        #expect(total <= maximum * (keep + 1))
        #expect(largest <= maximum)
        #expect(rotated <= keep)
        #expect(Set(decoys).subtracting(directory.names) == [])
        for name in decoys where size(of: directory.appending(name)) == 8 {
            #expect(content(directory.appending(name)) == Array("precious".utf8))
        }
    }

    @Test("P4: what earlier runs with larger files left is cut down before the first record")
    func largerLeftovers() throws {
        for number in 1...12 {
            let name = RollingFileName(active: "memory.jsonl").rotated(number: number, time: start)
            try write(String(repeating: "x", count: 30_000), to: directory.appending(name))
        }
        let before = RollingFileSink(impatient: directory.file, maximumBytes: 1 << 20, keep: 4)
        before.receive(header())
        before.receive(samples: 1...500)
        before.close()
        #expect(size(of: directory.file) > 50_000)

        let sink = RollingFileSink(impatient: directory.file, maximumBytes: 16384, keep: 3)
        sink.receive(header())
        sink.receive(sample(1))
        let (total, largest, rotated) = bytesOfSet()
        #expect(total <= 16384 * 4)
        #expect(largest <= 50_000)
        #expect(rotated <= 3)
    }

    @Test(
        "P4: the records that tell of losses have to fit as well",
        .enabled(if: Machine.hasStrace, "needs strace")
    )
    func dropIsCounted() throws {
        // Every third write fails, hence a drop stands before every other record.
        let result =
            try Child.spawn(
                "strace",
                [
                    "-f", "-qq", "-o", "/dev/null", "-P", directory.file.string, "-e", "trace=pwrite64",
                    "-e", "inject=pwrite64:error=ENOSPC:when=3+3", Child.host, "write", directory.file.string, "16384",
                    "50",
                    "1500", "-",
                ]
            )
            .finish()
        #expect(result.code == 0)
        let files = try RollingFileSet.files(of: directory.file)
        #expect(files.count > 10)
        for file in files { #expect(size(of: file) <= 16384) }
        var ledger = Ledger()
        for record in try Loaded(setOf: directory.file).records { ledger.add(record) }
        #expect(ledger.problems == [])
        #expect(ledger.lost > 300)
        #expect(ledger.last >= 1498)
    }

    @Test("P4: rotated files are removed when they are older than the maximum age")
    func age() throws {
        let names = RollingFileName(active: "memory.jsonl")
        for (number, age) in [(1, 7200.0), (2, 60)] {
            let file = directory.appending(names.rotated(number: number, time: start - age))
            try write("old", to: file)
            var times = [
                timespec(tv_sec: Int(start - age), tv_nsec: 0), timespec(tv_sec: Int(start - age), tv_nsec: 0),
            ]
            utimensat(AT_FDCWD, file.string, &times, 0)
        }
        var configuration = RollingFileConfiguration(path: directory.file)
        configuration.maximumAge = .seconds(3600)
        let sink = RollingFileSink(configuration)
        sink.receive(header())
        sink.receive(sample(1))
        #expect(directory.names == [names.rotated(number: 2, time: start - 60), "memory.jsonl"])
    }

    @Test("P4: names are compared byte by byte")
    func canonicallyEqualNames() {
        let composed = RollingFileName(active: "caf\u{E9}.jsonl")
        let decomposed = RollingFileName(active: "cafe\u{301}.jsonl")
        let rotated = composed.rotated(number: 1, time: start)
        #expect(composed.parseRotated(rotated) != nil)
        #expect(decomposed.parseRotated(rotated) == nil)
        #expect(decomposed.parseProcess(composed.forProcess(12)) == nil)
    }
}
