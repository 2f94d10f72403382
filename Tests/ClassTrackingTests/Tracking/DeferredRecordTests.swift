import CTrackingTestSupport
import Glibc
import Testing

@testable import ClassTracking

/// A thread that records a birth or a death while the lock's holder does not get a processor.
@Suite("Births and deaths behind a lock that is not given back", .processWide)
struct DeferredRecordTests {
    private final class Subject {
        var number = 0
    }

    let tracker = ClassTracker()
    private let name = "subject"

    /// Does something while all locks are held, and says what the tracker knows afterwards.
    private func whileLocked(_ body: () -> Void) throws -> (size: ClassSize, missed: Int) {
        let registry = try #require(tracker.registry)
        let pointer = UnsafeMutableRawPointer(registry.pointer)
        ctt_lock_shards(pointer)
        body()
        ctt_unlock_shards(pointer)
        let snapshot = try tracker.createSnapshot()
        return (try #require(snapshot.classes[name]), snapshot.missed)
    }

    @Test("What is recorded behind it is entered in order", .addressesUsedAgain)
    func inOrder() throws {
        try tracker.trackClass(Subject.self, name: name)
        var before = (0..<10).map { _ in Subject() }
        var objects: [Subject] = []
        objects.reserveCapacity(20)
        var addresses: Set<UInt> = []
        let (size, missed) = try whileLocked {
            before.removeLast(5)
            for _ in 0..<10 { objects.append(Subject()) }
            objects.removeLast(3)
            // Addresses that are used again: the last of them lives.
            for _ in 0..<20 { addresses.insert(address(of: Subject())) }
            objects.append(Subject())
        }
        #expect(addresses.count < 20)
        #expect((size.active, size.created, size.destroyed, missed) == (13, 41, 28, 0))
        #expect(tracker.index[name]?.count { $0.death == nil } == 13)
        #expect((objects + before).allSatisfy(tracker.isTracking))
        tracker.close()
    }

    @Test(
        "An object of another class at the address of one that died behind it is not tracked",
        .addressesUsedAgain
    )
    func otherClass() throws {
        final class Stranger {
            var number = 0
        }
        try tracker.trackClass(Subject.self, name: name)
        var subject: Subject? = Subject()
        let place = address(of: try #require(subject))
        var strangers: [Stranger] = []
        strangers.reserveCapacity(100)
        let (size, missed) = try whileLocked {
            subject = nil
            while strangers.count < 100, strangers.last.map(address) != place { strangers.append(Stranger()) }
        }
        #expect(strangers.last.map(address) == place)
        #expect(strangers.contains(where: tracker.isTracking) == false)
        #expect((size.active, size.destroyed, missed) == (0, 1, 0))
        tracker.close()
    }

    @Test("What finds no room behind it is counted, and waits no longer than a host can bear")
    func noRoom() throws {
        try tracker.trackClass(Subject.self, name: name)
        var objects: [Subject] = []
        let (size, missed) = try whileLocked { objects = (0..<130).map { _ in Subject() } }
        #expect((size.active, missed) == (128, 2))
        let recorded = objects.count(where: tracker.isTracking)
        objects = []
        let last = try tracker.createSnapshot()
        #expect(recorded == 128)
        #expect((last.classes[name]?.active, last.missed) == (0, 2))
        tracker.close()
    }

    @Test("What was recorded behind a lock of a registry that is closed is not entered into the next")
    func closed() throws {
        try tracker.trackClass(Subject.self, name: name)
        let object = Subject()
        let registry = try #require(tracker.registry)
        let pointer = UnsafeMutableRawPointer(registry.pointer)
        ctt_lock_shards(pointer)
        let other = Subject()
        ctt_unlock_shards(pointer)
        tracker.detachAll()
        try tracker.trackClass(Subject.self, name: name)
        let third = Subject()
        #expect([object, other, third].map(tracker.isTracking) == [false, false, true])
        tracker.close()
    }
}
