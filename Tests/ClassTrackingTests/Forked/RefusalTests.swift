import CTrackingTestSupport
import Dispatch
import Glibc
import Synchronization
import Testing
import TrackingTestSupport

@testable import ClassTracking

/// Whatever keeps a snapshot from being forked: it is taken in process and says why.
@Suite("Snapshots that cannot be forked", .processWide, .countedAllocations)
struct RefusalTests {
    /// The label is tracked and sized either way.
    private func expectInProcess(
        _ tracker: ClassTracker,
        because reason: String,
        hasPaused: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let label = Label(3)
        try tracker.trackObject(label, name: "label")
        let snapshot = try tracker.createSnapshot(isolation: .forked)
        #expect(snapshot.isolation == .inProcess, sourceLocation: sourceLocation)
        #expect(snapshot.classes["label"]?.sum == HeapSizer().size(of: label), sourceLocation: sourceLocation)
        #expect((snapshot.pause != nil) == hasPaused, sourceLocation: sourceLocation)
        let found = try #require(snapshot.notForked, sourceLocation: sourceLocation)
        #expect(found.hasPrefix(reason), sourceLocation: sourceLocation)
    }

    @Test("The pause is predicted to be longer than the budget")
    func budget() throws {
        let tracker = forkingTracker { $0.pauseBudget = .zero }
        try expectInProcess(tracker, because: "a pause of ")
        tracker.close()
    }

    @Test("A second copy of all memory would not fit")
    func headroom() throws {
        let tracker = forkingTracker()
        tracker.measuring.withLock { $0.forked.headroom = { 1 << 20 } }
        try expectInProcess(tracker, because: "a copy could need ")
        tracker.measuring.withLock { $0.forked.headroom = { nil } }
        try expectInProcess(tracker, because: "how much memory is left is not known")
        tracker.close()
    }

    @Test("The control group has no room", .enabled(if: geteuid() == 0, "needs a control group of its own"))
    func controlGroup() throws {
        guard let group = ControlGroup(limit: 256 << 20) else { return }
        let small = try Child.host("forked-group", group.procs, "\(8 << 20)").finish()
        #expect(small.output == "forked\n")
        let large = try Child.host("forked-group", group.procs, "\(150 << 20)").finish()
        #expect(large.output.hasPrefix("a copy could need "), "\(large.output)")
    }

    @Test("The kernel has no process to give", .enabled(if: geteuid() == 0, "becomes another user"))
    func processLimit() throws {
        let result = try Child.host("forked-processes").finish()
        #expect(result.output == "forked\nthe kernel refused a copy: clone(2): Resource temporarily unavailable\n")
    }

    @Test("A filter of system calls forbids it")
    func filter() throws {
        try onThread {
            #expect(ctt_forbid_clone() == 0)
            let tracker = forkingTracker()
            try expectInProcess(tracker, because: "the kernel refused a copy: clone(2): Operation not permitted")
            tracker.close()
        }
    }

    @Test("The host has left its process namespace", .enabled(if: geteuid() == 0, "needs the right to do so"))
    func namespace() throws {
        try onThread {
            guard ctt_leave_namespace() == 0 else { return }
            let tracker = forkingTracker()
            try expectInProcess(tracker, because: "the next process would begin a namespace of its own")
            tracker.close()
        }
    }

    @Test("The copy is killed in the middle")
    func killed() throws {
        let list = Link.list(200_000)
        let tracker = forkingTracker()
        let size = HeapSizer().size(of: list)
        try tracker.trackObject(list)
        let isDone = DispatchSemaphore(value: 0)
        let hasEnded = DispatchSemaphore(value: 0)
        DispatchQueue.global()
            .async {
                while isDone.wait(timeout: .now()) == .timedOut {
                    for copy in copiesOfThisProcess() { kill(copy, SIGKILL) }
                }
                hasEnded.signal()
            }
        // One may have been too fast.
        var reasons: Set<String?> = []
        for _ in 0..<20 where !reasons.contains("the copy was killed by signal 9") {
            let snapshot = try tracker.createSnapshot(isolation: .forked)
            #expect((snapshot.notForked == nil) == (snapshot.isolation == .forked))
            #expect(snapshot.pause != nil)
            #expect(snapshot.trackedTotal == size)
            reasons.insert(snapshot.notForked)
        }
        isDone.signal()
        hasEnded.wait()
        #expect(reasons.contains("the copy was killed by signal 9"))
        #expect(try tracker.createSnapshot(isolation: .forked).notForked == nil)
        tracker.close()
    }

    @Test("The copy takes too long, and ends by its own timer")
    func timer() throws {
        let list = Link.list(1_000_000)
        let tracker = forkingTracker()
        try tracker.trackObject(list)
        tracker.measuring.withLock { $0.forked.lifetime = 0.02 }
        let snapshot = try tracker.createSnapshot(isolation: .forked)
        #expect(snapshot.notForked == "the copy took longer than 20 ms")
        #expect(snapshot.duration < 60)
        #expect(snapshot.trackedTotal == HeapSizer().size(of: list))
        tracker.close()
    }

