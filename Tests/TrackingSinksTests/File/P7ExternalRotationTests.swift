import Glibc
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

@Suite("P7: rotation by others")
struct P7ExternalRotationTests {
    let directory = TemporaryDirectory()

    private let clock = ManualClock()

    /// Lets the time pass until the sink looks at its path again.
    private func waitForCheck() { clock.advance(milliseconds: 950) }

    @Test("P7: a host that changes its directory keeps the file of its relative path")
    func changedDirectory() throws {
        let host = try Child.host("daemon", directory.path.string)
        #expect(host.finish().output == "2\n")
        #expect(try Loaded(directory.file).sequences == [1, 2])
        #expect(try Loaded(directory.file).headers == 1)
    }

    @Test("P7: a file that is renamed, as by logrotate, is made anew within a second and nothing is lost")
    func renamed() throws {
        let sink = RollingFileSink(impatient: directory.file, clock: clock.now)
        sink.receive(header())
        sink.receive(samples: 1...5)
        let moved = directory.appending("memory.jsonl.1")
        try rename(directory.file, to: moved)
        sink.receive(samples: 6...7)
        waitForCheck()
        sink.receive(samples: 8...9)
        sink.close()
        let loaded = try Loaded(directory.file)
        #expect(try Loaded(moved).sequences + loaded.sequences == Array(1...9))
        #expect(loaded.sequences.suffix(2) == [8, 9])
        #expect(loaded.headers == 1)
        #expect(sink.status.dropped == 0)
    }

    @Test("P7: logrotate's create leaves an empty file, which is begun with a header")
    func renamedAndCreated() throws {
        let sink = RollingFileSink(impatient: directory.file, clock: clock.now)
        sink.receive(header())
        sink.receive(samples: 1...5)
        try rename(directory.file, to: directory.appending("memory.jsonl.1"))
        try write("", to: directory.file)
        waitForCheck()
        sink.receive(sample(6))
        sink.close()
        #expect(try Loaded(directory.file).records.map(\.kind) == [.header, .sample])
    }

    @Test("P7: a file that is removed is made anew")
    func removed() throws {
        let sink = RollingFileSink(impatient: directory.file, clock: clock.now)
        sink.receive(header())
        sink.receive(samples: 1...5)
        unlink(directory.file.string)
        waitForCheck()
        sink.receive(sample(6))
        sink.close()
        #expect(try Loaded(directory.file).sequences == [6])
    }

    @Test("P7: after copytruncate it goes on at the beginning of the file, with a header and without a hole")
    func copyTruncate() throws {
        let sink = RollingFileSink(impatient: directory.file, clock: clock.now)
        sink.receive(header())
        sink.receive(samples: 1...50)
        #expect(truncate(directory.file.string, 0) == 0)
        waitForCheck()
        sink.receive(samples: 51...52)
        sink.close()
        #expect(content(directory.file).first == UInt8(ascii: "{"))
        let loaded = try Loaded(directory.file)
        #expect(loaded.records.map(\.kind) == [.header, .sample, .sample])
        #expect(loaded.sequences == [51, 52])
    }

