import ClassTracking
import Testing
import TrackingTestSupport

// The examples of pympler's manual, "Tracking class instances", and where each of them is covered here:
//
// | section of the manual               | example                                    | test                     |
// |-------------------------------------|--------------------------------------------|--------------------------|
// | Usage                               | a factory and its employees                | factoryAndEmployees      |
// | Instance Tracking                   | track_object(obj)                          | instance                 |
// | Class Tracking                      | track_class(MyClass), inheriting classes   | classes                  |
// | Tracked Object Snapshot             | before juggling, juggling aftermath        | juggling                 |
// | Per-referent Sizing                 | track_object(obj, resolution_level=2)      | resolutionOfAnObject     |
// | Per-referent Sizing                 | track_change(obj, resolution_level=2)      | resolutionChanged        |
// | Per-referent Sizing                 | track_class(MyClass, resolution_level=1)   | resolutionOfAClass       |
// | Instantiation traces                | track_class(MyClass, trace=1)              | traces                   |
// | Background Monitoring               | start_periodic_snapshots(interval=0.1)     | backgroundMonitoring     |
// | Background Monitoring               | the same with nothing tracked              | backgroundWithoutObjects |
// | Off-line Analysis, HTML Statistics  | dump_stats, ConsoleStats, HtmlStats        | not here: statistics     |
// | Inheritance                         | the most specialised class has the say     | inheritance              |
// | Shared Data                         | class A: a and b, #1 and #2                | sharedData               |
// | Shared Data                         | A is referenced from B                     | trackedReferent          |
// | Accuracy                            | none                                       | factoryAndEmployees      |
// | Morphing objects                    | obj.__class__ = OtherClass                 | morphing                 |

@Suite("The manual's examples", .processWide)
struct ManualExampleTests {
    private class MyClass {
        var content = text("my")
        var more: [String] = [text("1"), text("2")]
    }

    private final class MySubclass: MyClass {}

    private final class A {
        var content: [Int] = []
        var notMine: [Int] = []
        var other: A?
    }

    private let tracker = ClassTracker()
    /// Classes stand under their name with its module, objects under the bare one, as in the manual.
    private let employee = "ClassTrackingTests.Employee"

    // MARK: Usage

    @Test("A factory of 344 bytes gets a thousand employees")
    func factoryAndEmployees() throws {
        let factory = Factory(name: "Assembly Line Unlimited")
        try tracker.trackObject(factory)
        try tracker.trackClass(Employee.self)
        try tracker.createSnapshot()
        let empty = HeapSizer().size(of: factory)
        factory.populate(1000)
        try tracker.createSnapshot()

        let (first, second) = (tracker.snapshots[0], tracker.snapshots[1])
        // In Python an empty factory has 344 bytes, most of them its dictionary. Here it has those of one block: a header
        // of 16, a string of 16, an array of 8. The literals cost nothing.
        #expect(empty == 40)
        #expect(first.classes["Factory"] == size(active: 1, sum: empty, created: 1, of: first))
        #expect(first.classes[employee] == ClassSize())
        #expect(first.trackedTotal == empty)

        let array = HeapSizer().excluding(factory.employees).size(of: factory)
        let staff = HeapSizer()
        let sum = factory.employees.reduce(0) { $0 + staff.size(of: $1) }
        // A reference for each employee, and the array's header.
        #expect(array - empty >= 8 * 1000 + 32)
        #expect(second.classes["Factory"] == size(active: 1, sum: array, created: 0, of: second))
        #expect(second.classes[employee] == size(active: 1000, sum: sum, created: 1000, of: second))
        #expect(second.classes[employee]?.average == sum / 1000)
        #expect(second.trackedTotal == HeapSizer().size(of: factory))
        #expect(second.trackedTotal == array + sum)
        #expect(second.unsized == 0)
        #expect(second.missed == 0)
        #expect(second.total >= first.total)
        tracker.close()
    }

    private func size(active: Int, sum: Int, created: Int, of snapshot: Snapshot) -> ClassSize {
        var size = ClassSize()
        size.active = active
        size.sum = sum
        size.created = created
        size.percentage = Double(sum) * 100 / Double(snapshot.percentageBase)
        return size
    }

    // MARK: Basic functionality

