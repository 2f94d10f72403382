import Glibc
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingStatistics

@Suite("How a run ended")
struct EndingTests {
    private let directory = TemporaryDirectory()

    private func header(_ pid: Int, start: Double = Fixture.start) -> Record {
        Record(.header(Fixture.header(pid: pid, start: start)))
    }

    private func samples(_ seconds: ClosedRange<Int>) -> [Record] {
        seconds.map { Record(sequence: $0, .sample(Fixture.sample($0))) }
    }

    private func end(_ second: Int, _ cause: End.Cause?) -> Record {
        let end = End(
            timestamp: Double(second),
            wallTime: Fixture.start + Double(second),
            samples: second,
            missedTicks: 0,
            spikes: 0,
            suppressedSpikes: 0,
            dropped: 0,
            maximumResidentSet: nil,
            cause: cause
        )
        return Record(sequence: second, .end(end))
    }

    private func endings(_ paths: String...) throws -> [RunEnding?] {
        let reader = StatsReader()
        try reader.read(paths.map { directory[$0] })
        return reader.finish().map(\.ending)
    }

    @Test("An end record tells how a run ended; without one, a run that follows in the file shows that it was cut off")
    func kinds() throws {
        try directory.append([header(1)] + samples(1...3) + [end(4, .stop)], to: "a")
        try directory.append([header(2, start: Fixture.start + 10)] + samples(1...3), to: "a")
        try directory.append([header(3, start: Fixture.start + 20)] + samples(1...3) + [end(4, .exit)], to: "a")
        try directory.append([header(4, start: Fixture.start + 30)] + samples(1...3), to: "a")
        #expect(try endings("a") == [.inOrder(.stop), .cutOff, .inOrder(.exit), .unknown])
    }

    @Test("A run that is stopped, started and killed has no end")
    func startedAgain() throws {
        try directory.append([header(1)] + samples(1...3) + [end(4, .stop)], to: "a")
        try directory.append([header(1)] + samples(5...6), to: "a")
        #expect(try endings("a") == [.unknown])
        try directory.append([end(7, .stop)], to: "a")
        #expect(try endings("a") == [.inOrder(.stop)])
    }

    @Test("The header at the beginning of a rotated file says nothing about the run before")
    func rotated() throws {
        try directory.append([header(1)] + samples(1...3), to: "a")
        try directory.append([header(2, start: Fixture.start + 10)] + samples(1...3), to: "b")
        #expect(try endings("a", "b") == [.unknown, .unknown])
    }

    @Test("An end counts also outside of the window of time")
    func window() throws {
        try directory.append([header(1)] + samples(1...3) + [end(4, nil)], to: "a")
        let reader = StatsReader(window: TimeWindow(since: nil, until: Fixture.start + 2.5))
        try reader.read([directory["a"]])
        #expect(reader.finish().map(\.ending) == [.inOrder(nil)])
    }

    @Test("A file whose lock is held is in use, and one whose lock is free is not")
    func lock() throws {
        try directory.append([header(1)] + samples(1...3), to: "a")
        let file = try FileDescriptor.open(directory["a"], .readWrite)
        #expect(flock(file.rawValue, LOCK_EX | LOCK_NB) == 0)
        #expect(try endings("a") == [.running])
        flock(file.rawValue, LOCK_UN)
        #expect(try endings("a") == [.unknown])
        try file.close()
    }

    @Test("A process that was there when the run began still runs; another one with its number does not")
    func process() throws {
        var boot = [UInt8](repeating: 0, count: 64)
        let file = try FileDescriptor.open("/proc/sys/kernel/random/boot_id", .readOnly)
        let count = try boot.withUnsafeMutableBytes { try file.read(into: $0) }
        try file.close()
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let name = try FileDescriptor.open("/proc/self/comm", .readOnly)
        var comm = [UInt8](repeating: 0, count: 64)
        let length = try comm.withUnsafeMutableBytes { try name.read(into: $0) }
        try name.close()
        var header = Fixture.header(pid: Int(getpid()), start: Double(now.tv_sec))
        header.bootID = String(decoding: boot[..<count], as: UTF8.self).filter(\.isHexDigit)
        header.program = String(decoding: comm[..<(length - 1)], as: UTF8.self)
        #expect(FileUse.isRunning(header))
        var other = header
        other.program = "another"
        #expect(!FileUse.isRunning(other))
        // A process that began later has the number.
        other = header
        other.startTime = 1
        #expect(!FileUse.isRunning(other))
        other = header
        other.bootID = String(repeating: "0", count: 32)
        #expect(!FileUse.isRunning(other))
    }

    @Test("A dump of a running process has no end")
    func dump() throws {
        try Stats(Fixture.everything).dumpStats(to: directory["dump"])
        #expect(try Stats(contentsOf: directory["dump"]).contents.ending == nil)
    }
}
