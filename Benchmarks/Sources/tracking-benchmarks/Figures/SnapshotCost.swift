import ClassTracking
import Glibc
import Synchronization

/// What a million tracked objects cost: their memory, and snapshots of them.
enum SnapshotCost {
    static func report(quick: Bool) {
        let count = quick ? 300_000 : 1_000_000
        reportMemory(count: count)
        reportSnapshot(count: count, rounds: quick ? 7 : 15)
        reportGaps(count: count, quick: quick)
    }

    private static func tracker(_ change: (inout ClassTracker.Configuration) -> Void = { _ in }) -> ClassTracker {
        ClassTracker.make(sinks: [], change)
    }

    private static func snapshot(_ tracker: ClassTracker) -> Snapshot {
        do {
            return try tracker.createSnapshot()
        } catch {
            fail("\(error)")
        }
    }

    private static func track(_ tracker: ClassTracker) {
        do {
            try tracker.trackClass(Employee.self)
        } catch {
            fail("\(error)")
        }
    }

    // MARK: Memory

    private static func reportMemory(count: Int) {
        let tracker = tracker { $0.retention = .none }
        track(tracker)
        var factory: Factory? = Factory(employees: count)
        let overhead = snapshot(tracker).overhead
        let before = residentBytes()
        if let factory { withExtendedLifetime(factory) {} }
        tracker.detachAll()
        let bytes = Double(before - residentBytes()) / Double(count)
        factory = nil
        Row(
            figure: "memory of a live tracked object",
            value: "\(bytes.text(1)) bytes",
            peer: "\((Double(overhead) / Double(count)).text(1)) bytes by its own account",
            target: "<= 64 bytes",
            isMet: bytes <= 64 && bytes > 0
        )
        .print()
        reportDead(count: count, kept: count, limit: 16)
        reportDead(count: count, kept: 0, limit: 0.1)
        tracker.close()
    }

    private static func reportDead(count: Int, kept: Int, limit: Double) {
        let tracker = tracker {
            $0.retention = .none
            $0.retention.deadObjects = kept
        }
        track(tracker)
        // What any object costs is there before.
        _ = Factory(employees: 1)
        let start = residentBytes()
        for index in 0..<count { consume(make(index)) }
        let bytes = Double(residentBytes() - start) / Double(count)
        Row(
            figure: kept > 0 ? "memory of a dead one that is kept" : "the same, none kept",
            value: "\(bytes.text(1)) bytes",
            target: "<= \(limit.text(kept > 0 ? 0 : 1)) bytes",
            // The last page is not full.
            isMet: bytes <= limit + 0.1
        )
        .print()
        tracker.close()
    }

    private static func residentBytes() -> Int {
        var failure: ProcessMemoryReader.Failure?
        return ProcessMemoryReader(resetsPeak: false).read(failure: &failure).memory.residentAnonymous ?? 0
    }

    // MARK: Time

    private static func reportSnapshot(count: Int, rounds: Int) {
        let tracker = tracker { $0.retention = .none }
        track(tracker)
        let factory = Factory(employees: count)
        do {
            try tracker.trackObject(factory)
        } catch {
            fail("\(error)")
        }
        let expected = HeapSizer().size(of: factory)
        let comparison = Comparison(rounds: rounds) {
            var total = 0
            let time = timed { total = snapshot(tracker).trackedTotal }
            if total != expected { fail("a snapshot found \(total) bytes, the walk \(expected)") }
            return time / Double(count)
        } peer: {
            timed { _ = HeapSizer().size(of: factory) } / Double(count)
        }
        Row(
            figure: "snapshot of \(count.short) tracked objects",
            value: "\(median(comparison.own).text(1)) ns/object",
            peer: "\(median(comparison.peer).text(1)) ns/object, size of the same graph",
            ratio: comparison.ratio.text(2),
            target: "<= 2.0 x",
            isMet: comparison.ratio <= 2
        )
        .print()
        tracker.close()
    }

