import ClassTracking
import Testing

@Suite("Tracked classes and their subclasses", .processWide)
struct InheritanceTests {
    let tracker = ClassTracker()

    private func names(of objects: AnyObject...) -> [String] {
        let index = tracker.index
        return objects.map { object in
            index.first { $0.value.contains { $0.address == address(of: object) } }?.key ?? "none"
        }
    }

    @Test("The most specialised tracked class has the say, whatever the order")
    func mostSpecialised() throws {
        try tracker.trackClass(Derived.self, name: "derived", resolutionLevel: 1)
        let first = MostDerived()
        try tracker.trackClass(Base.self, name: "base")
        let (base, derived, most) = (Base(), Derived(), MostDerived())
        #expect(names(of: first, base, derived, most) == ["derived", "base", "derived", "derived"])
        try tracker.trackClass(MostDerived.self, name: "most")
        let later = MostDerived()
        #expect(names(of: later, most) == ["most", "derived"])
        #expect(tracker.index["derived"]?.allSatisfy { $0.resolutionLevel == 1 } == true)
        #expect(tracker.index["most"]?.map(\.className) == ["MostDerived"])
        tracker.close()
        withExtendedLifetime((first, base, derived, most, later)) {}
    }

    @Test("A detached subclass follows its base class again")
    func detachedSubclass() throws {
        try tracker.trackClass(Base.self, name: "base")
        try tracker.trackClass(Derived.self, name: "derived")
        try tracker.detachClass(Derived.self)
        let derived = Derived()
        #expect(names(of: derived) == ["base"])
        try tracker.detachClass(Base.self)
        let untracked = Derived()
        #expect(names(of: derived, untracked) == ["base", "none"])
        tracker.close()
        withExtendedLifetime((derived, untracked)) {}
    }

    @Test("An object is tracked once, by hand and by its class")
    func once() throws {
        try tracker.trackClass(Base.self, name: "class")
        let object = Base()
        try tracker.trackObject(object, name: "object")
        #expect(names(of: object) == ["class"])
        #expect(tracker.index["object"] == nil)
        #expect(try tracker.createSnapshot().classes["class"]?.active == 1)
        tracker.close()
        withExtendedLifetime(object) {}
    }

    @Test("A name that two classes share stands for both")
    func sharedName() throws {
        try tracker.trackClass(Foo.self, name: "both")
        try tracker.trackClass(Base.self, name: "both")
        let objects: [AnyObject] = [Foo(), Base(), Bar()]
        let snapshot = try tracker.createSnapshot()
        #expect(snapshot.classes["both"]?.active == 3)
        #expect(snapshot.classes["both"]?.created == 3)
        #expect(tracker.index["both"]?.map(\.className) == ["Foo", "Base", "Bar"])
        tracker.close()
        withExtendedLifetime(objects) {}
    }

    @Test("Wrong parameters are refused, and leave nothing behind")
    func wrongParameters() throws {
        #expect(throws: TrackingError.resolutionLevelOutOfRange(-1)) {
            try tracker.trackClass(Base.self, resolutionLevel: -1)
        }
        #expect(throws: TrackingError.notWatched("ClassTrackingTests.Base")) { try tracker.detachClass(Base.self) }
        let object = Base()
        #expect(throws: TrackingError.notTracked("ClassTrackingTests.Base")) {
            try tracker.trackChange(object, resolutionLevel: 1)
        }
        #expect(!tracker.isTracking(object))
        #expect(tracker.index.isEmpty)
    }
}
