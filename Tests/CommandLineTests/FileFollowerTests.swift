#if CLI
import TrackingTestSupport
import ClassTracking
import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import class_tracker

@Suite("Following a file")
struct FileFollowerTests {
    private let directory = TemporaryDirectory()
    private let reports = Reports()
    private let names = RollingFileName(active: "m.jsonl")

    private final class Reports: Sendable {
        let lines = Mutex<[String]>([])
    }

    private func follower() throws -> FileFollower {
        try FileFollower(path: directory["m.jsonl"]) { [reports] text in reports.lines.withLock { $0.append(text) } }
    }

    private func sequences(_ follower: FileFollower) throws -> [Int] {
        var found: [Int] = []
        try follower.poll { found.append($0.record.sequence) }
        return found
    }

    private func rotate(_ number: Int) {
        directory.rename("m.jsonl", names.rotated(number: number, time: Fixture.wallTime))
    }

    @Test("The last records come from as many rotated files as it takes, under their header")
    func lastRecords() throws {
        directory.append(Fixture.header(), Fixture.sample(1), Fixture.sample(2), to: "m.jsonl")
        rotate(1)
        directory.append(Fixture.header(), Fixture.sample(3), Fixture.sample(4), to: "m.jsonl")
        #expect(try follower().last(3).map(\.record.sequence) == [0, 2, 0, 3, 4])
        #expect(try follower().last(1).map(\.record.sequence) == [0, 4])
        #expect(try follower().last(0).map(\.record.sequence) == [0])
        #expect(try follower().last(100).map(\.record.sequence) == [0, 1, 2, 0, 3, 4])
    }

    @Test("Rotation loses nothing: neither records before it, nor those of several rotations within one poll")
    func rotation() throws {
        directory.append(Fixture.header(), Fixture.sample(1), to: "m.jsonl")
        let follower = try follower()
        _ = try follower.last(10)
        directory.append(Fixture.sample(2), to: "m.jsonl")
        rotate(1)
        #expect(try sequences(follower) == [2])
        directory.append(Fixture.header(), Fixture.sample(3), to: "m.jsonl")
        rotate(2)
        directory.append(Fixture.header(), Fixture.sample(4), to: "m.jsonl")
        #expect(try sequences(follower) == [0, 3, 0, 4])
        directory.append(Fixture.sample(5), to: "m.jsonl")
        #expect(try sequences(follower) == [5])
        #expect(reports.lines.withLock { $0 } == [])
    }

    @Test("A record that is not complete is waited for")
    func tornTail() throws {
        directory.append(Fixture.header(), to: "m.jsonl")
        let follower = try follower()
        _ = try follower.last(10)
        let line = Fixture.sample(1).jsonLine + "\n"
        directory.append(String(line.prefix(20)), to: "m.jsonl")
        #expect(try sequences(follower) == [])
        directory.append(String(line.dropFirst(20)), to: "m.jsonl")
        #expect(try sequences(follower) == [1])
    }

    @Test("A file that is cut off is read from its beginning")
    func truncation() throws {
        directory.append(Fixture.header(), Fixture.sample(1), Fixture.sample(2), to: "m.jsonl")
        let follower = try follower()
        _ = try follower.last(10)
        truncate(directory["m.jsonl"].string, 0)
        directory.append(Fixture.sample(3), to: "m.jsonl")
        #expect(try sequences(follower) == [3])
        #expect(reports.lines.withLock { $0.count } == 1)
    }

    @Test("A file that was moved or removed is followed again when it is back")
    func replacement() throws {
        directory.append(Fixture.header(), Fixture.sample(1), to: "m.jsonl")
        let follower = try follower()
        _ = try follower.last(10)
        directory.rename("m.jsonl", "m.jsonl.1")
        #expect(try sequences(follower) == [])
        directory.append(Fixture.sample(2), to: "m.jsonl.1")
        directory.append(Fixture.header(), Fixture.sample(3), to: "m.jsonl")
        #expect(try sequences(follower) == [2, 0, 3])
        unlink(directory["m.jsonl"].string)
        #expect(try sequences(follower) == [])
        directory.append(Fixture.header(), Fixture.sample(4), to: "m.jsonl")
        #expect(try sequences(follower) == [0, 4])
    }

    @Test("A damaged line is reported with file and line, and skipped")
    func damage() throws {
        directory.append(Fixture.header(), to: "m.jsonl")
        directory.append("{\"record\":\"samp\n", to: "m.jsonl")
        directory.append(Fixture.sample(2), to: "m.jsonl")
        #expect(try follower().last(10).map(\.record.sequence) == [0, 2])
        #expect(reports.lines.withLock { $0.first?.contains("m.jsonl: line 2: ") } == true)
    }

    @Test("Nothing at the path is no input")
    func missing() {
        #expect(throws: CommandFailure(.cannotOpen(path: directory["m.jsonl"].string, errno: .noSuchFileOrDirectory))) {
            try follower()
        }
    }

    @Test("A set of files is read once, however often its files are named")
    func fileSet() throws {
        directory.append(Fixture.header(), Fixture.sample(1), to: "m.jsonl")
        rotate(1)
        directory.append(Fixture.header(), Fixture.sample(2), to: "m.jsonl")
        var set = RecordFileSet { _ in }
        var found: [Int] = []
        for name in ["m.jsonl", names.rotated(number: 1, time: Fixture.wallTime), "m.jsonl"] {
            try set.records(of: directory[name]) { record, _ in found.append(record.sequence) }
        }
        #expect(found == [0, 1, 0, 2])
    }
}
#endif