    @Test("The size and the lifetime of one object")
    func instance() throws {
        var object: MyClass? = MyClass()
        try tracker.trackObject(try #require(object))
        let bytes = HeapSizer().size(of: try #require(object))
        let snapshot = try tracker.createSnapshot()
        object = nil
        _ = object
        let record = try #require(tracker.index["MyClass"]?.first)
        #expect(record.sizes.map(\.timestamp) == [snapshot.timestamp])
        #expect(record.size == bytes)
        #expect(record.birth <= snapshot.timestamp)
        #expect(try #require(record.death) >= snapshot.timestamp)
        tracker.close()
    }

    @Test("All instances that are created from then on, those of inheriting classes too")
    func classes() throws {
        let before = MyClass()
        try tracker.trackClass(MyClass.self, name: "MyClass")
        let objects = [MyClass(), MySubclass(), MySubclass()]
        #expect(!tracker.isTracking(before))
        #expect(tracker.index["MyClass"]?.map(\.className) == ["MyClass", "MySubclass", "MySubclass"])
        #expect(try tracker.createSnapshot().classes["MyClass"]?.active == 3)
        tracker.close()
        withExtendedLifetime((before, objects)) {}
    }

    @Test("Snapshots before and after say what changed in between")
    func juggling() throws {
        try tracker.trackClass(MyClass.self, name: "MyClass")
        var objects = (0..<5).map { _ in MyClass() }
        try tracker.createSnapshot("Before juggling with tracked objects")
        objects.removeFirst(2)
        objects.append(MyClass())
        try tracker.createSnapshot("Juggling aftermath")
        let snapshots = tracker.snapshots
        #expect(snapshots.map(\.description) == ["Before juggling with tracked objects", "Juggling aftermath"])
        let sizes = snapshots.compactMap { $0.classes["MyClass"] }
        #expect(sizes.map(\.active) == [5, 4])
        #expect(sizes.map(\.created) == [5, 1])
        #expect(sizes.map(\.destroyed) == [0, 2])
        let sizer = HeapSizer()
        #expect(sizes.last?.sum == objects.reduce(0) { $0 + sizer.size(of: $1) })
        tracker.close()
    }

    // MARK: Per-referent sizing

    @Test("Level 2 has what an object refers to, and what that refers to")
    func resolutionOfAnObject() throws {
        let object = MyClass()
        try tracker.trackObject(object, resolutionLevel: 2)
        try tracker.createSnapshot()
        let size = try #require(tracker.index["MyClass"]?.first?.sizes.last?.size)
        #expect(size == HeapSizer().sized(object, resolutionLevel: 2))
        #expect(size.referents.map(\.name) == ["content: String", "more: Array<String>"])
        #expect(size.referents.last?.referents.map(\.name) == ["[0]", "[1]"])
        #expect(size.flat + size.referents.reduce(0) { $0 + $1.size } == size.size)
        tracker.close()
        withExtendedLifetime(object) {}
    }

    @Test("The level of one instance of a tracked class is raised, from the next snapshot on")
    func resolutionChanged() throws {
        try tracker.trackClass(MyClass.self, name: "MyClass")
        let (object, other) = (MyClass(), MyClass())
        try tracker.createSnapshot()
        try tracker.trackChange(object, resolutionLevel: 2)
        try tracker.createSnapshot()
        let records = try #require(tracker.index["MyClass"])
        #expect(records.map(\.address) == [address(of: object), address(of: other)])
        #expect(records[0].sizes.map(\.size.referents.count) == [0, 2])
        #expect(records[0].sizes.last?.size.referents.last?.referents.count == 2)
        #expect(records[1].sizes.map(\.size.referents.count) == [0, 0])
        tracker.close()
        withExtendedLifetime((object, other)) {}
    }

    @Test("The level of a class is that of all its instances")
    func resolutionOfAClass() throws {
        try tracker.trackClass(MyClass.self, name: "MyClass", resolutionLevel: 1)
        let objects = [MyClass(), MySubclass()]
        let merged = try #require(try tracker.createSnapshot().classes["MyClass"]?.merged)
        for record in try #require(tracker.index["MyClass"]) {
            #expect(record.sizes.last?.size.referents.map(\.name) == ["content: String", "more: Array<String>"])
        }
        let sizes = objects.map { HeapSizer().sized($0, resolutionLevel: 1) }
        #expect(merged.size == sizes.reduce(0) { $0 + $1.size })
        #expect(merged.referents.map(\.name) == sizes[0].referents.map(\.name))
        #expect(merged.referents.last?.size == sizes.reduce(0) { $0 + ($1.referents.last?.size ?? 0) })
        tracker.close()
        withExtendedLifetime(objects) {}
    }

    // MARK: Instantiation traces

    @inline(never)
    private func create() -> MyClass { MyClass() }

    @inline(never)
    private func announce(_ object: AnyObject) throws { try tracker.trackObject(object, name: "single", trace: true) }

    @Test("Where objects of a tracked class were instantiated is known, and where a single object was tracked")
    func traces() throws {
        try tracker.trackClass(MyClass.self, name: "MyClass", trace: true)
        let objects = (0..<3).map { _ in create() }
        let sites = tracker.instantiationSites(of: "MyClass")
        #expect(sites.map(\.live) == [3])
        #expect(sites.first?.trace?.site?.function?.contains("create()") == true)
        let single = Foo()
        try announce(single)
        let site = try #require(tracker.instantiationSites(of: "single").first?.trace)
        #expect(site.frames.first?.function?.contains("announce") == true)
        tracker.close()
        withExtendedLifetime((objects, single)) {}
    }

    // MARK: Background monitoring

    @Test("Ten snapshots a second until they are stopped")
    func backgroundMonitoring() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink)
        try tracker.trackClass(MyClass.self, name: "MyClass")
        let objects = [MyClass(), MyClass()]
        try tracker.startPeriodicSnapshots(interval: .milliseconds(100))
        #expect(waitUntil { tracker.snapshots.count >= 3 })
        tracker.stopPeriodicSnapshots()
        let snapshots = tracker.snapshots
        #expect(snapshots.allSatisfy { $0.isPeriodic && $0.classes["MyClass"]?.active == 2 })
        #expect(snapshots.allSatisfy { $0.trackedTotal == $0.classes["MyClass"]?.sum && $0.trackedTotal > 0 })
        // What is tracked does not take the place of what the process uses.
        #expect(sink.samples.count >= 3)
        #expect(waitUntil { tracker.snapshots.count == snapshots.count })
        tracker.close()
        withExtendedLifetime(objects) {}
    }

    @Test("With nothing tracked the memory of the process is recorded")
    func backgroundWithoutObjects() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink)
        try tracker.startPeriodicSnapshots(interval: .milliseconds(100))
        #expect(waitUntil { sink.samples.count >= 3 })
        tracker.stopPeriodicSnapshots()
        #expect(sink.samples.allSatisfy { $0.memory.virtualSize ?? 0 > 0 })
        #expect(tracker.snapshots.map(\.processMemory) == sink.samples.map(\.memory))
        tracker.close()
    }

    // MARK: Limitations and corner cases

    @Test("An object is tracked once, as its most specialised tracked class says")
    func inheritance() throws {
        try tracker.trackClass(MyClass.self, name: "base")
        try tracker.trackClass(MySubclass.self, name: "derived", resolutionLevel: 1)
        let (base, derived) = (MyClass(), MySubclass())
        let snapshot = try tracker.createSnapshot()
        #expect(snapshot.classes.mapValues(\.active) == ["base": 1, "derived": 1])
        #expect(snapshot.classes["base"]?.merged == nil)
        #expect(snapshot.classes["derived"]?.merged?.referents.count == 2)
        #expect(tracker.index["derived"]?.map(\.address) == [address(of: derived)])
        tracker.close()
        withExtendedLifetime((base, derived)) {}
    }

    @Test("A list that is shared moves to the object that was tracked first")
    func sharedData() throws {
        let a = A()
        try tracker.trackObject(a, name: "a")
        let b = A()
        try tracker.trackObject(b, name: "b")
        let own = HeapSizer().size(of: a)
        b.content = Array(0..<100_000)
        var sizes = try tracker.createSnapshot("#1").classes
        let list = HeapSizer().size(of: b) - own
        #expect(list >= 800_000)
        #expect(sizes["a"]?.sum == own)
        #expect(sizes["b"]?.sum == own + list)
        a.notMine = b.content
        sizes = try tracker.createSnapshot("#2").classes
        #expect(sizes["a"]?.sum == own + list)
        #expect(sizes["b"]?.sum == own)
        #expect(tracker.snapshots.map(\.trackedTotal) == [2 * own + list, 2 * own + list])
        tracker.close()
    }

    @Test("A tracked object is not added to one that refers to it, whichever is sized first", arguments: [true, false])
    func trackedReferent(isFirst: Bool) throws {
        let (a, b) = (A(), A())
        b.other = a
        a.content = Array(0..<1000)
        for object in isFirst ? [a, b] : [b, a] { try tracker.trackObject(object, name: object === a ? "a" : "b") }
        let sizes = try tracker.createSnapshot().classes
        #expect(sizes["a"]?.sum == HeapSizer().size(of: a))
        #expect(sizes["b"]?.sum == HeapSizer().size(of: A()))
        tracker.close()
    }

    @Test("An object that changes its class keeps its name, and shows the new class once it is sized")
    func morphing() throws {
        class Concrete {
            var content = text("my")
            var more: [String] = []
        }
        try tracker.trackClass(Concrete.self, name: "Concrete")
        var object: MyClass? = MyClass()
        try tracker.trackObject(try #require(object), name: "MyClass")
        let isa = unsafeBitCast(Concrete.self as AnyClass, to: UInt.self)
        Unmanaged.passUnretained(try #require(object)).toOpaque().storeBytes(of: isa, as: UInt.self)
        let snapshot = try tracker.createSnapshot()
        #expect(snapshot.classes.mapValues(\.active) == ["Concrete": 0, "MyClass": 1])
        #expect(tracker.index["MyClass"]?.first?.representation.hasPrefix("Concrete at 0x") == true)
        #expect(tracker.index["Concrete"] == nil)
        object = nil
        #expect(tracker.index["MyClass"]?.first?.death != nil)
        tracker.close()
    }
}