    @Test("The copy hangs, and is killed")
    func hanging() throws {
        let list = Link.list(200_000)
        let tracker = forkingTracker()
        try tracker.trackObject(list)
        tracker.measuring.withLock { $0.forked.lifetime = 1 }
        let isDone = DispatchSemaphore(value: 0)
        let hasEnded = DispatchSemaphore(value: 0)
        DispatchQueue.global()
            .async {
                // A timer does not end a process that is stopped.
                while isDone.wait(timeout: .now()) == .timedOut {
                    for copy in copiesOfThisProcess() { kill(copy, SIGSTOP) }
                }
                hasEnded.signal()
            }
        var reasons: Set<String?> = []
        for _ in 0..<20 where !reasons.contains("the copy took longer than 1 s") {
            reasons.insert(try tracker.createSnapshot(isolation: .forked).notForked)
        }
        isDone.signal()
        hasEnded.wait()
        #expect(reasons.contains("the copy took longer than 1 s"))
        #expect(copiesOfThisProcess().isEmpty)
        tracker.close()
    }

    @Test("A stream is told once, and once more when it is over")
    func oneLine() throws {
        let sink = MemorySink()
        let tracker = forkingTracker(sink)
        let label = Label(3)
        try tracker.trackObject(label)
        try tracker.startPeriodicSnapshots(interval: .seconds(60))
        tracker.measuring.withLock { $0.forked.headroom = { 1 << 20 } }
        for _ in 0..<3 { try tracker.createSnapshot(isolation: .forked) }
        tracker.measuring.withLock { $0.forked.headroom = { 1 << 50 } }
        for _ in 0..<3 { try tracker.createSnapshot(isolation: .forked) }
        tracker.stopPeriodicSnapshots()
        let notices = sink.records.compactMap { if case .notice(let notice) = $0.payload { notice } else { nil } }
        #expect(notices.map(\.severity) == [.warning, .info])
        #expect(notices.first?.message.hasPrefix("snapshots are taken in process: a copy could need ") == true)
        #expect(notices.last?.message == "snapshots are forked again")
        withExtendedLifetime(label) { tracker.close() }
    }

    /// Runs something on a thread of its own, with which ends what was done to it.
    private func onThread(_ body: @escaping () throws -> Void) throws {
        nonisolated(unsafe) let body = body
        nonisolated(unsafe) var failure: (any Error)?
        pthread_join(startThread { do { try body() } catch { failure = error } }, nil)
        if let failure { throw failure }
    }
}

/// A control group of memory with a limit, for as long as it is kept.
private final class ControlGroup {
    private let path: String
    var procs: String { path + "/cgroup.procs" }

    /// `nil` where there can be none.
    init?(limit: Int) {
        let root = "/sys/fs/cgroup/memory"
        let isFirst = access(root + "/memory.limit_in_bytes", F_OK) == 0
        path = (isFirst ? root : "/sys/fs/cgroup") + "/class-tracker-test-\(getpid())"
        guard mkdir(path, 0o755) == 0 else { return nil }
        guard let file = fopen(path + (isFirst ? "/memory.limit_in_bytes" : "/memory.max"), "w") else {
            rmdir(path)
            return nil
        }
        fputs("\(limit)", file)
        fclose(file)
    }

    deinit { while rmdir(path) != 0, errno == EBUSY { usleep(1000) } }
}

@Suite("What a copy costs")
struct CopyCostTests {
    @Test("The pause is predicted by the last one, and a slow one is forgotten")
    func forecast() {
        var forecast = PauseForecast()
        // 1 GiB: 26 ms.
        #expect(abs(forecast.pause(pages: 262_144) - 0.0265) < 0.0005)
        forecast.note(pause: 0.0103, pages: 100_000)
        #expect(abs(forecast.pause(pages: 200_000) - 0.0203) < 0.0001)
        // Too few pages to tell.
        forecast.note(pause: 1, pages: 1000)
        #expect(abs(forecast.pause(pages: 200_000) - 0.0203) < 0.0001)
        forecast.note(pause: 0.3, pages: 200_000)
        #expect(forecast.pause(pages: 200_000) > 0.29)
        for _ in 0..<100 { forecast.forget() }
        #expect(forecast.pause(pages: 200_000) < 0.021)
    }

    @Test("At worst each page is there twice")
    func memory() throws {
        var memory = ProcessMemory()
        #expect(CopyCost(memory) == nil)
        #expect(PauseForecast.pages(of: memory) == nil)
        memory.residentAnonymous = 128 << 20
        memory.pageTableSize = 1 << 20
        memory.swapSize = 4096
        memory.dataSize = 500 << 20
        memory.stackSize = 1 << 20
        let cost = try #require(CopyCost(memory))
        #expect(cost.resident == 130 << 20)
        #expect(cost.promised == 501 << 20)
        #expect(PauseForecast.pages(of: memory) == 32_769)
    }
}
