import Glibc

/// The root of the graph that most of the sizing is measured with.
final class Factory {
    /// The name that all employees share; a block of its own, not a literal.
    let name: String
    private(set) var employees: [Employee] = []

    init(employees count: Int) {
        name = "Assembly Line Unlimited, process \(getpid())"
        employees.reserveCapacity(count)
        for index in 0..<count {
            employees.append(Employee(name: "employee-number-\(index)", assigned: name, index: index))
        }
    }

    /// The same objects, referred to in an order that has nothing to do with where they lie.
    func shuffle() {
        var generator = SeededGenerator(seed: 1)
        employees.shuffle(using: &generator)
    }
}

/// Three blocks in all: the object, its name, and an `assigned` that belongs to the factory.
final class Employee {
    /// More than 15 bytes, which is what fits into the two words of a `String`.
    let name: String?
    let assigned: String
    let index: Int

    init(name: String, assigned: String, index: Int) {
        self.name = name
        self.assigned = assigned
        self.index = index
    }
}

/// A list as deep as it is long.
final class LinkedList {
    private(set) var head: Node?

    final class Node {
        fileprivate(set) var next: Node?
        let value: Int

        init(_ value: Int) { self.value = value }
    }

    /// - Parameters:
    ///   - count: The number of nodes.
    ///   - shuffled: Whether neighbours in the list lie anywhere, and not one behind the other.
    init(count: Int, shuffled: Bool) {
        var nodes: [Node] = []
        nodes.reserveCapacity(count)
        for index in 0..<count { nodes.append(Node(index)) }
        if shuffled {
            var generator = SeededGenerator(seed: 2)
            nodes.shuffle(using: &generator)
        }
        for (node, next) in zip(nodes, nodes.dropFirst()) { node.next = next }
        head = nodes.first
    }

    // Node by node: released as a whole, the list would be released one stack frame deeper for each node.
    deinit {
        while let node = head {
            head = node.next
            node.next = nil
        }
    }
}

/// A binary tree, of which each node is a box.
indirect enum Tree {
    case leaf(Int)
    case node(Tree, Tree)

    /// A balanced tree with so many leaves, and one node less than that above them.
    init(leaves: Int) {
        if leaves == 1 {
            self = .leaf(leaves)
        } else {
            self = .node(Tree(leaves: leaves / 2), Tree(leaves: leaves - leaves / 2))
        }
    }
}

/// Dictionaries and arrays, held by nothing but a variable.
enum Collections {
    static func numbers(byCustomer count: Int) -> [String: [Int]] {
        var numbers: [String: [Int]] = [:]
        for customer in 0..<count {
            numbers["customer-number-\(customer)"] = [customer, customer + 1, customer + 2, customer + 3]
        }
        return numbers
    }

    /// Of the three strings of a customer, two are blocks and one is short enough to be none.
    static func orders(byCustomer count: Int) -> [String: [String]] {
        var orders: [String: [String]] = [:]
        for customer in 0..<count {
            orders["customer-number-\(customer)"] = [
                "first-order-of-\(customer)", "\(customer)", "second-order-of-\(customer)",
            ]
        }
        return orders
    }

    /// References to few objects, in no order.
    static func references(count: Int, to objects: [Employee]) -> [Employee] {
        var generator = SeededGenerator(seed: 3)
        var references: [Employee] = []
        references.reserveCapacity(count)
        for _ in 0..<count { references.append(objects[Int.random(in: objects.indices, using: &generator)]) }
        return references
    }
}

/// Random numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
