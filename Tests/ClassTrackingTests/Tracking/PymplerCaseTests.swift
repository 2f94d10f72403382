import ClassTracking
import Synchronization
import Testing
import TrackingTestSupport

// The cases of pympler 1.1, test/tracker/test_classtracker.py, and where each of them is covered here:
//
// | case                                    | test                                                        |
// |-----------------------------------------|-------------------------------------------------------------|
// | TrackObjectTestCase.test_track_object   | objectsAreRegistered                                        |
// | TrackObjectTestCase.test_type_errors    | boxedValuesAreRefused (others do not compile)               |
// | TrackObjectTestCase.test_track_by_name  | objectsHaveNames                                            |
// | TrackObjectTestCase.test_keep           | keptObjectsLive                                             |
// | TrackObjectTestCase.test_mixed_tracking | objectsAndClassesMix                                        |
// | TrackObjectTestCase.test_recurse        | referentsAreSized                                           |
// | SnapshotTestCase.test_timestamp         | sizesHaveTheTimesOfSnapshots                                |
// | SnapshotTestCase.test_snapshot_members  | snapshotsHaveTotals                                         |
// | SnapshotTestCase.test_desc              | snapshotsHaveLabels (a number does not compile)             |
// | SnapshotTestCase.test_background_…      | snapshotsAreTakenInTheBackground                            |
// | TrackClassTestCase.test_type_errors     | does not compile: a class is an `AnyClass`                  |
// | TrackClassTestCase.test_track_class     | instancesAreTracked                                         |
// | TrackClassTestCase.test_track_class_new | instancesAreTracked (there is one kind of class)            |
// | TrackClassTestCase.test_track_by_name   | classesHaveNames                                            |
// | TrackClassTestCase.test_keep            | keptInstancesLive                                           |
// | TrackClassTestCase.test_trace           | instancesHaveTraces, in InstantiationTraceTests             |
// | TrackClassTestCase.test_detach          | detachedClassesAreNotTracked                                |
// | TrackClassTestCase.test_change_name     | namesCanBeChanged                                           |

@Suite("pympler's cases: tracked objects", .processWide)
struct PymplerObjectTests {
    let tracker = ClassTracker()

    @Test("Objects are registered under the name of their class")
    func objectsAreRegistered() throws {
        let foo = Foo()
        let bar = Bar()
        try tracker.trackObject(foo)
        try tracker.trackObject(bar)
        #expect(tracker.isTracking(foo))
        #expect(tracker.isTracking(bar))
        #expect(tracker.index["Foo"]?.map(\.address) == [address(of: foo)])
        #expect(tracker.index["Bar"]?.map(\.address) == [address(of: bar)])
        withExtendedLifetime((foo, bar)) {}
    }

    private struct Value { var number = 42 }
    private enum Choice {
        case one(String)
        case two
    }

