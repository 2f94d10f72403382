import CTrackingRuntime
import CTrackingTestSupport
import Dispatch
import Glibc
import Synchronization
import Testing
import TrackingTestSupport

@testable import ClassTracking

/// Where ticks ran.
private final class Ticks: Sendable {
    /// Is set on the timer's queue.
    static let mark = DispatchSpecificKey<Bool>()

    private let now = Atomic(0)
    let most = Atomic(0)
    let onQueue = Atomic(0)
    let elsewhere = Atomic(0)

    func note() {
        let count = now.add(1, ordering: .sequentiallyConsistent).newValue
        _ = most.max(count, ordering: .relaxed)
        if DispatchQueue.getSpecific(key: Self.mark) == true {
            onQueue.add(1, ordering: .relaxed)
        } else {
            elsewhere.add(1, ordering: .relaxed)
        }
        usleep(200)
        now.subtract(1, ordering: .sequentiallyConsistent)
    }

    var ofTimer: Int { onQueue.load(ordering: .relaxed) }
    var ofThread: Int { elsewhere.load(ordering: .relaxed) }
}

@Suite("The timer of Dispatch, and the thread behind it", .serialized, .processWide)
struct SamplingTimerTests {
    @Test("Ticks run on the timer's queue; while that is stuck another thread takes and counts them; never two at once")
    func stuckQueue() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink)
        let ticks = Ticks()
        try tracker.startPeriodicSnapshots(interval: .milliseconds(10)) { _ in ticks.note() }
        let queue = try #require(tracker.run).timer.queue
        queue.setSpecific(key: Ticks.mark, value: true)
        #expect(waitUntil(seconds: 60) { ticks.ofTimer >= 10 }, "Dispatch delivers no tick")
        for _ in 0..<3 {
            let (gate, isStuck) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            queue.async {
                isStuck.signal()
                gate.wait()
            }
            isStuck.wait()
            let (late, taken, ofTimer) = (tracker.status.lateTicks, ticks.ofThread, ticks.ofTimer)
            #expect(waitUntil(seconds: 60) { ticks.ofThread >= taken + 10 }, "ticks end with the queue")
            #expect(ticks.ofTimer == ofTimer)
            #expect(tracker.status.lateTicks >= late + 10)
            gate.signal()
            #expect(waitUntil(seconds: 60) { ticks.ofTimer >= ofTimer + 10 }, "the timer has not come back")
        }
        tracker.stopPeriodicSnapshots()
        #expect(ticks.most.load(ordering: .relaxed) == 1)
        guard case .end(let end)? = sink.records.last?.payload else {
            Issue.record("no end")
            return
        }
        #expect(end.lateTicks >= 30)
        #expect(end.cause == .stop)
        #expect(sink.samples.count == end.samples)
        #expect(ticks.ofTimer + ticks.ofThread == end.samples)
    }

    @Test("A change of the interval and a stop reach the timer, and the run goes with it")
    func changedAndReleased() throws {
        let sink = MemorySink()
        var tracker: ClassTracker? = makeTracker(sink)
        let ticks = Ticks()
        try tracker?.startPeriodicSnapshots(interval: .seconds(3600)) { _ in ticks.note() }
        #expect(waitUntil { sink.samples.count == 1 })
        tracker?.run?.timer.queue.setSpecific(key: Ticks.mark, value: true)
        try tracker?.startPeriodicSnapshots(interval: .milliseconds(5))
        #expect(waitUntil(seconds: 60) { ticks.ofTimer >= 20 })
        weak let run = tracker?.run
        weak let timer = tracker?.run?.timer
        tracker?.stopPeriodicSnapshots()
        tracker = nil
        #expect(waitUntil(seconds: 60) { run == nil && timer == nil }, "the timer or its run is kept")
    }

    @Test("Ticks are the thread's until Dispatch has the timer, and none is late for that")
    func deferred() {
        var plan = TickPlan(period: 100)
        // A macro cannot call what changes the plan.
        func standIn(_ now: UInt64) -> Bool { plan.standIn(now: now) }
        func deliver(_ now: UInt64) -> Bool { plan.deliver(now: now) }
        plan.begin(period: 1_000_000_000, now: 5)
        #expect(standIn(5))
        #expect(!standIn(6), "a tick is under way")
        #expect(plan.due(now: 6) == 1_000_000_005, "the thread is woken by nobody when it is over")
        #expect(plan.due(now: 1_100_000_000) == 1_350_000_000, "it takes longer than an interval")
        _ = plan.end()
        #expect(plan.due(now: 6) == 1_000_000_005)
        #expect(standIn(1_000_000_005))
        _ = plan.end()
        #expect(plan.lateTicks == 0)
        let delay = plan.arm(now: 1_000_000_105).delay
        #expect(delay == 999_999_900)
        #expect(deliver(2_000_000_010))
        _ = plan.end()
        // A quarter of a second of grace.
        #expect(plan.due(now: 6) == 3_250_000_005)
        #expect(!standIn(3_100_000_005))
        #expect(standIn(3_250_000_005))
        _ = plan.end()
        #expect(plan.lateTicks == 1)
        #expect(plan.due(now: 6) == 4_000_000_005, "in time from now on")
        #expect(!deliver(3_260_000_000), "what was late is not taken again")
        #expect(plan.due(now: 6) == 4_250_000_005)
    }

    @Test("Ticks of a timer that is lost are the thread's at their times, none of them is late, and that is told once")
    func lost() {
        let second: UInt64 = 1_000_000_000
        var plan = TickPlan(period: second)
        func standIn(_ now: UInt64) -> Bool { plan.standIn(now: now) }
        func deliver(_ now: UInt64) -> Bool { plan.deliver(now: now) }
        func lose() -> Bool { plan.lose() }
        func isNews(_ now: UInt64) -> Bool { plan.isNews(now: now) }
        plan.begin(period: second, now: 0)
        #expect(standIn(0))
        _ = plan.end()
        _ = plan.arm(now: 0)
        #expect(deliver(second))
        _ = plan.end()
        #expect(standIn(2 * second + second / 4))
        _ = plan.end()
        #expect(plan.lateTicks == 1)
        #expect(lose())
        #expect(!lose())
        for time in 3...20 as ClosedRange<UInt64> {
            #expect(plan.due(now: 0) == time * second)
            #expect(standIn(time * second))
            _ = plan.end()
            #expect(!isNews(time * second))
        }
        // One that was under way.
        #expect(deliver(21 * second))
        _ = plan.end()
        #expect(standIn(22 * second + second / 4))
        _ = plan.end()
        #expect(plan.due(now: 0) == 23 * second)
        #expect(plan.lateTicks == 1)
    }

    @Test("Dispatch's descriptors are found where it has a timer, and are its own")
    func descriptors() {
        let fired = DispatchSemaphore(value: 0)
        let timer = DispatchSource.makeTimerSource()
        timer.setEventHandler { fired.signal() }
        timer.schedule(deadline: .now())
        timer.activate()
        fired.wait()
        #expect(ct_dispatch_look() == CT_DISPATCH_INTACT)
        #expect(ct_dispatch_check() == CT_DISPATCH_INTACT)
        timer.cancel()
    }

    @Test("A timer that stays silent is told once")
    func silence() {
        let second: UInt64 = 1_000_000_000
        var plan = TickPlan(period: second)
        plan.begin(period: second, now: 0)
        _ = plan.standIn(now: 0)
        _ = plan.end()
        _ = plan.arm(now: 0)
        var told: [UInt64] = []
        for time in 1...30 as ClosedRange<UInt64> {
            let isTaken = plan.standIn(now: time * second)
            #expect(isTaken)
            _ = plan.end()
            if plan.isNews(now: time * second) { told.append(time) }
        }
        #expect(told == [11])
        #expect(plan.lateTicks == 29)
    }

    @Test("A stop comes back though a tick hangs, and a later start is not held up by it")
    func hangingTick() throws {
        let sinks = Mutex<[MemorySink]>([])
        var configuration = ClassTracker.Configuration()
        configuration.journal.enabled = false
        let tracker = ClassTracker(configuration: configuration) {
            let sink = MemorySink()
            sinks.withLock { $0.append(sink) }
            return [sink]
        }
        let gate = DispatchSemaphore(value: 0)
        let hangs = Atomic(true)
        try tracker.startPeriodicSnapshots(interval: .milliseconds(10)) { _ in
            if hangs.exchange(false, ordering: .sequentiallyConsistent) { gate.wait() }
        }
        #expect(waitUntil { !hangs.load(ordering: .sequentiallyConsistent) })
        let start = ContinuousClock.now
        tracker.stopPeriodicSnapshots()
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(tracker.status.interval == nil)
        try tracker.startPeriodicSnapshots(interval: .milliseconds(10))
        #expect(waitUntil(seconds: 60) { sinks.withLock { $0.count == 2 && $0[1].samples.count >= 5 } })
        tracker.stopPeriodicSnapshots()
        #expect(sinks.withLock { $0[1].records.last?.kind } == .end)
        gate.signal()
        #expect(waitUntil(seconds: 60) { sinks.withLock { $0[0].isClosed } })
        #expect(sinks.withLock { $0[0].records.last?.kind } == .end)
    }

    @Test("A stop comes back though a snapshot takes long")
    func longSnapshot() {
        let gate = DispatchSemaphore(value: 0)
        defer { gate.signal() }
        let schedule = SnapshotSchedule(OverheadBudget(share: nil)) { _, _ in gate.wait() }
        #expect(schedule.start() == 0)
        schedule.takeNow()
        #expect(waitUntil { schedule.isBusy })
        let isDone = schedule.finish(until: monotonicNanoseconds() + 20_000_000, duration: 0)
        #expect(!isDone)
    }

    @Test("The last snapshot is taken where there is time for it, and not begun where there is none")
    func lastSnapshot() {
        for (duration, isTaken) in [(1_000_000, true), (60_000_000_000, false)] as [(UInt64, Bool)] {
            let count = Atomic(0)
            let schedule = SnapshotSchedule(OverheadBudget(share: nil)) { _, _ in
                count.add(1, ordering: .sequentiallyConsistent)
            }
            #expect(schedule.start() == 0)
            #expect(schedule.finish(until: monotonicNanoseconds() + 30_000_000_000, duration: duration) == isTaken)
            #expect(count.load(ordering: .sequentiallyConsistent) == (isTaken ? 1 : 0))
        }
    }
}
