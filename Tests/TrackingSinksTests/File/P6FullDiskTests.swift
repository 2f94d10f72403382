import Glibc
import RecordReading
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

@Suite("P6: a full disk")
struct P6FullDiskTests {
    let directory = TemporaryDirectory()

    @Test(
        "P6: on a full disk records are dropped, counted and told, and it goes on when there is room",
        .enabled(if: Machine.hasPrivateMounts, "needs root and TRACKING_TEST_PRIVATE_MOUNTS=1"),
        arguments: [0, 7]
    )
    func fullAndFree(room: Int) throws {
        let mounted = try PrivateMount(tmpfsAt: directory.path, options: "size=64k,mode=700")
        defer { withExtendedLifetime(mounted) {} }
        let sink = RollingFileSink(impatient: directory.file, maximumBytes: 1 << 20)
        sink.receive(header())
        sink.receive(samples: 1...10)
        // Whole pages, but for some bytes: the write that fails is a short one.
        let ballast = directory.appending("ballast")
        try write(String(repeating: "x", count: 48 << 10), to: ballast)
        var number = 10
        while sink.status.dropped == 0, number < 1000 {
            number += 1
            sink.receive(sample(number))
        }
        let firstLost = number
        for _ in 0..<20 + room {
            number += 1
            sink.receive(sample(number))
        }
        #expect(sink.status.reason?.contains("No space left on device") == true)
        #expect(sink.status.dropped == 21 + room)
        #expect(sink.notices.map(\.severity) == [.warning])

        unlink(ballast.string)
        number += 1
        sink.receive(sample(number))
        #expect(sink.status.condition == .working)
        #expect(sink.notices.map(\.severity) == [.info])
        sink.close()
        let loaded = try Loaded(directory.file)
        let drop = try #require(loaded.drops.first)
        #expect(loaded.drops.count == 1)
        #expect((drop.firstSequence, drop.lastSequence, drop.count) == (firstLost, number - 1, 21 + room))
        #expect(drop.sink == "file")
        #expect(drop.reason.contains("No space left on device"))
        #expect(loaded.damaged <= 1)
        #expect(loaded.sequences == Array(1..<firstLost) + [number])
        // The drop stands where the records are missing.
        #expect(loaded.records.suffix(2).map(\.kind) == [.drop, .sample])
    }

    @Test(
        "P6: errors and short writes are counted and told",
        .enabled(if: Machine.hasStrace, "needs strace"),
        arguments: ["error=ENOSPC", "error=EDQUOT", "error=EIO", "error=EROFS", "error=EFBIG", "retval=0"]
    )
    func errors(injected: String) throws {
        // The third write of the thread to the file is of the second record; path narrows it to the file.
        let result =
            try Child.spawn(
                "strace",
                [
                    "-f", "-qq", "-o", "/dev/null", "-P", directory.file.string, "-e", "trace=pwrite64",
                    "-e", "inject=pwrite64:\(injected):when=3..4", Child.host, "sync", directory.file.string, "6",
                ]
            )
            .finish()
        #expect(result.output.hasSuffix("4 2\n"))
        let loaded = try Loaded(directory.file)
        #expect(loaded.damaged == 0)
        #expect(loaded.sequences == [1, 4, 5, 6])
        let drop = try #require(loaded.drops.first)
        #expect((drop.firstSequence, drop.lastSequence, drop.count) == (2, 3, 2))
    }

    @Test(
        "P6: a header that cannot be written is written before the first record that can",
        .enabled(if: Machine.hasStrace, "needs strace"),
        arguments: ["1", "1..3"]
    )
    func headerFails(failing: String) throws {
        let result =
            try Child.spawn(
                "strace",
                [
                    "-f", "-qq", "-o", "/dev/null", "-P", directory.file.string, "-e", "trace=pwrite64",
                    "-e", "inject=pwrite64:error=ENOSPC:when=\(failing)", Child.host, "sync", directory.file.string,
                    "6",
                ]
            )
            .finish()
        let lost = failing == "1" ? 1 : 3
        #expect(result.output.hasSuffix("\(6 - lost) \(lost)\n"))
        let loaded = try Loaded(directory.file)
        #expect(loaded.records.prefix(2).map(\.kind) == [.header, .drop])
        #expect(loaded.sequences == Array(lost + 1...6))
    }