    @Test("Values that were boxed to be passed are refused")
    func boxedValuesAreRefused() throws {
        let boxes = [
            Value() as AnyObject, Choice.one("") as AnyObject, (1, 2) as AnyObject, Optional(Value()) as AnyObject,
        ]
        for box in boxes { #expect(throws: TrackingError.self) { try tracker.trackObject(box) } }
        let box = boxes[0]
        #expect(!tracker.isTracking(box))
        #expect(tracker.index.isEmpty)
    }

    @Test("Objects can be given a name")
    func objectsHaveNames() throws {
        let foo = Foo()
        try tracker.trackObject(foo, name: "Foobar")
        #expect(tracker.index["Foobar"]?.map(\.address) == [address(of: foo)])
        #expect(tracker.index["Foo"] == nil)
        withExtendedLifetime(foo) {}
    }

    @Test("Kept objects live, others die")
    func keptObjectsLive() throws {
        weak var kept: Foo?
        weak var lost: Bar?
        do {
            let foo = Foo()
            let bar = Bar()
            try tracker.trackObject(foo, keep: true)
            try tracker.trackObject(bar)
            kept = foo
            lost = bar
        }
        #expect(kept != nil)
        #expect(lost == nil)
        #expect(tracker.index["Foo"]?.first?.death == nil)
        #expect(tracker.index["Bar"]?.first?.death != nil)
        tracker.detachAll()
        #expect(kept == nil)
    }

    @Test("Objects and classes are tracked side by side")
    func objectsAndClassesMix() throws {
        final class Mixed {}
        let foo = Mixed()
        try tracker.trackObject(foo, name: "Mixed")
        try tracker.createSnapshot()
        try tracker.trackClass(Mixed.self, name: "Mixed")
        let objects = (0..<10).map { _ in Mixed() }
        let snapshot = try tracker.createSnapshot()
        #expect(snapshot.classes["Mixed"]?.active == 11)
        #expect(snapshot.classes["Mixed"]?.created == 10)
        withExtendedLifetime((foo, objects)) {}
    }

    @Test("Referents are sized to the resolution level, which can be changed")
    func referentsAreSized() throws {
        let foo = Bar()
        try tracker.trackObject(foo, resolutionLevel: 1)
        try tracker.createSnapshot()
        var size = try #require(tracker.index["Bar"]?.first?.sizes.last?.size)
        #expect(size.referents.map(\.name) == ["foo: String", "bar: String"])
        #expect(size.referents.allSatisfy { $0.size > 0 && $0.referents.isEmpty })

        let factory = Factory(name: "Assembly Line Unlimited")
        factory.populate(2)
        try tracker.trackObject(factory, resolutionLevel: 1)
        try tracker.createSnapshot()
        size = try #require(tracker.index["Factory"]?.first?.sizes.last?.size)
        #expect(size.referents.first { $0.name.hasPrefix("employees") }?.referents.isEmpty == true)
        try tracker.trackChange(factory, resolutionLevel: 2)
        try tracker.createSnapshot()
        size = try #require(tracker.index["Factory"]?.first?.sizes.last?.size)
        #expect(size.referents.first { $0.name.hasPrefix("employees") }?.referents.count == 2)
        #expect(throws: TrackingError.self) { try tracker.trackChange(Empty(), resolutionLevel: 1) }
        withExtendedLifetime((foo, factory)) {}
    }
}

@Suite("pympler's cases: snapshots", .processWide)
struct PymplerSnapshotTests {
    let tracker = makeTracker(MemorySink())

    @Test("Sizes have the times of the snapshots")
    func sizesHaveTheTimesOfSnapshots() throws {
        let (foo, bar) = (Foo(), Bar())
        try tracker.trackObject(foo)
        try tracker.trackObject(bar)
        for _ in 0..<3 { try tracker.createSnapshot() }
        let times = tracker.snapshots.map(\.timestamp)
        #expect(times.count == 3)
        for record in tracker.index.values.joined() { #expect(record.sizes.map(\.timestamp) == times) }
        withExtendedLifetime((foo, bar)) {}
    }

    @Test("Snapshots have totals that fit together", .heapIsKnown)
    func snapshotsHaveTotals() throws {
        let foo = Foo()
        try tracker.trackObject(foo)
        let snapshot = try tracker.createSnapshot()
        let withTotal = try tracker.createSnapshot(computeTotal: true)
        #expect(snapshot.overhead > 0)
        #expect(snapshot.trackedTotal == HeapSizer().size(of: foo))
        #expect(snapshot.heapTotal == nil)
        let heap = try #require(withTotal.heapTotal)
        #expect(heap >= withTotal.trackedTotal)
        let memory = snapshot.processMemory
        #expect(snapshot.total == memory.virtualSize)
        #expect(try #require(memory.virtualSize) >= #require(memory.residentSet))
        #expect(snapshot.total > snapshot.overhead)
        #expect(snapshot.total > snapshot.trackedTotal)
        #expect(withTotal.total > heap)
    }

    @Test("Snapshots have labels")
    func snapshotsHaveLabels() throws {
        try tracker.createSnapshot()
        try tracker.createSnapshot("alpha")
        try tracker.createSnapshot("42")
        #expect(tracker.snapshots.map(\.description) == ["", "alpha", "42"])
        let times = tracker.snapshots.map { seconds($0.timestamp) }
        #expect(tracker.snapshots.map(\.label) == [times[0], "alpha (\(times[1]))", "42 (\(times[2]))"])
    }

    private func seconds(_ time: Double) -> String {
        let digits = String(Int((time * 1000).rounded()) + 1000)
        return "\(Int((time * 1000).rounded()) / 1000).\(digits.suffix(3))s"
    }

    @Test("Snapshots are taken in the background, and by hand meanwhile")
    func snapshotsAreTakenInTheBackground() throws {
        let foo = Foo()
        try tracker.trackObject(foo)
        try tracker.startPeriodicSnapshots(interval: .milliseconds(20))
        #expect(tracker.status.interval == .milliseconds(20))
        for number in 0..<10 { try tracker.createSnapshot("\(number)") }
        #expect(waitUntil { tracker.snapshots.count > 14 })
        try tracker.startPeriodicSnapshots(interval: .milliseconds(10))
        #expect(tracker.status.interval == .milliseconds(10))
        tracker.stopPeriodicSnapshots()
        #expect(tracker.status.interval == nil)
        #expect(tracker.snapshots.filter(\.isPeriodic).count >= 5)
        withExtendedLifetime(foo) {}
    }
}

@Suite("pympler's cases: tracked classes", .processWide)
struct PymplerClassTests {
    let tracker = ClassTracker()

