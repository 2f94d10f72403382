import ClassTracking
import Testing

@Suite("Snapshots of tracked objects", .processWide)
struct TrackedSnapshotTests {
    let tracker = ClassTracker()

    @Test("Shared data goes to the object that was announced first")
    func sharedData() throws {
        let (first, second) = (Holder(), Holder())
        try tracker.trackObject(first, name: "a")
        try tracker.trackObject(second, name: "b")
        second.content = Array(0..<100_000)
        var snapshot = try tracker.createSnapshot("#1")
        let own = HeapSizer().size(of: Holder())
        let shared = try #require(snapshot.classes["b"]?.sum) - own
        #expect(shared >= 800_000)
        #expect(snapshot.classes["a"]?.sum == own)
        first.notMine = second.content
        snapshot = try tracker.createSnapshot("#2")
        #expect(snapshot.classes["a"]?.sum == own + shared)
        #expect(snapshot.classes["b"]?.sum == own)
        #expect(snapshot.trackedTotal == 2 * own + shared)
        tracker.close()
    }

    @Test("A tracked object is not added to one that refers to it", arguments: [true, false])
    func trackedReferents(outerFirst: Bool) throws {
        let (outer, inner) = (Holder(), Holder())
        outer.other = inner
        inner.content = Array(0..<1000)
        for object in outerFirst ? [outer, inner] : [inner, outer] {
            try tracker.trackObject(object, name: object === outer ? "outer" : "inner")
        }
        let snapshot = try tracker.createSnapshot()
        #expect(snapshot.classes["outer"]?.sum == HeapSizer().excluding(inner).size(of: outer))
        #expect(snapshot.classes["inner"]?.sum == HeapSizer().size(of: inner))
        tracker.close()
    }

    @Test("The heap holds more than what is tracked", .heapIsKnown)
    func heapTotal() throws {
        try tracker.trackClass(Employee.self, name: "employee")
        let employees = (0..<1000).map { Employee(name: text("\($0)"), assigned: "", index: $0) }
        let snapshot = try tracker.createSnapshot(computeTotal: true)
        #expect(snapshot.trackedTotal > 0)
        #expect(try #require(snapshot.heapTotal) > snapshot.trackedTotal)
        tracker.close()
        withExtendedLifetime(employees) {}
    }

    @Test("A class has counts, sum, average, percentage and what changed")
    func classSizes() throws {
        try tracker.trackClass(Employee.self, name: "employee")
        var employees = (0..<1000).map { Employee(name: text("\($0)"), assigned: "", index: $0) }
        var snapshot = try tracker.createSnapshot(computeTotal: true)
        var size = try #require(snapshot.classes["employee"])
        let sizer = HeapSizer()
        let expected = employees.reduce(0) { $0 + sizer.size(of: $1) }
        #expect(size.active == 1000)
        #expect(size.sum == expected)
        #expect(size.average == expected / 1000)
        #expect(size.percentage == Double(expected) * 100 / Double(snapshot.percentageBase))
        #expect((size.created, size.destroyed, size.unsized) == (1000, 0, 0))
        #expect(snapshot.trackedTotal == expected)
        #expect(snapshot.overhead > 24_000)
        #expect(snapshot.duration > 0)
        employees.removeLast(400)
        employees.append(Employee(assigned: ""))
        snapshot = try tracker.createSnapshot()
        size = try #require(snapshot.classes["employee"])
        #expect((size.active, size.created, size.destroyed) == (601, 1, 400))
        tracker.close()
        withExtendedLifetime(employees) {}
    }

    @Test("Classes without an instance are there, with nothing")
    func emptyClasses() throws {
        try tracker.trackClass(Employee.self, name: "employee")
        let snapshot = try tracker.createSnapshot()
        #expect(snapshot.classes == ["employee": ClassSize()])
        #expect(snapshot.trackedTotal == 0)
        tracker.close()
    }

