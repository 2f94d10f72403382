import Glibc
import RecordReading
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

@Suite("P5: rotation")
struct P5RotationTests {
    let directory = TemporaryDirectory()

    @Test("P5: rotated files sort by their numbers, also when the clock jumps back")
    func numbersOrder() throws {
        let sink = RollingFileSink(impatient: directory.file, maximumBytes: 16384, keep: 10)
        sink.receive(header())
        // Each sample is an hour before the one before it.
        for number in 1...600 { sink.receive(sample(number, at: Double(-3600 * number))) }
        sink.close()
        let files = try RollingFileSet.files(of: directory.file)
        #expect(files.count > 3)
        #expect(try Loaded(setOf: directory.file).sequences == Array(1...600))
        let names = RollingFileName(active: "memory.jsonl")
        let rotated = files.compactMap { names.parseRotated($0.lastComponent?.string ?? "") }
        #expect(rotated.map(\.number) == Array(1...rotated.count))
        #expect(rotated.map(\.time) == rotated.map(\.time).sorted(by: >))
    }

    @Test("P5: a rotation never replaces a file that has the name it wants")
    func neverReplaces() throws {
        let names = RollingFileName(active: "memory.jsonl")
        let sink = RollingFileSink(impatient: directory.file, maximumBytes: 16384, keep: 10)
        sink.receive(header())
        sink.receive(sample(1, at: 1))
        // Not a regular file, hence not in the pool, but in the way.
        let taken = (1...3).map { names.rotated(number: $0, time: start + 1) }
        for name in taken { #expect(mkdir(directory.appending(name)) == 0) }
        sink.receive(Record(sequence: 2, sample(2, at: 1).payload))
        for number in 3...150 { sink.receive(sample(number, at: 1)) }
        sink.close()
        #expect(sink.status.dropped == 0)
        #expect(directory.names.contains(names.rotated(number: 4, time: start + 1)))
        for name in taken { #expect(size(of: directory.appending(name)) > 0) }
    }

    @Test(
        "P5: killed at any step of a rotation, each record is in exactly one file",
        .enabled(if: Machine.hasStrace, "needs strace"),
        arguments: ["renameat2", "fdatasync", "unlinkat", "fsync", "getdents64", "flock", "openat"],
        [1, 3]
    )
    func killed(at call: String, time: Int) throws {
        // The calls before the first record are left out: the first openat of ours comes after the loader's.
        let occurrence = call == "openat" ? 60 + 7 * time : call == "getdents64" || call == "flock" ? 4 * time : time
        let progress = directory.appending("progress")
        let result = try Child.traced(
            ["trace=\(call)", "inject=\(call):signal=KILL:when=\(occurrence)"],
            log: directory.appending("strace.log"),
            "write",
            directory.file.string,
            "16384",
            "3",
            "1000",
            progress.string
        )
        try #require(result.code != 0, "the call was not made: \(result.output)")
        try expectDense(upTo: progress)
        // The next run goes on as if nothing had been.
        let next = RollingFileSink(impatient: directory.file, maximumBytes: 16384, keep: 3)
        next.receive(header())
        next.receive(samples: 1...100)
        next.close()
        #expect(next.status.dropped == 0)
        #expect(next.status.destination == directory.file.string)
        #expect(try Loaded(setOf: directory.file).sequences.suffix(100) == Array(1...100)[...])
    }

    private func expectDense(upTo progress: FilePath) throws {
        let loaded = try Loaded(setOf: directory.file)
        #expect(loaded.damaged == 0)
        let taken = content(progress).reversed().reduce(0) { $0 << 8 | Int($1) }
        let first = loaded.sequences.first ?? 1
        #expect(loaded.sequences == Array(first..<first + loaded.sequences.count))
        #expect((taken...taken + 1).contains(loaded.sequences.last ?? 0))
    }

    @Test(
        "P5: a file system without the flag still rotates without replacing",
        .enabled(if: Machine.hasStrace, "needs strace")
    )
    func withoutFlag() throws {
        let result = try Child.traced(
            ["trace=renameat2", "inject=renameat2:error=EINVAL"],
            log: directory.appending("strace.log"),
            "write",
            directory.file.string,
            "16384",
            "3",
            "600",
            "-"
        )
        #expect(result.output.hasSuffix(" 600 0\n"))
        #expect(try RollingFileSet.files(of: directory.file).count == 4)
        let loaded = try Loaded(setOf: directory.file)
        #expect(loaded.sequences.last == 600)
        #expect(loaded.sequences == Array(601 - loaded.sequences.count...600))
    }
}