    @Test("Instances are tracked that are created from then on")
    func instancesAreTracked() throws {
        let before = Foo()
        try tracker.trackClass(Foo.self)
        try tracker.trackClass(Bar.self)
        try tracker.trackClass(Empty.self)
        try tracker.trackClass(Foo.self)
        let (foo, bar, empty) = (Foo(), Bar(), Empty())
        #expect(tracker.isTracking(foo))
        #expect(tracker.isTracking(bar))
        #expect(tracker.isTracking(empty))
        #expect(!tracker.isTracking(before))
        tracker.close()
    }

    @Test("Classes can be given a name")
    func classesHaveNames() throws {
        try tracker.trackClass(Empty.self, name: "Nothing")
        let empty = Empty()
        #expect(tracker.index["Nothing"]?.contains { $0.address == address(of: empty) } == true)
        tracker.close()
        withExtendedLifetime(empty) {}
    }

    @Test("Kept instances live, others die")
    func keptInstancesLive() throws {
        final class Kept {}
        final class Lost {}
        try tracker.trackClass(Kept.self, keep: true)
        try tracker.trackClass(Lost.self)
        weak var kept: Kept?
        weak var lost: Lost?
        do {
            let (first, second) = (Kept(), Lost())
            kept = first
            lost = second
        }
        #expect(kept != nil)
        #expect(lost == nil)
        tracker.clear()
        #expect(kept == nil)
    }

    @Test("Instances of a detached class are not tracked, existing ones stay tracked")
    func detachedClassesAreNotTracked() throws {
        try tracker.trackClass(Foo.self)
        try tracker.trackClass(Bar.self)
        let (foo, bar) = (Foo(), Bar())
        #expect(tracker.isTracking(foo))
        #expect(tracker.isTracking(bar))
        try tracker.detachClass(Foo.self)
        try tracker.detachClass(Bar.self)
        let (later, alsoLater) = (Foo(), Bar())
        #expect(!tracker.isTracking(later))
        #expect(!tracker.isTracking(alsoLater))
        #expect(tracker.isTracking(foo))
        #expect(throws: TrackingError.notWatched("ClassTrackingTests.Foo")) { try tracker.detachClass(Foo.self) }
        tracker.close()
    }

    @Test("The name of a tracked class can be changed")
    func namesCanBeChanged() throws {
        final class Renamed {}
        try tracker.trackClass(Renamed.self, name: "Foobar")
        try tracker.trackClass(Renamed.self, name: "Baz")
        let object = Renamed()
        #expect(tracker.index["Foobar"] == nil)
        #expect(tracker.index["Baz"]?.map(\.address) == [address(of: object)])
        tracker.close()
        withExtendedLifetime(object) {}
    }
}

func address(of object: AnyObject) -> UInt { UInt(bitPattern: Unmanaged.passUnretained(object).toOpaque()) }
