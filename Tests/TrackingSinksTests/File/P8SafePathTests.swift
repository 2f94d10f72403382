import Glibc
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

@Suite("P8: safe paths")
struct P8SafePathTests {
    let directory = TemporaryDirectory()
    private let clock = ManualClock()
    var victim: FilePath { directory.appending("victim") }

    /// Nothing arrives, for a reason that `probe` gives as well.
    private func expectRefused(_ error: FileSinkError, at path: FilePath? = nil) {
        let path = path ?? directory.file
        #expect(throws: error) { try RollingFileSink.probe(RollingFileConfiguration(path: path)) }
        let sink = RollingFileSink(impatient: path)
        sink.receive(header())
        sink.receive(samples: 1...3)
        #expect(sink.status.condition == .degraded(error.description))
        #expect(sink.status.dropped == 3)
        #expect(sink.notices == [SinkNotice(severity: .error, message: error.description)])
        sink.close()
    }

    @Test("P8: a planted symbolic link is refused and its target untouched")
    func symbolicLink() throws {
        try write("precious", to: victim)
        #expect(symlink("victim", directory.file.string) == 0)
        expectRefused(.unsafeFile(path: directory.file.string, reason: "is a symbolic link"))
        #expect(content(victim) == Array("precious".utf8))
    }

    @Test("P8: a symbolic link to nothing does not make its target")
    func danglingLink() {
        #expect(symlink("victim", directory.file.string) == 0)
        expectRefused(.unsafeFile(path: directory.file.string, reason: "is a symbolic link"))
        #expect(!exists(victim))
    }

    @Test("P8: a FIFO is refused without waiting for a reader", .timeLimit(.minutes(10)))
    func fifo() {
        #expect(mkfifo(directory.file.string, 0o600) == 0)
        expectRefused(.unsafeFile(path: directory.file.string, reason: "is not a regular file"))
    }

    @Test("P8: a file with a second name is refused and untouched")
    func hardLink() throws {
        try write(header().jsonLine + "\n", to: victim)
        let before = content(victim)
        #expect(link(victim.string, directory.file.string) == 0)
        expectRefused(.unsafeFile(path: directory.file.string, reason: "has more than one name (hard links)"))
        #expect(content(victim) == before)
    }

    @Test(
        "P8: a file of something else is left alone",
        arguments: ["root:x:0:0\n", "{\"record\":\"head", "\n", "{}\n"]
    )
    func foreignFile(text: String) throws {
        // What may be the beginning of a header is what a crash left; one more letter and it is not.
        let text = text.hasSuffix("head") ? text + "line" : text
        try write(text, to: directory.file)
        expectRefused(.notRecords(path: directory.file.string))
        #expect(content(directory.file) == Array(text.utf8))
    }

    @Test("P8: a directory in the place of the file is refused")
    func directoryAsFile() {
        #expect(mkdir(directory.file) == 0)
        expectRefused(.cannotOpen(path: directory.file.string, errno: .isDirectory))
    }

