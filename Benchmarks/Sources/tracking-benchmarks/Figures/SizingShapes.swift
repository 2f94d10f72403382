import ClassTracking
import Glibc

/// What the size of other graphs than the factory costs.
enum SizingShapes {
    /// Measures one shape; each wants a process of its own, for one that is built from what another has freed does not
    /// lie in order.
    ///
    /// - Returns: Whether there is a shape of that name.
    static func report(_ shape: Substring, quick: Bool) -> Bool {
        switch shape {
        case "list": report(list(1_000_000, shuffled: false), quick: quick)
        case "list-shuffled": report(list(1_000_000, shuffled: true), quick: quick)
        case "list-long": report(list(10_000_000, shuffled: false), quick: quick)
        case "numbers": report(numbers(200_000), quick: quick)
        case "orders": report(orders(100_000), quick: quick)
        case "tree": report(tree(500_000), quick: quick)
        case "integers": report(integers(100_000_000), quick: quick)
        case "references": report(references(10_000_000, to: 10), quick: quick)
        default: return false
        }
        return true
    }

    private static func report(_ graph: SizedGraph, quick: Bool) {
        let comparison = graph.compare(rounds: quick ? 5 : 21)
        var remark = ""
        if !quick, let root = graph.root {
            remark = ", \(SizedGraph.byMirror(root(), objects: graph.objects).asTimeAnObject) by Mirror"
        }
        graph.report(comparison, remark: remark)
        graph.reportWorkingMemory()
    }

    // MARK: Shapes

    private static func list(_ count: Int, shuffled: Bool) -> SizedGraph {
        let list = LinkedList(count: count, shuffled: shuffled)
        let name = "a list of \(count.short), \(shuffled ? "shuffled" : "in order")"
        var graph = SizedGraph(name: name, objects: count) {
            $0.size(of: list)
        } bytesByHand: {
            HandWritten.bytes(of: list)
        }
        if count <= 1_000_000 { graph.root = { list } }
        return graph
    }

    private static func numbers(_ count: Int) -> SizedGraph {
        let numbers = Collections.numbers(byCustomer: count)
        return SizedGraph(name: "[String: [Int]] of \(count.short)", objects: count) {
            $0.size(ofValue: numbers)
        } bytesByHand: {
            HandWritten.bytes(of: numbers)
        } root: {
            numbers
        }
    }

    private static func orders(_ count: Int) -> SizedGraph {
        let orders = Collections.orders(byCustomer: count)
        return SizedGraph(name: "[String: [String]] of \(count.short)", objects: count) {
            $0.size(ofValue: orders)
        } bytesByHand: {
            HandWritten.bytes(of: orders)
        } root: {
            orders
        }
    }

    private static func tree(_ leaves: Int) -> SizedGraph {
        let tree = Tree(leaves: leaves)
        let count = 2 * leaves - 1
        return SizedGraph(name: "a tree of enums, \((count + 1).short) nodes", objects: count) {
            $0.size(ofValue: tree)
        } bytesByHand: {
            HandWritten.bytes(of: tree)
        } root: {
            tree
        }
    }

    private static func integers(_ count: Int) -> SizedGraph {
        let integers = [Int](repeating: 1, count: count)
        return SizedGraph(name: "one array of \(count.short) Ints", objects: 1) {
            $0.size(ofValue: integers)
        } bytesByHand: {
            HandWritten.bytes(of: integers)
        }
    }

    private static func references(_ count: Int, to objects: Int) -> SizedGraph {
        let references = Collections.references(count: count, to: Factory(employees: objects).employees)
        return SizedGraph(name: "\(count.short) references to \(objects) objects", objects: count) {
            $0.size(ofValue: references)
        } bytesByHand: {
            HandWritten.bytes(ofReferences: references)
        }
    }
}
