import ClassTracking
import Glibc

/// What the size of a factory with many employees costs.
enum SizingCost {
    private static let employees = 1_000_000

    /// The factory with its employees in order of allocation, then the same with the array shuffled.
    static func report(quick: Bool) {
        let factory = Factory(employees: employees)
        // Mirrors take seconds for a million; what they need an object does not depend on how many there are.
        let fewer = quick ? Factory(employees: employees / 10) : factory
        let rounds = quick ? 7 : 31
        report(factory, fewer, "in order", rounds: rounds, target: 1.25, mirrorTarget: 200)
        factory.shuffle()
        if quick { fewer.shuffle() }
        report(factory, fewer, "shuffled", rounds: rounds, target: 1, mirrorTarget: 30)
        graph(factory, "a factory").reportWorkingMemory()
    }

    private static func report(
        _ factory: Factory,
        _ fewer: Factory,
        _ order: String,
        rounds: Int,
        target: Double,
        mirrorTarget: Double
    ) {
        let graph = graph(factory, "a factory, \(employees.short) employees \(order)")
        let comparison = graph.compare(rounds: rounds)
        graph.report(comparison, target: target)
        let peer = SizedGraph.byMirror(fewer, objects: fewer.employees.count)
        let ratio = median(comparison.own) / peer
        Row(
            figure: "  the same, beside mirrors",
            value: median(comparison.own).asTimeAnObject,
            peer: "\(peer.asTimeAnObject) Mirror and Set<UInt>",
            ratio: ratio.text(4),
            target: "<= 1/\(mirrorTarget.text(0)) x",
            isMet: ratio <= 1 / mirrorTarget
        )
        .print()
    }

    /// Nanoseconds an employee, in order, the median of several rounds.
    static func own(quick: Bool) -> Double {
        let factory = Factory(employees: quick ? employees / 10 : employees)
        let graph = graph(factory, "a factory")
        let expected = HandWritten.bytes(of: factory)
        graph.check(expected)
        return median((0..<(quick ? 7 : 15)).map { _ in graph.own(expecting: expected) })
    }

    /// Whether the time an object stays the same when the graph grows.
    static func reportGrowth(quick: Bool) {
        let counts = quick ? [100_000, 1_000_000] : [100_000, 1_000_000, 10_000_000]
        // All at once: one that is built from what another has freed does not lie in order.
        let graphs = counts.map { graph(Factory(employees: $0), "a factory, \($0.short) employees") }
        let expected = graphs.map { $0.bytesByHand() }
        for (graph, expected) in zip(graphs, expected) { graph.check(expected) }
        var own = graphs.map { _ in [Double]() }
        var hand = own
        for round in 0..<(quick ? 7 : 15) {
            // Large after small, then small after large: whatever the one before leaves in the caches serves both.
            for index in round % 2 == 0 ? Array(graphs.indices) : graphs.indices.reversed() {
                own[index].append(graphs[index].own(expecting: expected[index]))
                hand[index].append(graphs[index].byHand(expecting: expected[index]))
            }
        }
        let growth = growth(own)
        Row(
            figure: "sizing a factory, \(counts.map(\.short).joined(separator: ", ")) employees",
            value: "\(list(own)) ns/object",
            peer: "\(list(hand)) by hand, ratio \(Self.growth(hand).text(2))",
            ratio: growth.text(2),
            target: "<= 2.0 x",
            isMet: growth <= 2
        )
        .print()
    }

    /// The time an object of the largest graph, divided by that of the smallest.
    private static func growth(_ times: [[Double]]) -> Double {
        guard let smallest = times.first, let largest = times.last else { return .nan }
        return median(zip(largest, smallest).map { $0 / $1 })
    }

    private static func list(_ times: [[Double]]) -> String {
        times.map { median($0).text(1) }.joined(separator: ", ")
    }

    private static func graph(_ factory: Factory, _ name: String) -> SizedGraph {
        SizedGraph(name: name, objects: factory.employees.count) {
            $0.size(of: factory)
        } bytesByHand: {
            HandWritten.bytes(of: factory)
        }
    }
}
