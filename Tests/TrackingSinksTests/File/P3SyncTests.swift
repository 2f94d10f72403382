import Glibc
import SystemPackage
import Testing
import TrackingTestSupport

@testable import TrackingSinks

@Suite("P3: power loss", .enabled(if: Machine.hasStrace, "needs strace"))
struct P3SyncTests {
    let directory = TemporaryDirectory()
    var log: FilePath { directory.appending("strace.log") }
    var lines: [Substring] { String(decoding: content(log), as: UTF8.self).split(separator: "\n") }

    @Test("P3: records are synced at the interval, the directory after a file is made")
    func syncs() throws {
        let result = try Child.traced(["trace=fdatasync,fsync"], log: log, "sync", directory.file.string, "5")
        #expect(result.output == "5 0\n")
        #expect(lines.count { $0.contains("fdatasync(") } == 5)
        #expect(lines.count { $0.contains("fsync(") } >= 1)
    }

    @Test("P3: records that wait are synced when the sink is closed, and not again")
    func syncsOnClose() throws {
        _ = try Child.traced(
            ["trace=fdatasync"],
            log: log,
            "write",
            directory.file.string,
            "1000000",
            "2",
            "50",
            "-"
        )
        #expect(lines.count { $0.contains("fdatasync(") } == 1)
    }

    @Test("P3: after a failed sync the file is opened anew, and it is told once")
    func failedSync() throws {
        let result = try Child.traced(
            ["trace=fdatasync,openat", "inject=fdatasync:error=EIO:when=2"],
            log: log,
            "sync",
            directory.file.string,
            "5"
        )
        #expect(lines.count { $0.contains("memory.jsonl") && $0.contains("O_APPEND") } == 2)
        let told = result.output.split(separator: "\n")
        #expect(told.count { $0.hasPrefix("warning") && $0.contains("syncing failed: Input/output error") } == 1)
        #expect(told.count { $0.hasPrefix("info") && $0.contains("is written again") } == 1)
        #expect(told.last == "5 0")
        let loaded = try Loaded(directory.file)
        #expect(loaded.sequences == Array(1...5))
        #expect(loaded.headers == 2)
    }
}
