import CTrackingRuntime
import Foundation
import Glibc
import Synchronization
import Testing
import TrackingTestSupport

@testable import ClassTracking

@Suite("Tracked objects in the stream", .processWide)
struct TrackedStreamTests {
    private final class Page {
        let rows: [UInt8]

        init(_ byteCount: Int) { rows = [UInt8](repeating: 1, count: byteCount) }
    }

    private let sink = MemorySink()

    private var snapshots: [Snapshot] {
        sink.records.compactMap { if case .snapshot(let snapshot) = $0.payload { snapshot } else { nil } }
    }
    private var classes: [ClassSizeRecord] {
        sink.records.compactMap { if case .classSize(let record) = $0.payload { record } else { nil } }
    }
    private var objects: [TrackedObjectRecord] {
        sink.records.compactMap { if case .object(let object) = $0.payload { object } else { nil } }
    }
    private var traces: [InstantiationTrace] {
        sink.records.compactMap { if case .trace(let record) = $0.payload { record.trace } else { nil } }
    }

    @Test("A type whose contents no metadata describes is reported once")
    func opaqueTypes() throws {
        let tracker = makeTracker(sink)
        let formatter = DateFormatter()
        formatter.dateFormat = "yyyy"
        #expect(!formatter.string(from: Date()).isEmpty)
        try tracker.trackObject(formatter)
        try tracker.startPeriodicSnapshots(interval: .seconds(60))
        try tracker.createSnapshot()
        try tracker.createSnapshot()
        tracker.stopPeriodicSnapshots()
        let notices = sink.records.compactMap {
            if case .notice(let notice) = $0.payload { notice.message } else { nil }
        }
        let reported = notices.filter { $0.contains("sizes are too small") }
        #expect(reported.count == 1)
        #expect(reported.first?.contains("Foundation.DateFormatter") == true)
        tracker.close()
        withExtendedLifetime(formatter) {}
    }

    @Test("Each snapshot has its classes, and objects once for each size and for their death")
    func records() throws {
        let tracker = makeTracker(sink)
        try tracker.trackClass(Page.self, name: "page", trace: true)
        try tracker.startPeriodicSnapshots(interval: .seconds(60))
        var pages = [Page(1000), Page(2000)]
        try tracker.createSnapshot("first")
        try tracker.createSnapshot("again")
        pages.removeLast()
        try tracker.createSnapshot("one dead")
        // The first look at debug information may take longer than a stop waits for objects.
        #expect(waitUntil { objects.contains { $0.death != nil } })
        tracker.stopPeriodicSnapshots()
        // The timer's own and the last one are among them.
        let byHand = snapshots.filter { !$0.isPeriodic }
        #expect(byHand.map(\.description) == ["first", "again", "one dead"])
        let counts = byHand.map { snapshot in classes.first { $0.snapshot == snapshot.number }?.size.active }
        #expect(counts == [2, 2, 1])
        #expect(Set(objects.map(\.id)).count == 2)
        let dead = objects.filter { $0.death != nil }
        #expect(dead.count == 1)
        #expect(objects.count { $0.id == dead.first?.id && $0.death == nil } == 1)
        #expect(objects.count { $0.id != dead.first?.id } == 1)
        #expect(objects.first { $0.death == nil }?.sizes.first?.size.size ?? 0 > 1000)
        // Both were made on the same line.
        #expect(!traces.isEmpty)
        #expect(Set(objects.map(\.trace)).isSubset(of: Set(traces.map(\.id))))
        tracker.close()
        withExtendedLifetime(pages) {}
    }