    @Test("P7: after copytruncate the very next record is behind a header, and the next run goes on with the file")
    func copyTruncateAtOnce() throws {
        let sink = RollingFileSink(impatient: directory.file, clock: clock.now)
        sink.receive(header())
        for number in 1...30 {
            sink.receive(sample(number))
            if number.isMultiple(of: 10) { #expect(truncate(directory.file.string, 0) == 0) }
        }
        sink.receive(sample(31))
        sink.close()
        let next = RollingFileSink(impatient: directory.file, clock: clock.now)
        next.receive(header())
        next.receive(sample(1))
        next.close()
        #expect(next.status.dropped == 0)
        #expect(try Loaded(directory.file).records.map(\.kind) == [.header, .sample, .header, .sample])
    }

    @Test("P7: a file cut in the middle of a line gets its newline first")
    func cutInALine() throws {
        let sink = RollingFileSink(impatient: directory.file, clock: clock.now)
        sink.receive(header())
        sink.receive(samples: 1...5)
        #expect(truncate(directory.file.string, size(of: directory.file) - 20) == 0)
        waitForCheck()
        sink.receive(sample(6))
        sink.close()
        let loaded = try Loaded(directory.file)
        #expect(loaded.sequences == [1, 2, 3, 4, 6])
        #expect(loaded.damaged == 1)
    }

    @Test(
        "P7: real logrotate moves the file away",
        .enabled(if: Logrotate.isThere && Machine.isRoot, "needs root and logrotate")
    )
    func logrotate() throws {
        let sink = RollingFileSink(impatient: directory.file, clock: clock.now)
        sink.receive(header())
        sink.receive(samples: 1...5)
        try Logrotate.run(in: directory, "rotate 3\ncreate 0640")
        sink.receive(samples: 6...7)
        waitForCheck()
        sink.receive(samples: 8...9)
        sink.close()
        let moved = try Loaded(directory.appending("memory.jsonl.1")).sequences
        let made = try Loaded(directory.file).sequences
        #expect(moved + made == Array(1...9))
        #expect(made.suffix(2) == [8, 9])
    }

    @Test("P7: a directory that is removed drops records, and one made again is written to")
    func directoryRemoved() throws {
        let logs = directory.appending("logs")
        #expect(mkdir(logs) == 0)
        let sink = RollingFileSink(impatient: logs.appending("memory.jsonl"), clock: clock.now)
        sink.receive(header())
        sink.receive(samples: 1...3)
        TemporaryDirectory.remove(logs)
        waitForCheck()
        sink.receive(samples: 4...5)
        #expect(sink.status.reason?.contains("there is no such directory") == true)
        #expect(sink.status.dropped == 2)
        #expect(mkdir(logs) == 0)
        sink.receive(sample(6))
        sink.close()
        let loaded = try Loaded(logs.appending("memory.jsonl"))
        #expect(loaded.records.map(\.kind) == [.header, .drop, .sample])
        #expect(loaded.drops.first?.count == 2)
        #expect(sink.notices.map(\.severity) == [.warning, .info])
    }

    @Test("P7: a directory that is moved away and replaced is noticed")
    func directoryReplaced() throws {
        let logs = directory.appending("logs")
        #expect(mkdir(logs) == 0)
        let sink = RollingFileSink(impatient: logs.appending("memory.jsonl"), clock: clock.now)
        sink.receive(header())
        sink.receive(sample(1))
        try rename(logs, to: directory.appending("old"))
        #expect(mkdir(logs) == 0)
        waitForCheck()
        sink.receive(sample(2))
        sink.close()
        #expect(try Loaded(directory.appending("old").appending("memory.jsonl")).sequences == [1])
        #expect(try Loaded(logs.appending("memory.jsonl")).sequences == [2])
    }

    @Test("P7: a directory missing at the start and made later is used, and the loss told")
    func directoryMissing() throws {
        let logs = directory.appending("logs")
        let sink = RollingFileSink(impatient: logs.appending("memory.jsonl"), clock: clock.now)
        sink.receive(header())
        sink.receive(samples: 1...3)
        #expect(sink.status.dropped == 3)
        let notices = sink.notices
        #expect(notices.map(\.severity) == [.error])
        #expect(
            notices.first?.message == "\(logs): there is no such directory; make it, or set file.path to another one"
        )
        #expect(mkdir(logs) == 0)
        sink.receive(sample(4))
        sink.close()
        let loaded = try Loaded(logs.appending("memory.jsonl"))
        let drop = try #require(loaded.drops.first)
        #expect((drop.firstSequence, drop.lastSequence, drop.count) == (1, 3, 3))
        #expect(loaded.sequences == [4])
    }

    @Test(
        "P7: a directory that turns read-only and writable again",
        .enabled(if: Machine.hasPrivateMounts, "needs root and TRACKING_TEST_PRIVATE_MOUNTS=1")
    )
    func readOnly() throws {
        let mounted = try PrivateMount(bindOf: directory.path)
        try mounted.remount(readOnly: true)
        let sink = RollingFileSink(impatient: directory.file, clock: clock.now)
        sink.receive(header())
        sink.receive(samples: 1...2)
        #expect(sink.status.reason?.contains("Read-only file system") == true)
        #expect(throws: FileSinkError.cannotOpen(path: directory.file.string, errno: .readOnlyFileSystem)) {
            try RollingFileSink.probe(RollingFileConfiguration(path: directory.file))
        }
        try mounted.remount(readOnly: false)
        sink.receive(sample(3))
        sink.close()
        #expect(try Loaded(directory.file).records.map(\.kind) == [.header, .drop, .sample])
    }
}

private enum Logrotate {
    static let isThere = (try? Child.spawn("logrotate", ["--version"]).finish().code) == 0

    static func run(in directory: TemporaryDirectory, _ options: String) throws {
        let configuration = directory.appending("logrotate.conf")
        try write("\(directory.file) {\n\(options)\n}\n", to: configuration)
        let state = directory.appending("logrotate.state")
        let result = try Child.spawn("logrotate", ["--force", "--state", state.string, configuration.string]).finish()
        #expect(result.code == 0)
    }
}