    @Test("P8: a path without a file name is refused", arguments: ["", "/", "..", "."])
    func noName(path: String) {
        #expect(throws: FileSinkError.self) {
            try RollingFileSink.probe(RollingFileConfiguration(path: FilePath(path)))
        }
        let sink = RollingFileSink(impatient: FilePath(path))
        sink.receive(header())
        sink.receive(sample(1))
        #expect(sink.status.dropped == 1)
    }

    @Test("P8: a directory that others can write to is refused", arguments: [0o777, 0o775, 0o1777, 0o2770] as [mode_t])
    func writableDirectory(mode: mode_t) {
        let logs = directory.appending("logs")
        #expect(mkdir(logs) == 0)
        chmod(logs.string, mode)
        // As in /tmp, nobody can exchange a file of ours in a sticky directory of root.
        if mode & S_ISVTX != 0, Machine.isRoot {
            let sink = RollingFileSink(impatient: logs.appending("memory.jsonl"))
            sink.receive(header())
            sink.receive(sample(1))
            #expect(sink.status.condition == .working)
            return
        }
        expectRefused(
            .unsafeDirectory(path: logs.string, reason: "its group or everybody can write to it"),
            at: logs.appending("memory.jsonl")
        )
        #expect(TemporaryDirectory.names(in: logs) == [])
    }

    @Test("P8: root does not write into a directory of another user", .enabled(if: Machine.isRoot, "needs root"))
    func directoryOfAnotherUser() {
        let logs = directory.appending("logs")
        #expect(mkdir(logs) == 0)
        #expect(chown(logs.string, 12345, 12345) == 0)
        expectRefused(
            .unsafeDirectory(path: logs.string, reason: "it belongs to another user than root"),
            at: logs.appending("memory.jsonl")
        )
        #expect(TemporaryDirectory.names(in: logs) == [])
    }

    @Test("P8: a file of another user is refused and untouched", .enabled(if: Machine.isRoot, "needs root"))
    func fileOfAnotherUser() throws {
        try write(header().jsonLine + "\n", to: directory.file)
        #expect(chown(directory.file.string, 12345, 12345) == 0)
        let before = content(directory.file)
        expectRefused(.unsafeFile(path: directory.file.string, reason: "belongs to another user"))
        #expect(content(directory.file) == before)
    }

    @Test("P8: a link of root's to the directory is followed, as DynamicUser= makes one")
    func trustedDirectoryLink() throws {
        let logs = directory.appending("logs")
        #expect(mkdir(logs) == 0)
        #expect(symlink("logs", directory.appending("link").string) == 0)
        let sink = RollingFileSink(impatient: directory.appending("link").appending("memory.jsonl"))
        sink.receive(header())
        sink.receive(sample(1))
        sink.close()
        #expect(try Loaded(logs.appending("memory.jsonl")).sequences == [1])
    }

    @Test("P8: a link of another user to the directory is not followed", .enabled(if: Machine.isRoot, "needs root"))
    func foreignDirectoryLink() throws {
        let logs = directory.appending("logs")
        let link = directory.appending("link")
        #expect(mkdir(logs) == 0)
        #expect(symlink("logs", link.string) == 0)
        #expect(lchown(link.string, 12345, 12345) == 0)
        expectRefused(.directory(path: link.string, errno: .notDirectory), at: link.appending("memory.jsonl"))
        #expect(TemporaryDirectory.names(in: logs) == [])
    }

    @Test("P8: the file replaced by a symbolic link while it is written is refused")
    func replacedByLink() throws {
        try write("precious", to: victim)
        let sink = RollingFileSink(impatient: directory.file, clock: clock.now)
        sink.receive(header())
        sink.receive(sample(1))
        unlink(directory.file.string)
        #expect(symlink("victim", directory.file.string) == 0)
        clock.advance(milliseconds: 950)
        sink.receive(sample(2))
        #expect(sink.status.reason?.contains("is a symbolic link") == true)
        #expect(content(victim) == Array("precious".utf8))
        unlink(directory.file.string)
        sink.receive(sample(3))
        sink.close()
        #expect(try Loaded(directory.file).records.map(\.kind) == [.header, .drop, .sample])
    }

    @Test("P8: the directory replaced by a link into one that others can write to is refused")
    func directoryReplacedByLink() throws {
        let (logs, open) = (directory.appending("logs"), directory.appending("open"))
        #expect(mkdir(logs) == 0)
        #expect(mkdir(open) == 0)
        chmod(open.string, 0o777)
        let sink = RollingFileSink(impatient: logs.appending("memory.jsonl"), clock: clock.now)
        sink.receive(header())
        sink.receive(sample(1))
        try rename(logs, to: directory.appending("old"))
        #expect(symlink("open", logs.string) == 0)
        clock.advance(milliseconds: 950)
        sink.receive(sample(2))
        #expect(sink.status.reason?.contains("its group or everybody can write to it") == true)
        #expect(TemporaryDirectory.names(in: open) == [])
    }

    @Test("P8: new files are readable by the owner's group at most and closed on exec")
    func modes() throws {
        let sink = RollingFileSink(impatient: directory.file)
        sink.receive(header())
        sink.receive(sample(1))
        var status = stat()
        #expect(lstat(directory.file.string, &status) == 0)
        #expect(status.st_mode & 0o137 == 0)
        var inheritable: [Int32] = []
        for number in 3..<1024 as Range<Int32> {
            guard let identity = FileIdentity(of: number), identity == FileIdentity(status) else { continue }
            if fcntl(number, F_GETFD) & FD_CLOEXEC == 0 { inheritable.append(number) }
        }
        #expect(inheritable == [])
        sink.close()
    }
}