    @Test("Classes of the configuration are tracked from the start, and what is wrong with them is told")
    func configured() throws {
        let tracker = makeTracker(sink) {
            $0.track = ["ClassTrackingTests.Employee name=staff", "ClassTrackingTests.Employe"].compactMap { .init($0) }
        }
        try tracker.startPeriodicSnapshots(interval: .seconds(60))
        let employee = Employee(assigned: "")
        #expect(tracker.isTracking(employee))
        #expect(try tracker.createSnapshot().classes["staff"]?.active == 1)
        tracker.stopPeriodicSnapshots()
        // A file that begins with anything else would be nobody's.
        #expect(sink.records.first?.kind == .header)
        let notices = sink.records.compactMap { if case .notice(let notice) = $0.payload { notice } else { nil } }
        #expect(notices.map(\.severity) == [.warning])
        #expect(notices.first?.message.contains("ClassTrackingTests.Employee") == true)
        tracker.close()
        withExtendedLifetime(employee) {}
    }

    @Test("A burst of objects is bounded, and the largest are told")
    func bursts() throws {
        let tracker = makeTracker(sink) { $0.snapshotObjects = 50 }
        try tracker.trackClass(Page.self, name: "page")
        try tracker.startPeriodicSnapshots(interval: .seconds(60))
        var pages = (0..<100_000).map { _ in Page(10) }
        pages[77_777] = Page(100_000)
        let snapshot = try tracker.createSnapshot("many")
        #expect(snapshot.omittedObjects == 99_950)
        tracker.stopPeriodicSnapshots()
        #expect(Set(objects.map(\.id)).count <= 100)
        #expect(objects.contains { $0.address == address(of: pages[77_777]) })
        #expect(sink.records.count < 400)
        #expect(tracker.status.dropped == 0)
        tracker.close()
        withExtendedLifetime(pages) {}
    }

    @Test("Objects whose records found no room are told with the next snapshot")
    func refused() throws {
        let tracker = makeTracker(sink)
        try tracker.trackClass(Page.self, name: "page", trace: true)
        try tracker.startPeriodicSnapshots(interval: .seconds(60))
        // The timer's first one would find less room.
        #expect(waitUntil { sink.records.contains { $0.kind == .snapshot } })
        sink.hang()
        var pages: [Page] = []
        for _ in 0..<5 {
            pages.append(Page(1000))
            try tracker.createSnapshot()
        }
        // They are late, not lost.
        #expect(tracker.status.dropped == 0)
        sink.open()
        #expect(waitUntil { Set(objects.map(\.id)).count == 2 })
        try tracker.createSnapshot("room again")
        #expect(waitUntil { Set(objects.map(\.id)).count == 5 })
        #expect(Set(objects.map(\.trace)).isSubset(of: Set(traces.map(\.id))))
        tracker.close()
        withExtendedLifetime(pages) {}
    }

    @Test("A spike names the class behind it, with bytes and instances", .memoryGoesBack)
    func spikes() throws {
        ct_map_blocks(128 << 10)
        let tracker = makeTracker(sink) {
            $0.spike.warmUp = 3
            $0.spike.cooldown = 0
        }
        try tracker.trackClass(Page.self, name: "page")
        try tracker.trackClass(Base.self, name: "base")
        try tracker.startPeriodicSnapshots(interval: .milliseconds(200))
        #expect(waitUntil { sink.samples.count >= 5 })
        let count = sink.samples.count
        #expect(waitUntil { sink.samples.count > count })
        // Until the sample after next, so that no look can miss it.
        let pages = (0..<200).map { _ in Page(2 << 20) }
        #expect(waitUntil { sink.samples.count > count + 2 })
        withExtendedLifetime(pages) {}
        _ = consume pages
        let spike = try #require(
            sink.records.compactMap { if case .spike(let spike) = $0.payload { spike } else { nil } }.first
        )
        tracker.stopPeriodicSnapshots()
        let growth = try #require(spike.grown.first)
        #expect(growth.name == "page")
        #expect(growth.created > 0 && growth.instances > 0 && growth.instances <= 200)
        // One of them may have been in the making.
        #expect(try #require(growth.bytes) >= (growth.instances - 1) * (2 << 20))
        #expect(growth.bytes ?? 0 < 201 * (2 << 20))
        #expect(try #require(spike.untracked) <= spike.excess)
        tracker.close()
    }
}