    /// Nanoseconds an object to build a factory that is tracked, and to size it in a snapshot.
    static func own(quick: Bool) -> (build: Double, snapshot: Double) {
        let count = quick ? 100_000 : 1_000_000
        var builds: [Double] = []
        var snapshots: [Double] = []
        for _ in 0..<5 {
            let tracker = tracker()
            track(tracker)
            var factory: Factory?
            builds.append(timed { factory = Factory(employees: count) } / Double(count))
            snapshots.append(timed { _ = snapshot(tracker) } / Double(count))
            if let factory { withExtendedLifetime(factory) {} }
            tracker.close()
        }
        return (median(builds), median(snapshots))
    }

    // MARK: Gaps

    /// How long a thread that makes and frees tracked objects is held up at most, with snapshots and without.
    private static func reportGaps(count: Int, quick: Bool) {
        let tracker = tracker { $0.retention = .none }
        track(tracker)
        let factory = Factory(employees: count)
        let rounds = quick ? 5 : 15
        var with: [Double] = []
        var without: [Double] = []
        for _ in 0..<rounds {
            // As long as a snapshot takes.
            var length = 0.0
            with.append(longestGap { length = timed { _ = snapshot(tracker) } })
            without.append(longestGap { usleep(UInt32(length / 1000)) })
        }
        let more = median(with) - median(without)
        Row(
            figure: "longest gap in a thread beside a snapshot of \(count.short)",
            value: "\(median(with).asMicroseconds)",
            peer: "\(median(without).asMicroseconds) without a snapshot",
            ratio: "+\(more.asMicroseconds)",
            target: "<= +1000 us",
            isMet: more <= 1_000_000
        )
        .print()
        withExtendedLifetime(factory) {}
        tracker.close()
    }

    private static func longestGap(_ body: () -> Void) -> Double {
        let spinner = Spinner()
        let thread = spinner.start()
        body()
        return spinner.stop(thread)
    }

    // Apart from where it is used, or the object would be put on the stack.
    @inline(never)
    fileprivate static func make(_ index: Int) -> Employee { Employee(name: "", assigned: "", index: index) }

    @inline(never)
    fileprivate static func consume(_ object: consuming AnyObject) {}
}

/// A thread that makes and frees tracked objects, and looks how long each turn takes.
private final class Spinner: Sendable {
    private let isOver = Atomic(false)
    private let longest = Atomic<UInt64>(0)
    private let turns = Atomic(0)

    func start() -> pthread_t {
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { context in
                context.map { Unmanaged<Spinner>.fromOpaque($0).takeRetainedValue().spin() }
                return nil
            },
            Unmanaged.passRetained(self).toOpaque()
        )
        while turns.load(ordering: .relaxed) < 1000 { usleep(100) }
        return thread
    }

    /// Nanoseconds of the longest turn.
    func stop(_ thread: pthread_t) -> Double {
        isOver.store(true, ordering: .relaxed)
        pthread_join(thread, nil)
        return Double(longest.load(ordering: .relaxed))
    }

    private static var involuntarySwitches: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(1), &usage)
        return usage.ru_nivcsw
    }

    private func spin() {
        var longest: UInt64 = 0
        var known = Self.involuntarySwitches
        var last = nanoseconds()
        var turn = 0
        while !isOver.load(ordering: .relaxed) {
            SnapshotCost.consume(SnapshotCost.make(turn))
            turn += 1
            let now = nanoseconds()
            let switches = Self.involuntarySwitches
            // Where another process got the processor it was not the snapshot that held us up: with all processors busy,
            // whatever by, that happens for milliseconds. Waiting for a lock is either spinning or a voluntary switch.
            if switches == known { longest = max(longest, now - last) }
            known = switches
            last = nanoseconds()
            turns.store(turn, ordering: .relaxed)
        }
        self.longest.store(longest, ordering: .relaxed)
    }
}

extension ClassTracker.Configuration.Retention {
    /// Nothing of single objects.
    static var none: Self {
        var retention = Self()
        retention.snapshots = 1
        retention.sizes = 0
        retention.details = 0
        retention.deadObjects = 0
        retention.history = 16
        return retention
    }
}
