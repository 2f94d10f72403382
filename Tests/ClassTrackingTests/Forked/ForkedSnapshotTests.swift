import CTrackingTestSupport
import Testing

@testable import ClassTracking

/// Snapshots of a copy of the process.
@Suite("Forked snapshots", .processWide, .countedAllocations)
struct ForkedSnapshotTests {
    private func tracker(_ change: (inout ClassTracker.Configuration) -> Void = { _ in }) -> ClassTracker {
        var configuration = ClassTracker.Configuration()
        // A test runner is large, and the machine may be busy.
        configuration.pauseBudget = .seconds(10)
        change(&configuration)
        return ClassTracker(configuration: configuration)
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
}
