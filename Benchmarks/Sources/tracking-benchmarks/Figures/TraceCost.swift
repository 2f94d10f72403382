import CTrackingRuntime
import ClassTracking

/// What the stack of each new object costs.
enum TraceCost {
    private final class Traced {
        let first: Int
        let second = 0
        let third = 0

        init(_ first: Int) { self.first = first }
    }

    private static let frames = 16

    static func report(rounds: Int, count: Int) {
        let depth = depth(of: frames)
        let comparison = Comparison(rounds: rounds) {
            TrackingCost.withTracking {
                try $0.trackClass(Traced.self, trace: true)
            } measure: {
                churn(depth, count)
            }
        } peer: {
            churn(depth, count)
        }
        let extra = median(zip(comparison.own, comparison.peer).map { $0 - $1 })
        Row(
            figure: "create and destroy tracked, with a trace of \(frames) frames",
            value: median(comparison.own).text(1) + " ns",
            peer: median(comparison.peer).text(1) + " ns untracked",
            ratio: "+\(extra.text(1)) ns",
            target: "<= +200 ns",
            isMet: extra <= 200
        )
        .print()
        for depth in [4, 16, 32] { reportAlone(depth, rounds: rounds, count: count) }
        reportSymbols()
    }

    // MARK: The walk alone

    /// Frames as compilers make them, on this stack.
    private static func reportAlone(_ depth: Int, rounds: Int, count: Int) {
        guard ct_traces_open() != 0 else { fail("no table of stacks") }
        defer { ct_traces_close() }
        let time = withUnsafeTemporaryAllocation(of: UInt.self, capacity: 64) { words in
            let start = UInt(bitPattern: words.baseAddress)
            for index in 0..<depth {
                words[2 * index] = index + 1 < depth ? start + UInt(16 * (index + 1)) : 0
                words[2 * index + 1] = UInt(0x10_0000 + 64 * index)
            }
            guard ct_trace_frames(ct_intern_trace(start), nil, 0) == depth else { fail("not \(depth) frames") }
            var sum: UInt32 = 0
            let times = (0..<rounds)
                .map { _ in
                    timed { for _ in 0..<count { sum &+= ct_intern_trace(start) } } / Double(count)
                }
            guard sum != 0 else { fail("no stack") }
            return median(times)
        }
        Row(figure: "walk and look-up of a known stack of \(depth) frames", value: time.text(1) + " ns").print()
    }

    // MARK: Functions and lines

    private static func reportSymbols() {
        let tracker = ClassTracker.make(sinks: [])
        do {
            try tracker.trackClass(Traced.self, name: "Traced", trace: true)
        } catch {
            fail("\(error)")
        }
        let object = deep(8) { Traced(1) }
        let another = deep(8) { Traced(2) }
        let traces = tracker.index["Traced"]?.map(\.trace) ?? []
        guard traces.count == 2, traces[0] != traces[1] else { fail("the objects are not there") }
        let first = timed { _ = tracker.trace(traces[0]) }
        let again = timed { _ = tracker.trace(traces[0]) }
        let next = timed { _ = tracker.trace(traces[1]) }
        Row(figure: "the same of another stack with frames that are new", value: next.asMicroseconds).print()
        Row(
            figure: "functions and lines of a stack, first time and again",
            value: first.asMicroseconds,
            peer: again.asMicroseconds
        )
        .print()
        tracker.close()
        withExtendedLifetime((object, another)) {}
    }

    // MARK: Work

    /// How deep `churn` has to go for so many frames, as the optimizer leaves them.
    private static func depth(of frames: Int) -> Int {
        var depth = 0
        TrackingCost.withTracking { tracker in
            try tracker.trackClass(Traced.self, name: "Traced", trace: true)
            while depth <= frames {
                _ = churn(depth, 1)
                let trace = tracker.index["Traced"]?.last?.trace ?? 0
                if ct_trace_frames(UInt32(trace), nil, 0) == frames { return }
                depth += 1
            }
            fail("no stack of \(frames) frames")
        } measure: {
            0
        }
        return depth
    }

    private static func churn(_ depth: Int, _ count: Int) -> Double {
        deep(depth) { timed { for index in 0..<count { use(make(index)) } } / Double(count) }
    }

    @inline(never)
    private static func make(_ index: Int) -> Traced { Traced(index) }

    @inline(never)
    private static func use(_ object: AnyObject) {}

    @inline(never)
    private static func deep<Result>(_ depth: Int, _ body: () -> Result) -> Result {
        let result = depth > 0 ? deep(depth - 1, body) : body()
        // The optimizer would make a loop of calls that nothing comes after.
        _ = ct_ticks()
        return result
    }
}
