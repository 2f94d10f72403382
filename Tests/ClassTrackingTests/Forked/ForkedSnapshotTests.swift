import CTrackingTestSupport
import Testing
import TrackingTestSupport

@testable import ClassTracking

/// Snapshots of a copy of the process.
@Suite("Forked snapshots", .processWide, .countedAllocations)
struct ForkedSnapshotTests {
    private func tracker(_ change: (inout ClassTracker.Configuration) -> Void = { _ in }) -> ClassTracker {
        forkingTracker(MemorySink(), change)
    }

    /// The sizes of single objects, by their numbers.
    private func sizes(_ tracker: ClassTracker, at snapshot: Snapshot) -> [UInt64: SizedObject] {
        var sizes: [UInt64: SizedObject] = [:]
        for record in tracker.index.values.joined() {
            sizes[record.id] = record.sizes.last { $0.timestamp == snapshot.timestamp }?.size
        }
        return sizes
    }

    @Test("Of a graph at rest they tell the same as in-process ones, to the byte", arguments: [0, 1, 3])
    func exactness(level: Int) throws {
        let tracker = tracker { $0.retention.details = 150 }
        try tracker.trackClass(Exhibit.self, name: "exhibit", resolutionLevel: level)
        try tracker.trackClass(Label.self, name: "label")
        var exhibits: [Exhibit] = []
        var labels: [Label] = []
        for number in 0..<400 {
            exhibits.append(Exhibit(number, next: number % 3 == 0 ? nil : exhibits.last))
            labels.append(Label(number))
        }
        exhibits.removeLast(20)
        try tracker.createSnapshot("counts births and deaths")
        // No copy may allocate: another thread may have held malloc's locks at its instant.
        ctt_forbid_allocations_in_copies(1)
        defer { ctt_forbid_allocations_in_copies(0) }
        for _ in 0..<3 {
            let forked = try tracker.createSnapshot(isolation: .forked)
            let forkedSizes = sizes(tracker, at: forked)
            let inProcess = try tracker.createSnapshot(isolation: .inProcess)
            // One by one, with their referents.
            #expect(forkedSizes.count == 780)
            #expect(forkedSizes == sizes(tracker, at: inProcess))
            #expect(forked.notForked == nil)
            #expect(forked.isolation == .forked)
            #expect(try #require(forked.pause) > 0)
            #expect(inProcess.isolation == .inProcess)
            #expect(inProcess.pause == nil)
            #expect((forked.trackedTotal, forked.unsized) == (inProcess.trackedTotal, 0))
            #expect(inProcess.unsized == 0)
            for (name, size) in inProcess.classes {
                var expected = size
                expected.percentage = 0
                var found = try #require(forked.classes[name])
                found.percentage = 0
                #expect(found == expected)
            }
            #expect((forked.classes["exhibit"]?.merged != nil) == (level > 0))
        }
        withExtendedLifetime((exhibits, labels)) {}
        tracker.close()
    }

    @Test("Where the configuration says so, periodic ones and those that nobody told otherwise are forked")
    func configured() throws {
        let sink = MemorySink()
        let tracker = forkingTracker(sink) { $0.isolation = .forked }
        let label = Label(3)
        try tracker.trackObject(label)
        #expect(try tracker.createSnapshot().isolation == .forked)
        #expect(try tracker.createSnapshot(isolation: .inProcess).isolation == .inProcess)
        try tracker.startPeriodicSnapshots(interval: .milliseconds(20))
        #expect(waitUntil { tracker.snapshots.contains { $0.isPeriodic } })
        tracker.stopPeriodicSnapshots()
        for snapshot in tracker.snapshots where snapshot.isPeriodic {
            #expect(snapshot.isolation == .forked)
            #expect(snapshot.classes["Label"]?.sum == HeapSizer().size(of: label))
        }
        let told = sink.records.compactMap { if case .snapshot(let snapshot) = $0.payload { snapshot } else { nil } }
        #expect(!told.isEmpty)
        #expect(told.allSatisfy { $0.isolation == .forked && $0.pause != nil })
        tracker.close()
    }

    @Test("A snapshot that explains a spike is forked where the configuration says so for spikes alone")
    func spike() throws {
        let tracker = tracker { $0.spikeIsolation = .forked }
        let label = Label(3)
        try tracker.trackObject(label)
        tracker.takeSnapshot(.timer, skipped: 0)
        tracker.takeSnapshot(.spike, skipped: 0)
        #expect(tracker.snapshots.map(\.isolation) == [.inProcess, .forked])
        withExtendedLifetime(label) { tracker.close() }
    }

    @Test("They show the births and deaths of their instant, and leave those of later to the next")
    func births() throws {
        let tracker = tracker()
        try tracker.trackClass(Label.self, name: "label")
        var labels = (0..<300).map { Label($0) }
        let first = try tracker.createSnapshot(isolation: .forked)
        #expect((first.classes["label"]?.active, first.classes["label"]?.created) == (300, 300))
        labels.removeLast(100)
        labels.append(Label(1))
        let second = try tracker.createSnapshot(isolation: .forked)
        let size = try #require(second.classes["label"])
        #expect((size.active, size.created, size.destroyed) == (201, 1, 100))
        #expect(second.timestamp > first.timestamp)
        let history = try #require(tracker.history["label"])
        #expect(history.map(\.count).max() == 300)
        #expect(history.last?.count == 201)
        withExtendedLifetime(labels) { tracker.close() }
    }

    @Test("A class that is met for the first time is learnt, and the copy repeated")
    func newClass() throws {
        let tracker = tracker()
        let exhibit = Exhibit(1, next: nil)
        try tracker.trackObject(exhibit)
        #expect(try tracker.createSnapshot(isolation: .forked).isolation == .forked)
        // Not known to any snapshot of this process yet.
        enum Unseen { final class First { var words = [text("first")] } }
        exhibit.anything = Unseen.First()
        let snapshot = try tracker.createSnapshot(isolation: .forked)
        #expect(snapshot.notForked == nil)
        #expect(snapshot.trackedTotal == HeapSizer().size(of: exhibit))
        tracker.close()
    }

    @Test("Many of them leave no mapping or process behind")
    func leftovers() throws {
        func mappings() -> Int { contents(of: "/proc/self/maps").split(separator: "\n").count }
        let tracker = tracker()
        try tracker.trackClass(Label.self, name: "label", resolutionLevel: 1)
        let labels = (0..<50).map { Label($0) }
        for _ in 0..<10 { try tracker.createSnapshot(isolation: .forked) }
        let before = mappings()
        for _ in 0..<200 { #expect(try tracker.createSnapshot(isolation: .forked).notForked == nil) }
        // Other tests map something, too, but not a hundred times.
        #expect(mappings() <= before + 100)
        #expect(copiesOfThisProcess().isEmpty)
        withExtendedLifetime(labels) { tracker.close() }
    }
}