    @Test("Referents are merged by name for the class")
    func merged() throws {
        try tracker.trackClass(Foo.self, name: "foo", resolutionLevel: 1)
        let objects = (0..<10).map { _ in Bar() }
        let merged = try #require(try tracker.createSnapshot().classes["foo"]?.merged)
        var expected = SizedObject(name: "foo", size: 0, flat: 0)
        for object in objects { expected.merge(HeapSizer().sized(object, resolutionLevel: 1)) }
        #expect(merged == expected)
        #expect(merged.referents.map(\.name) == ["foo: String", "bar: String"])
        tracker.close()
        withExtendedLifetime(objects) {}
    }

    @Test("With nothing tracked it is what the process uses")
    func nothingTracked() throws {
        let snapshot = try tracker.createSnapshot("idle")
        #expect(snapshot.classes.isEmpty)
        #expect(snapshot.trackedTotal == 0)
        #expect(snapshot.processMemory.virtualSize == snapshot.total)
        #expect(snapshot.total > 0)
    }

    @Test("Retention bounds what is kept")
    func retention() throws {
        var configuration = ClassTracker.Configuration()
        configuration.retention.snapshots = 3
        configuration.retention.sizes = 25
        configuration.retention.details = 2
        configuration.retention.deadObjects = 64
        let tracker = ClassTracker(configuration: configuration)
        try tracker.trackClass(Foo.self, name: "foo", resolutionLevel: 1)
        var objects = (0..<10).map { _ in Foo() }
        for number in 1...5 { try tracker.createSnapshot("\(number)") }
        #expect(tracker.snapshots.map(\.description) == ["3", "4", "5"])
        // Two snapshots of ten fit.
        #expect(tracker.index["foo"]?.map(\.sizes.count) == [Int](repeating: 1, count: 10))
        #expect(tracker.index["foo"]?.count { $0.sizes.last?.size.referents.isEmpty == false } == 2)
        objects.append(contentsOf: (0..<90).map { _ in Foo() })
        objects[50].foo = String(repeating: "long", count: 1000)
        try tracker.createSnapshot("many")
        let sized = try #require(tracker.index["foo"]).filter { !$0.sizes.isEmpty }
        #expect(sized.count == 25)
        #expect(sized.contains { $0.address == address(of: objects[50]) })
        objects.removeAll()
        for _ in 0..<1000 { _ = Foo() }
        let dead = try #require(tracker.index["foo"]).count { $0.death != nil }
        // And what each region of the heap has not handed over yet.
        #expect((64..<64 + 32 * 8).contains(dead))
        tracker.close()
    }
}

@Suite("Instance counts over time", .processWide)
struct HistoryTests {
    @Test("Births and deaths stand in it in order")
    func order() throws {
        let tracker = ClassTracker()
        try tracker.trackClass(Base.self, name: "base")
        var objects = [Base(), Base()]
        #expect(tracker.history["base"]?.map(\.count) == [1, 2, 2])
        objects.removeLast()
        try tracker.createSnapshot()
        objects.append(Base())
        let history = try #require(tracker.history["base"])
        #expect(history.map(\.count).filter { $0 != 1 || $0 != 2 }.last == 2)
        #expect(history.map(\.count).max() == 2)
        #expect(history.map(\.timestamp) == history.map(\.timestamp).sorted())
        #expect(history.map(\.count).prefix(3) == [1, 2, 1])
        tracker.close()
        withExtendedLifetime(objects) {}
    }

    @Test("A peak between two snapshots is not forgotten, however much comes after")
    func extremes() throws {
        var configuration = ClassTracker.Configuration()
        configuration.retention.history = 64
        let tracker = ClassTracker(configuration: configuration)
        try tracker.trackClass(Base.self, name: "base")
        let all = (0..<777).map { _ in Base() }
        withExtendedLifetime(all) {}
        _ = consume all
        for _ in 0..<200 {
            withExtendedLifetime(Base()) {}
            try tracker.createSnapshot()
        }
        let history = try #require(tracker.history["base"])
        #expect(history.count <= 64)
        #expect(history.map(\.count).max() == 777)
        #expect(history.map(\.count).min() == 0)
        tracker.close()
    }
}
