import ClassTracking
import Glibc
import Synchronization
import Testing

@Suite("Births and deaths", .processWide)
struct BirthAndDeathTests {
    /// Handed from thread to thread, never used by two.
    private final class Subject: @unchecked Sendable {
        var next: Subject?
        var number = 0
    }

    let tracker = ClassTracker()
    private let name = "subject"

    @Test("A death is recorded when it happens")
    func times() throws {
        try tracker.trackClass(Subject.self, name: name)
        var object: Subject? = Subject()
        usleep(20_000)
        object = nil
        _ = object
        usleep(50_000)
        let record = try #require(tracker.index[name]?.first)
        let lived = try #require(record.death) - record.birth
        // No upper bound but what a loaded machine cannot reach: death is not at the time of asking.
        #expect(lived >= 0.019)
        let now = try tracker.createSnapshot().timestamp
        #expect(now - (record.death ?? now) >= 0.049)
        #expect(record.address == 0)
        tracker.close()
    }

    @Test("An address that is used again is another object", .addressesUsedAgain)
    func addressesUsedAgain() throws {
        try tracker.trackClass(Subject.self, name: name)
        var addresses: Set<UInt> = []
        for _ in 0..<1000 { addresses.insert(address(of: Subject())) }
        // Or it would not show anything.
        #expect(addresses.count < 500)
        let records = try #require(tracker.index[name])
        #expect(records.count == 1000)
        #expect(Set(records.map(\.id)).count == 1000)
        #expect(records.allSatisfy { $0.death != nil && $0.birth <= $0.death ?? 0 })
        #expect(records.map(\.birth) == records.map(\.birth).sorted())
        let size = try #require(try tracker.createSnapshot().classes[name])
        #expect((size.active, size.created, size.destroyed) == (0, 1000, 1000))
        tracker.close()
    }

    @Test("Objects that other threads make and free are counted exactly")
    func otherThreads() async throws {
        try tracker.trackClass(Subject.self, name: name)
        var kept = await withTaskGroup(of: [Subject].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<5000)
                        .compactMap {
                            $0 % 10 == 0
                                ? Subject()
                                : {
                                    _ = Subject()
                                    return nil
                                }()
                        }
                }
            }
            return await group.reduce(into: [Subject]()) { $0 += $1 }
        }
        #expect(kept.count == 4000)
        var size = try #require(try tracker.createSnapshot().classes[name])
        #expect((size.active, size.created, size.destroyed) == (4000, 40_000, 36_000))
        kept.removeAll()
        size = try #require(try tracker.createSnapshot().classes[name])
        #expect((size.active, size.created, size.destroyed) == (0, 0, 4000))
        tracker.close()
    }

    @Test("A million-link chain that dies at once is all told")
    func chains() throws {
        try tracker.trackClass(Subject.self, name: name)
        var head: Subject? = Subject()
        for _ in 0..<99_999 {
            let link = Subject()
            link.next = head
            head = link
        }
        #expect(try tracker.createSnapshot().classes[name]?.active == 100_000)
        // Not by recursion of deinit.
        while let link = head {
            head = link.next
            link.next = nil
        }
        let size = try #require(try tracker.createSnapshot().classes[name])
        #expect((size.active, size.destroyed) == (0, 100_000))
        tracker.close()
    }

    @Test("Trackers on the same class do not see each other")
    func twoTrackers() throws {
        let other = ClassTracker()
        try tracker.trackClass(Subject.self, name: "one")
        let first = Subject()
        try other.trackClass(Subject.self, name: "two", keep: false)
        let second = Subject()
        tracker.detachAll()
        let third = Subject()
        #expect(other.isTracking(second) && other.isTracking(third) && !other.isTracking(first))
        #expect(!tracker.isTracking(first))
        #expect(try other.createSnapshot().classes["two"]?.active == 2)
        other.close()
        withExtendedLifetime((first, second, third)) {}
    }

    @Test("What fails to be made leaves nothing")
    func failingInitialisers() throws {
        try tracker.trackClass(Fallible.self, name: name)
        for _ in 0..<100 { #expect(Fallible(false) == nil) }
        // Not complete when they fail, so that there is nothing that could be kept.
        try tracker.trackClass(Fallible.self, name: name, keep: true)
        for _ in 0..<100 { #expect(throws: Fallible.Refusal.self) { try Fallible(throwing: true) } }
        let good = try #require(Fallible(true))
        let size = try #require(try tracker.createSnapshot().classes[name])
        #expect(size.active == 1)
        #expect(size.created == size.destroyed + 1)
        tracker.close()
        withExtendedLifetime(good) {}
    }

    @Test("After the end of the tracker objects live on unobserved")
    func afterTheEnd() throws {
        weak var kept: Subject?
        var object: Subject?
        do {
            let tracker = ClassTracker()
            try tracker.trackClass(Subject.self, keep: true)
            object = Subject()
            kept = object
        }
        object = nil
        _ = object
        #expect(kept == nil)
        for _ in 0..<1000 { _ = Subject() }
    }

    @Test("After close what was gathered can be read, and nothing can be tracked")
    func afterClose() throws {
        try tracker.trackClass(Subject.self, name: name)
        let object = Subject()
        try tracker.createSnapshot("last")
        tracker.close()
        #expect(tracker.snapshots.count == 1)
        #expect(tracker.index[name]?.first?.sizes.count == 1)
        #expect(throws: TrackingError.closed) { try tracker.trackObject(object) }
        #expect(throws: TrackingError.closed) { try tracker.trackClass(Subject.self) }
        let later = Subject()
        #expect(!tracker.isTracking(later))
        tracker.clear()
        #expect(tracker.snapshots.isEmpty && tracker.index.isEmpty)
    }

    @Test("An object that changes its class keeps its name, and its death is told")
    func morphing() throws {
        final class Other {
            var next: Other?
            var number = 0
        }
        var object: Subject? = Subject()
        try tracker.trackObject(try #require(object), name: name)
        let isa = unsafeBitCast(Other.self as AnyClass, to: UInt.self)
        Unmanaged.passUnretained(try #require(object)).toOpaque().storeBytes(of: isa, as: UInt.self)
        try tracker.createSnapshot()
        #expect(tracker.index[name]?.first?.className == "Other")
        object = nil
        #expect(tracker.index[name]?.first?.death != nil)
        tracker.close()
    }
}
