import ClassTracking
import Glibc
import Synchronization

/// What observing births and deaths costs those who allocate.
enum TrackingCost {
    /// Of no interest to anybody.
    private final class Untracked {
        let first: Int
        let second = 0
        let third = 0

        init(_ first: Int) { self.first = first }
    }

    private final class Tracked {
        let first: Int
        let second = 0
        let third = 0

        init(_ first: Int) { self.first = first }
    }

    private final class Other {}

    static func report(quick: Bool) {
        let rounds = quick ? 15 : 61
        let count = quick ? 100_000 : 300_000
        for threads in [1, 2] { reportUntracked(threads, rounds: rounds, count: count) }
        let alone = reportTracked(1, rounds: rounds, count: count, alone: nil)
        _ = reportTracked(2, rounds: rounds, count: count, alone: alone)
        TraceCost.report(rounds: rounds, count: count)
    }

    // MARK: Untracked

    private static func reportUntracked(_ threads: Int, rounds: Int, count: Int) {
        let comparison = Comparison(rounds: rounds) {
            withTracking {
                try $0.trackClass(Other.self)
            } measure: {
                churnUntracked(threads, count)
            }
        } peer: {
            churnUntracked(threads, count)
        }
        row("create and destroy untracked, another class tracked", threads, comparison, limit: 1.10)
        let after = Comparison(rounds: rounds) {
            withTracking { _ in
            } measure: {
                churnUntracked(threads, count)
            }
        } peer: {
            churnUntracked(threads, count)
        }
        row("the same, nothing tracked any more", threads, after, limit: 1.02)
    }

    private static func row(_ figure: String, _ threads: Int, _ comparison: Comparison, limit: Double) {
        Row(
            figure: "\(figure), \(threads.threads)",
            value: median(comparison.own).text(1) + " ns",
            peer: median(comparison.peer).text(1) + " ns without a tracker",
            ratio: comparison.ratio.text(3),
            target: "<= \(limit.text(2)) x",
            isMet: comparison.ratio <= limit
        )
        .print()
    }

    // MARK: Tracked

    /// What it costs on one thread, and what the same work costs untracked.
    private typealias Cost = (extra: Double, untracked: Double)

    private static func reportTracked(_ threads: Int, rounds: Int, count: Int, alone: Cost?) -> Cost {
        let comparison = Comparison(rounds: rounds) {
            withTracking {
                try $0.trackClass(Tracked.self)
            } measure: {
                churnTracked(threads, count)
            }
        } peer: {
            churnTracked(threads, count)
        }
        let extra = median(zip(comparison.own, comparison.peer).map { $0 - $1 })
        let untracked = median(comparison.peer)
        // Two processors may be one core: then even work that shares nothing takes twice as long, and so may ours.
        let slowdown = alone.map { untracked / $0.untracked } ?? 1
        let limit = alone.map { $0.extra * 1.5 * (slowdown > 1.5 ? slowdown : 1) } ?? 60
        Row(
            figure: "create and destroy tracked, \(threads.threads)",
            value: median(comparison.own).text(1) + " ns",
            peer: untracked.text(1) + " ns untracked" + (slowdown > 1.5 ? ", processors share a core" : ""),
            ratio: "+\(extra.text(1)) ns",
            target: "<= +\(limit.text(1)) ns",
            isMet: extra <= limit
        )
        .print()
        return (extra, untracked)
    }

    // MARK: Work

    /// Nanoseconds an object, with a tracker that goes away before the time is over.
    @discardableResult
    static func withTracking(
        _ track: (ClassTracker) throws -> Void,
        measure: () -> Double
    ) -> Double {
        let tracker = ClassTracker.make(sinks: [])
        do {
            try track(tracker)
        } catch {
            fail("\(error)")
        }
        let time = measure()
        tracker.close()
        return time
    }

    private static func churnUntracked(_ threads: Int, _ count: Int) -> Double {
        onThreads(threads, count) { for index in 0..<count { use(makeUntracked(index)) } }
    }

    private static func churnTracked(_ threads: Int, _ count: Int) -> Double {
        onThreads(threads, count) { for index in 0..<count { use(makeTracked(index)) } }
    }

    @inline(never)
    private static func makeUntracked(_ index: Int) -> Untracked { Untracked(index) }

    @inline(never)
    private static func makeTracked(_ index: Int) -> Tracked { Tracked(index) }

    @inline(never)
    private static func use(_ object: AnyObject) {}

    private static func onThreads(_ threads: Int, _ count: Int, _ body: @escaping @Sendable () -> Void) -> Double {
        if threads == 1 { return timed(body) / Double(count) }
        let team = Team(threads, body)
        return team.run() / Double(count)
    }
}

/// Threads that do the same at the same time.
private final class Team: Sendable {
    private let threads: Int
    private let body: @Sendable () -> Void
    private let ready = Atomic<Int>(0)
    private let go = Atomic<Bool>(false)

    init(_ threads: Int, _ body: @escaping @Sendable () -> Void) {
        self.threads = threads
        self.body = body
    }

    /// Nanoseconds from the first one's beginning to the last one's end.
    func run() -> Double {
        var handles = [pthread_t](repeating: 0, count: threads)
        for index in handles.indices {
            let context = Unmanaged.passRetained(self).toOpaque()
            pthread_create(
                &handles[index],
                nil,
                { context in
                    guard let context else { return nil }
                    let team = Unmanaged<Team>.fromOpaque(context).takeRetainedValue()
                    team.ready.add(1, ordering: .acquiringAndReleasing)
                    while !team.go.load(ordering: .acquiring) {}
                    team.body()
                    return nil
                },
                context
            )
        }
        while ready.load(ordering: .acquiring) < threads {}
        return timed {
            go.store(true, ordering: .releasing)
            for handle in handles { pthread_join(handle, nil) }
        }
    }
}

extension Int {
    fileprivate var threads: String { self == 1 ? "1 thread" : "\(self) threads" }
}
