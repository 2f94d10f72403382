import CTrackingTestSupport
import Dispatch
import Glibc
import Synchronization
import Testing
import TrackingTestSupport

@testable import ClassTracking

@Suite("Periodic snapshots", .serialized, .processWide)
struct PeriodicSnapshotTests {
    @Test("Samples arrive at the interval, and a stop brings a last sample and the end")
    func startAndStop() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink)
        try tracker.startPeriodicSnapshots(interval: .milliseconds(20))
        #expect(waitUntil { sink.samples.count >= 10 })
        weak let run = tracker.run
        tracker.stopPeriodicSnapshots()
        #expect(sink.isClosed)
        let records = sink.records
        #expect(records.first?.kind == .header)
        #expect(records.dropFirst().dropLast(2).allSatisfy { $0.kind == .sample })
        #expect(records.suffix(2).map(\.kind) == [.sample, .end])
        #expect(records.dropFirst().map(\.sequence) == Array(1..<records.count))
        let times = sink.samples.map(\.timestamp)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
        guard case .end(let end) = records.last?.payload else { return }
        #expect(end.samples == sink.samples.count)
        #expect(end.maximumResidentSet == sink.samples.last?.maximumResidentSet)
        // Nothing is left that could record.
        #expect(waitUntil { run == nil })
        #expect(sink.records.count == records.count, "something was recorded after the stop")
    }

    @Test("Started again, the interval changes and there is no second timer")
    func changedInterval() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink)
        try tracker.startPeriodicSnapshots(interval: .seconds(3600))
        #expect(waitUntil { sink.samples.count == 1 })
        try tracker.startPeriodicSnapshots(interval: .milliseconds(50))
        #expect(waitUntil { sink.samples.count >= 5 })
        try tracker.startPeriodicSnapshots(interval: .seconds(3600))
        // The change itself takes a sample. A timer that was forgotten finds none that is due.
        #expect(waitUntil { sink.records.last?.kind == .sample && sink.headers.count == 3 })
        let now = monotonicNanoseconds()
        let due = try #require(tracker.run).plan.withLock { $0.due(now: now) }
        #expect(due > now + 3_000_000_000_000)
        #expect(tracker.status.interval == .seconds(3600))
        tracker.stopPeriodicSnapshots()
        #expect(sink.headers.map(\.interval) == [3600, 0.05, 3600])
        // A change is no gap; within an interval, a busy machine may be late by as much as the timestamps tell.
        var missed: [Int] = []
        for (before, record) in zip(sink.records, sink.records.dropFirst()) {
            guard case .sample(let sample) = record.payload, before.kind == .header else { continue }
            missed.append(sample.missedTicks)
        }
        #expect(missed == [0, 0, 0])
        let samples = sink.samples
        for (before, sample) in zip(samples, samples.dropFirst()) where sample.missedTicks > 0 {
            #expect(Double(sample.missedTicks) * 0.05 < sample.timestamp - before.timestamp)
        }
    }

    @Test(
        "An interval below a millisecond or above a day is refused",
        arguments: [Duration.zero, .microseconds(999), .seconds(-1), .seconds(86_401), .nanoseconds(1)]
    )
    func intervalBounds(interval: Duration) {
        let tracker = makeTracker(MemorySink())
        #expect(throws: TrackingError.intervalOutOfRange(interval)) {
            try tracker.startPeriodicSnapshots(interval: interval)
        }
        #expect(tracker.status.interval == nil)
    }

    @Test("The shortest and the longest interval are taken", arguments: [Duration.milliseconds(1), .seconds(86_400)])
    func extremeIntervals(interval: Duration) throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink)
        try tracker.startPeriodicSnapshots(interval: interval)
        #expect(waitUntil { !sink.samples.isEmpty })
        tracker.stopPeriodicSnapshots()
    }

    @Test("A configuration that is out of range is refused with its key")
    func badConfiguration() {
        let tracker = makeTracker(MemorySink()) { $0.queueCapacity = 1 }
        let error = #expect(throws: TrackingError.self) { try tracker.startPeriodicSnapshots() }
        #expect(error?.description.contains("queue.capacity") == true)
    }

    @Test("Ticks that did not happen are counted, and not made up for")
    func missedTicks() {
        #expect(SamplingRun.missedTicks(since: nil, 5, .seconds(1)) == 0)
        #expect(SamplingRun.missedTicks(since: 4, 5.02, .seconds(1)) == 0)
        #expect(SamplingRun.missedTicks(since: 4, 4.1, .seconds(1)) == 0)
        #expect(SamplingRun.missedTicks(since: 4, 7.1, .seconds(1)) == 2)
        #expect(SamplingRun.missedTicks(since: 4, 28_804, .seconds(1)) == 28_799)
    }

    @Test("Without an argument, the interval is the configuration's, and the header says so")
    func configuredInterval() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink) { $0.interval = .milliseconds(30) }
        try tracker.startPeriodicSnapshots()
        #expect(waitUntil { sink.samples.count >= 3 })
        #expect(tracker.status.interval == .milliseconds(30))
        #expect(tracker.stats.header?.interval == 0.03)
        tracker.stopPeriodicSnapshots()
        #expect(sink.headers.map(\.interval) == [0.03])
    }

    @Test("A blocked sampling thread misses ticks, says how many, and goes on one at a time")
    func starvedTimer() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink)
        let ticks = Atomic<Int>(0)
        try tracker.startPeriodicSnapshots(interval: .milliseconds(20)) { _ in
            if ticks.add(1, ordering: .relaxed).newValue == 5 { usleep(500_000) }
        }
        #expect(waitUntil { ticks.load(ordering: .relaxed) >= 12 })
        tracker.stopPeriodicSnapshots()
        let missed = sink.samples.map(\.missedTicks).reduce(0, +)
        #expect(missed >= 20)
        #expect(tracker.status.missedTicks == missed)
        // 12 ticks at 20 ms and a gap: bunched-up ones would be there besides.
        #expect(sink.samples.count < 30)
    }

    @Test("A spike between two samples is in the stream")
    func spike() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink) {
            $0.spike.warmUp = 3
            $0.spike.floor = 128 << 20
            $0.spike.deviations = 0
        }
        try tracker.startPeriodicSnapshots(interval: .milliseconds(100))
        #expect(waitUntil { sink.samples.count >= 5 })
        let bytes = 512 << 20
        let pointer = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)
        munmap(pointer, bytes)
        #expect(waitUntil { sink.records.contains { $0.kind == .spike } })
        tracker.stopPeriodicSnapshots()
        let peak = try #require(sink.samples.compactMap(\.intervalPeak).max())
        let spikes = sink.records.compactMap { if case .spike(let spike) = $0.payload { spike } else { nil } }
        let spike = try #require(spikes.last)
        #expect(spike.peak <= peak)
        #expect(spike.excess > 400 << 20)
        #expect(tracker.status.spikes == 1)
    }

    @Test("With explain on, every sample says why it is no spike")
    func explained() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink) { $0.spike.explain = true }
        try tracker.startPeriodicSnapshots(interval: .milliseconds(5))
        #expect(waitUntil { sink.samples.count >= 15 })
        tracker.stopPeriodicSnapshots()
        #expect(sink.samples.first?.decision?.verdict == .warmingUp)
        #expect(sink.samples.allSatisfy { $0.decision != nil })
        #expect(sink.samples.contains { $0.decision?.baseline != nil })
    }

    @Test("Eight threads that start and stop leave one stream or none, each complete")
    func hammer() {
        let sinks = Mutex<[MemorySink]>([])
        var configuration = ClassTracker.Configuration()
        configuration.journal.enabled = false
        let tracker = ClassTracker(configuration: configuration) {
            let sink = MemorySink()
            sinks.withLock { $0.append(sink) }
            return [sink]
        }
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for step in 0..<40 {
                if (thread + step) % 2 == 0 {
                    try? tracker.startPeriodicSnapshots(interval: .milliseconds(1 + step % 3))
                } else {
                    tracker.stopPeriodicSnapshots()
                }
                _ = tracker.status
            }
        }
        tracker.stopPeriodicSnapshots()
        #expect(tracker.status.interval == nil)
        for sink in sinks.withLock({ $0 }) {
            #expect(sink.isClosed)
            let records = sink.records.filter { $0.kind != .header }
            #expect(records.map(\.sequence) == Array(1...records.count))
            #expect(records.last?.kind == .end)
            #expect(records.filter { $0.kind == .end }.count == 1)
        }
    }

    @Test("A tracker that is let go of stops sampling")
    func released() throws {
        let sink = MemorySink()
        var tracker: ClassTracker? = makeTracker(sink)
        try tracker?.startPeriodicSnapshots(interval: .milliseconds(5))
        #expect(waitUntil { sink.samples.count >= 2 })
        weak let run = tracker?.run
        tracker = nil
        #expect(waitUntil { sink.isClosed && run == nil })
        #expect(sink.records.last?.kind == .sample, "a tracker that is let go of writes no end")
    }

    @Test("A tick allocates nothing on the sampling thread in steady state")
    func allocations() throws {
        let sink = DiscardingSink()
        var configuration = ClassTracker.Configuration()
        configuration.journal.enabled = false
        // What is kept is full long before the end, so that it wraps and is thinned.
        configuration.retention.snapshots = 50
        configuration.retention.samples = 16
        let tracker = ClassTracker(configuration: configuration) { [sink] }
        let steps = Mutex<[(thread: UInt, allocations: UInt64)]>([])
        steps.withLock { $0.reserveCapacity(1 << 14) }
        try tracker.startPeriodicSnapshots(interval: .milliseconds(1)) { _ in
            steps.withLock { $0.append((UInt(pthread_self()), ctt_thread_allocations())) }
        }
        #expect(
            waitUntil {
                // Whoever asks meanwhile must not make the tick copy anything.
                _ = tracker.status
                _ = tracker.snapshots
                _ = tracker.stats.contents.samples
                return steps.withLock { $0.count >= 500 }
            }
        )
        tracker.stopPeriodicSnapshots()
        let taken = steps.withLock { $0 }.dropFirst(100)
        // From the end of one tick to the end of the next on the same thread: Dispatch's own work included.
        var differences: [UInt64] = []
        for thread in Set(taken.map(\.thread)) {
            let counts = taken.filter { $0.thread == thread }.map(\.allocations)
            differences += zip(counts, counts.dropFirst()).map { $1 - $0 }
        }
        #expect(differences.count > 100)
        #expect(differences.filter { $0 > 0 }.count <= differences.count / 100)
        #expect(tracker.snapshots.count == 50)
        #expect(tracker.stats.contents.samples.samples.count <= 16)
    }

    @Test("A forked child is refused and can end in peace")
    func forkedChild() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink)
        try tracker.startPeriodicSnapshots(interval: .milliseconds(5))
        #expect(waitUntil { sink.samples.count >= 2 })
        let child = ctt_fork()
        if child == 0 {
            var code: Int32 = 1
            do throws(TrackingError) {
                try tracker.startPeriodicSnapshots()
            } catch {
                if error == .forkedProcess { code = 0 }
            }
            tracker.stopPeriodicSnapshots()
            _exit(code)
        }
        var status: Int32 = -1
        waitpid(child, &status, 0)
        #expect(status == 0)
        tracker.stopPeriodicSnapshots()
        #expect(sink.records.last?.kind == .end)
    }
}

/// Takes records and forgets them.
private final class DiscardingSink: RecordSink {
    let name = "nothing"

    var status: SinkStatus { SinkStatus(name: name, destination: "") }

    func receive(_ record: Record) {}

    func close() {}
}
