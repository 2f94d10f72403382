import ClassTracking
import Testing
import TrackingTestSupport

@testable import class ClassTracking.OverheadBudget

@Suite("Overhead budget")
struct OverheadBudgetTests {
    private static let second: UInt64 = 1_000_000_000
    private static let millisecond: UInt64 = 1_000_000

    /// How many of so many snapshots, one a second, are taken.
    private func taken(of count: Int, each time: UInt64, _ budget: OverheadBudget) -> Int {
        var taken = 0
        for tick in 0..<UInt64(count) {
            let now = tick * Self.second
            budget.chargeSample(Self.millisecond / 100, sinks: 0, now: now)
            if budget.allowsSnapshot(now: now) {
                taken += 1
                budget.chargeSnapshot(time, now: now)
            } else {
                budget.noteSkippedSnapshot()
            }
        }
        return taken
    }

    @Test("What is within the budget is not touched")
    func within() {
        let budget = OverheadBudget(share: 0.01, now: 0)
        #expect(taken(of: 1000, each: 9 * Self.millisecond, budget) == 1000)
        #expect(budget.takeNotice() == nil)
        #expect(budget.takeSkippedSnapshots() == 0)
    }

    @Test("Snapshots that cost twice as much are half as many, when what was saved is used up")
    func thinned() throws {
        let budget = OverheadBudget(share: 0.01, now: 0)
        let taken = taken(of: 1000, each: 20 * Self.millisecond, budget)
        // 10 s of saving pay for five more; the samples take a thousandth.
        #expect((500...506).contains(taken))
        #expect(budget.takeSkippedSnapshots() == 1000 - taken)
        #expect(budget.takeSkippedSnapshots() == 0)
        let notice = try #require(budget.takeNotice())
        #expect(notice.hasPrefix("snapshots of the tracked objects take 20.0 ms of processor time each: some are"))
        #expect(notice.hasSuffix("1.0 % of a processor (overhead-budget)"))
    }

    @Test("It is told once, and again when it becomes twice as rare")
    func told() {
        let budget = OverheadBudget(share: 0.01, now: 0)
        var notices = 0
        for tick in 0..<400 as Range<UInt64> {
            let now = tick * Self.second
            if budget.allowsSnapshot(now: now) {
                // From 20 ms on, a thousandth more each time: 49 ms in the end.
                budget.chargeSnapshot(20 * Self.millisecond + tick * 72_500, now: now)
            }
            if budget.takeNotice() != nil { notices += 1 }
        }
        #expect(notices == 2)
    }

    @Test("A snapshot that takes long keeps no sample from being taken")
    func samplesGoOn() {
        let budget = OverheadBudget(share: 0.01, now: 0)
        budget.chargeSnapshot(100 * Self.second, now: 0)
        #expect(!budget.allowsSnapshot(now: 9000 * Self.second))
        #expect(budget.allowsSnapshot(now: 10_000 * Self.second))
        for tick in 0..<1000 as Range<UInt64> {
            #expect(budget.allowsSample(now: tick * Self.second))
            budget.chargeSample(Self.millisecond, sinks: tick * Self.second, now: tick * Self.second)
        }
    }

    @Test("Samples are left out where they alone are too much")
    func samples() throws {
        let budget = OverheadBudget(share: 0.001, now: 0)
        var taken = 0
        for tick in 0..<10_000 as Range<UInt64> {
            let now = tick * Self.millisecond
            guard budget.allowsSample(now: now) else { continue }
            taken += 1
            budget.chargeSample(Self.millisecond / 100, sinks: 0, now: now)
        }
        // Ten seconds, and the ten that are saved, at a thousandth.
        #expect((1990...2010).contains(taken))
        #expect(try #require(budget.takeNotice()).hasPrefix("samples take 0.0 ms of processor time each"))
    }

    @Test("What the sinks' thread takes is charged once")
    func sinks() {
        let budget = OverheadBudget(share: 0.01, now: 0)
        budget.chargeSample(0, sinks: 90 * Self.millisecond, now: 0)
        budget.chargeSample(0, sinks: 99 * Self.millisecond, now: 0)
        #expect(budget.allowsSnapshot(now: 0))
        budget.chargeSample(0, sinks: 101 * Self.millisecond, now: 0)
        #expect(!budget.allowsSnapshot(now: 0))
    }

    @Test("Without a bound everything is allowed")
    func unbounded() {
        let budget = OverheadBudget(share: nil, now: 0)
        budget.chargeSnapshot(1000 * Self.second, now: 0)
        budget.chargeSample(1000 * Self.second, sinks: 0, now: 0)
        #expect(budget.allowsSnapshot(now: 0) && budget.allowsSample(now: 0))
        #expect(budget.takeNotice() == nil)
    }
}

/// The budget of a tracker that sizes more than it may.
@Suite("Snapshots over the budget", .processWide)
struct OverBudgetTests {
    private final class Subject {
        let number: Int

        init(_ number: Int) { self.number = number }
    }

    @Test("Snapshots are left out, the stream says how many and why, and samples go on")
    func stream() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink) { $0.overheadBudget = 0.02 }
        try tracker.trackClass(Subject.self)
        let objects = (0..<200_000).map(Subject.init)
        try tracker.startPeriodicSnapshots(interval: .milliseconds(25))
        #expect(waitUntil { sink.notices.contains { $0.message.contains("overhead-budget") } })
        let samples = sink.samples.count
        #expect(waitUntil { sink.samples.count >= samples + 3 })
        tracker.stopPeriodicSnapshots()
        tracker.close()
        withExtendedLifetime(objects) {}
        let snapshots = sink.snapshots
        #expect(snapshots.count < sink.samples.count)
        #expect(snapshots.reduce(0) { $0 + $1.skipped } > 0)
        let notices = sink.notices.filter { $0.message.hasPrefix("snapshots of the tracked objects take") }
        #expect(notices.allSatisfy { $0.severity == .info })
        // Once, and again where one took twice as long as the last that was told, in tenths of a millisecond.
        let told = notices.compactMap { $0.message.split(separator: " ").lazy.compactMap { Double($0) }.first }
        #expect(!told.isEmpty && told.count == notices.count)
        #expect(zip(told, told.dropFirst()).allSatisfy { $1 >= 2 * $0 - 0.2 }, "\(told)")
    }
}
