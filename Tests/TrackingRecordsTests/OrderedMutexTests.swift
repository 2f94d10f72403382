import Testing
import TrackingRecords
import TrackingTestSupport

@Suite("Order of locks")
struct OrderedMutexTests {
    @Test("A lock returns what its body returns, and keeps the value")
    func values() {
        let mutex = OrderedMutex(.tracker, 1)
        let before = mutex.withLock { value in
            value += 1
            return value - 1
        }
        #expect(before == 1)
        #expect(mutex.withLock { $0 } == 2)
        let nested = mutex.withLock { _ in mutex.withLockIfAvailable { $0 } }
        #expect(nested == nil)
        #expect(mutex.withLockIfAvailable { $0 } == 2)
    }

    @Test("An error of the body goes to the caller, and the lock is given back")
    func errors() {
        struct Refusal: Error {}
        let mutex = OrderedMutex(.tracker, 1)
        #expect(throws: Refusal.self) { try mutex.withLock { _ throws(Refusal) in throw Refusal() } }
        #expect(mutex.withLockIfAvailable { $0 } == 1)
    }

    @Test("Every rank is described in its source")
    func documented() throws {
        let lines = try Repository.text(of: "Sources/TrackingRecords/Locks/LockRank.swift").split(separator: "\n")
        let ranks = lines.indices.filter { lines[$0].hasPrefix("    case ") }
        #expect(ranks.count == LockRank.allCases.count)
        for line in ranks { #expect(lines[line - 1].hasPrefix("    /// "), "\(lines[line])") }
    }

    #if DEBUG
    @Test("Locks that are further down may be waited for, others not, and neither may one of the same rank")
    func obstacles() {
        let held = UInt(1) << UInt(LockRank.measuring.rawValue) | 1 << UInt(LockRank.tracker.rawValue)
        #expect(HeldLocks.obstacle(to: .lifecycle, holding: 0) == nil)
        #expect(HeldLocks.obstacle(to: .recordPipeline, holding: held) == nil)
        #expect(HeldLocks.obstacle(to: .tracker, holding: held) == .tracker)
        #expect(HeldLocks.obstacle(to: .snapshotStore, holding: held) == .tracker)
        #expect(LockRank.allCases.count <= UInt.bitWidth)
    }

    @Test("A thread that waits for two locks in the wrong order ends the process")
    func wrongOrder() async {
        await #expect(processExitsWith: .failure) {
            let first = OrderedMutex(.measuring, ())
            let second = OrderedMutex(.tracker, ())
            second.withLock { _ in first.withLock { _ in } }
        }
    }

    @Test("A thread that waits for two locks of the same rank ends the process")
    func sameRank() async {
        await #expect(processExitsWith: .failure) {
            let first = OrderedMutex(.tracker, ())
            let second = OrderedMutex(.tracker, ())
            second.withLock { _ in first.withLock { _ in } }
        }
    }

    @Test("A lock that was taken without waiting counts as held, and locks that were given back do not")
    func rightOrder() async {
        await #expect(processExitsWith: .failure) {
            let first = OrderedMutex(.measuring, ())
            let second = OrderedMutex(.tracker, ())
            second.withLockIfAvailable { _ in first.withLock { _ in } }
        }
        await #expect(processExitsWith: .success) {
            let first = OrderedMutex(.measuring, ())
            let second = OrderedMutex(.tracker, ())
            first.withLock { _ in second.withLock { _ in } }
            second.withLock { _ in }
            first.withLock { _ in }
            // It waits for nobody.
            second.withLock { _ in first.withLockIfAvailable { _ in } }
        }
    }
    #endif
}