    @Test(
        "P6: a disk that is full from the start, and free again",
        .enabled(if: Machine.hasPrivateMounts, "needs root and TRACKING_TEST_PRIVATE_MOUNTS=1")
    )
    func fullFromTheStart() throws {
        let mounted = try PrivateMount(tmpfsAt: directory.path, options: "size=16k,mode=700")
        defer { withExtendedLifetime(mounted) {} }
        let ballast = directory.appending("ballast")
        try write(String(repeating: "x", count: 16 << 10), to: ballast)
        let sink = RollingFileSink(impatient: directory.file)
        sink.receive(header())
        sink.receive(samples: 1...5)
        #expect(sink.status.dropped == 5)
        unlink(ballast.string)
        sink.receive(sample(6))
        sink.close()
        #expect(try Loaded(directory.file).records.map(\.kind) == [.header, .drop, .sample])
    }

    @Test("P6: the end of a run does not wait for the next try")
    func lastTry() throws {
        let logs = directory.appending("logs")
        let configuration = RollingFileConfiguration(path: logs.appending("memory.jsonl"))
        let sink = RollingFileSink(configuration, retry: .seconds(60)...(.seconds(60)))
        sink.receive(header())
        sink.receive(samples: 1...3)
        #expect(mkdir(logs) == 0)
        sink.receive(end(4, samples: 3))
        sink.close()
        let loaded = try Loaded(logs.appending("memory.jsonl"))
        #expect(loaded.records.map(\.kind) == [.header, .drop, .end])
        #expect(loaded.drops.first?.count == 3)
    }

    @Test("P6: after a failure it is tried again after the shortest delay, then after twice as long")
    func backoff() {
        var backoff = Backoff(shortest: 10, longest: 35)
        var now: UInt64 = 1000
        for delay: UInt64 in [10, 20, 35, 35] {
            #expect(backoff.allows(at: now))
            backoff.failed(at: now)
            #expect(!backoff.allows(at: now + delay - 1))
            now += delay
        }
        #expect(backoff.allows(at: now))
        backoff.succeeded()
        backoff.failed(at: now)
        #expect(backoff.allows(at: now + 10))
    }

    @Test("P6: while it waits, records cost no system call on the file")
    func waiting() {
        let configuration = RollingFileConfiguration(path: directory.appending("none").appending("memory.jsonl"))
        let sink = RollingFileSink(configuration, retry: .seconds(60)...(.seconds(60)))
        sink.receive(header())
        sink.receive(sample(1))
        #expect(mkdir(directory.appending("none")) == 0)
        sink.receive(samples: 2...100)
        #expect(sink.status.dropped == 100)
        #expect(TemporaryDirectory.names(in: directory.appending("none")) == [])
        #expect(sink.notices.count == 1)
    }
}

@Suite("P6: a file size limit")
struct P6FileSizeLimitTests {
    let directory = TemporaryDirectory()

    @Test("P6: the limit does not kill the host and is kept to by rotating earlier")
    func rotatesEarlier() throws {
        let result = try Child.host("limited", directory.file.string, "20000", "300").finish()
        #expect(result.code == 0)
        #expect(result.output == "complete 300 0\n")
        #expect(try Loaded(setOf: directory.file).sequences == Array(1...300))
        for file in try RollingFileSet.files(of: directory.file) { #expect(size(of: file) <= 20000) }
    }

    @Test("P6: a limit below one record drops and counts", arguments: ["0", "100", "300"])
    func tooSmall(limit: String) throws {
        let result = try Child.host("limited", directory.file.string, limit, "50").finish()
        #expect(result.code == 0)
        let parts = result.output.split(whereSeparator: \.isWhitespace)
        #expect(parts.first == "complete")
        // Notices of the sink are records as well.
        #expect((Int(parts.last ?? "") ?? 0) >= 50)
        for name in directory.names { #expect(size(of: directory.appending(name)) <= Int(limit) ?? 0) }
    }
}
