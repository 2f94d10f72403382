import Dispatch
import Glibc
import Synchronization
import Testing
import TrackingTestSupport

@testable import ClassTracking

private final class Subject {
    var number = 0
}

@Suite("Waits for a snapshot in flight", .processWide)
struct SnapshotWaitTests {
    // Forked, which no snapshot is in a process with a sanitizer.
    @Test(
        "A snapshot is refused where another takes too long, and what is cleared meanwhile does not come back",
        .countedAllocations
    )
    func inFlight() throws {
        let tracker = ClassTracker()
        let subject = Subject()
        try tracker.trackObject(subject, name: "subject")
        try tracker.createSnapshot("before")
        let (isInFlight, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        tracker.measuring.withLock {
            // Asked for in the middle of a snapshot.
            $0.forked.headroom = {
                isInFlight.signal()
                gate.wait()
                return 1 << 20
            }
        }
        let taken = Mutex<Snapshot?>(nil)
        let thread = startThread {
            let snapshot = try? tracker.createSnapshot("in flight", isolation: .forked)
            taken.withLock { $0 = snapshot }
        }
        try #require(isInFlight.wait(timeout: .now() + 300) == .success)
        tracker.measuring.patience.store(20_000_000, ordering: .relaxed)
        #expect(throws: TrackingError.snapshotInFlight) { try tracker.createSnapshot("refused") }
        #expect(tracker.history["subject"]?.last?.count == 1)
        #expect(tracker.snapshots.map(\.description) == ["before"])
        tracker.clear()
        #expect(tracker.snapshots.isEmpty)
        gate.signal()
        pthread_join(thread, nil)
        #expect(taken.withLock { $0?.description } == "in flight")
        #expect(tracker.snapshots.isEmpty)
        #expect(tracker.history.isEmpty)
        tracker.measuring.patience.store(30_000_000_000, ordering: .relaxed)
        tracker.measuring.withLock { $0.forked.headroom = { nil } }
        try tracker.trackObject(subject, name: "subject")
        #expect(try tracker.createSnapshot("after").classes["subject"]?.active == 1)
        #expect(tracker.snapshots.map(\.description) == ["after"])
        tracker.clear()
    }

    @Test("Whoever waits for a snapshot gets its turn when that is over")
    func turns() {
        let lock = PatientLock(.measuring, 0)
        lock.patience.store(60_000_000_000, ordering: .relaxed)
        let threads = (0..<8)
            .map { _ in
                startThread { for _ in 0..<200 { lock.withLock { $0 += 1 } } }
            }
        for thread in threads { pthread_join(thread, nil) }
        #expect(lock.withLock { $0 } == 1600)
    }
}
