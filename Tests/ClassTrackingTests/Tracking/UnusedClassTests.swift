import ClassTracking
import Testing
import TrackingTestSupport

private enum Unused {
    final class First { var number = 1 }
    final class Second { var number = 2 }
    final class Third { var number = 3 }
    final class Fourth { var number = 4 }
}

@Suite("Classes without an instance", .serialized, .processWide)
struct UnusedClassTests {
    /// `Unused.First` and so on, of those that a snapshot has.
    private func names(_ snapshot: Snapshot) -> [String] {
        snapshot.classes.keys.map { String($0.split(separator: ".").last ?? "") }.sorted()
    }

    @Test(
        "Of a pattern's classes, those are in a snapshot that have an instance or had one at the one before; others are counted"
    )
    func pattern() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink)
        try tracker.startPeriodicSnapshots(interval: .seconds(3600))
        // The first one is taken at once; no other one is to come between those below.
        #expect(waitUntil { !tracker.snapshots.isEmpty })
        let matching = try tracker.trackClasses(matching: "ClassTrackingTests.*Unused*")
        #expect(matching.count == 4)
        let before = try tracker.createSnapshot()
        #expect(names(before) == [])
        var kept: [AnyObject] = [Unused.First(), Unused.Second()]
        let both = try tracker.createSnapshot()
        #expect(names(both) == ["First", "Second"])
        kept.removeLast()
        let emptied = try tracker.createSnapshot()
        #expect(names(emptied) == ["First", "Second"])
        let second = try #require(emptied.classes.first { $0.key.hasSuffix("Second") }?.value)
        #expect(second.active == 0 && second.sum == 0 && second.destroyed == 1)
        // Nothing to tell any more, until it comes again.
        let first = try tracker.createSnapshot()
        #expect(names(first) == ["First"])
        _ = Unused.Second()
        let passed = try tracker.createSnapshot()
        #expect(names(passed) == ["First", "Second"])
        #expect(passed.classes.first { $0.key.hasSuffix("Second") }?.value.created == 1)
        #expect([before, both, emptied, first, passed].map(\.unusedClasses) == [4, 2, 2, 2, 2])
        #expect(waitUntil { sink.snapshots.filter { !$0.isPeriodic }.count == 5 })
        tracker.stopPeriodicSnapshots()
        let written = sink.records.compactMap {
            if case .classSize(let size) = $0.payload { size.snapshot } else { nil }
        }
        let byHand = sink.snapshots.filter { !$0.isPeriodic }
        #expect(byHand.map(\.classCount) == [0, 2, 2, 1, 2])
        #expect(byHand.map { snapshot in written.count { $0 == snapshot.number } } == [0, 2, 2, 1, 2])
        // Readers show the same as if it had been told each time.
        let stats = tracker.stats
        var summary = ""
        stats.printSummary(to: &summary)
        #expect(summary.contains("2 classes without any instance are left out\n"))
        #expect(summary.split(separator: "\n").count { $0.contains("Second ") && $0.contains(" 0%") } >= 4)
        let growth = try stats.diff(from: "#\(byHand[1].number)", to: "#\(byHand[3].number)").classes
        #expect(growth.first { $0.name.hasSuffix("Second") }?.instances == -1)
        #expect(growth.first { $0.name.hasSuffix("Second") }?.destroyed == 1)
        tracker.close()
        withExtendedLifetime(kept) {}
    }

    @Test("A class that was asked for by its name is in each snapshot, as the manual shows it")
    func named() throws {
        let tracker = makeTracker(MemorySink())
        try tracker.trackClass(Unused.Third.self)
        try tracker.trackClasses(matching: "ClassTrackingTests.Unused.Fourth")
        let snapshot = try tracker.createSnapshot()
        #expect(names(snapshot) == ["Fourth", "Third"])
        #expect(snapshot.classes.values.allSatisfy { $0 == ClassSize() } && snapshot.unusedClasses == 0)
        tracker.close()
    }
}
