internal import SwiftRuntimeABI

extension WalkCheck {
    struct Name: Hashable {
        var leaf: RuntimeCheck.Leaf

        static func == (left: Name, right: Name) -> Bool { left.leaf === right.leaf }
        func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(leaf)) }
    }

    enum Failure: Error {
        case because(RuntimeCheck.Leaf)
    }

    indirect enum Tree {
        case leaf(RuntimeCheck.Leaf)
        case node(Tree, Int)
    }

    enum Choice {
        case text(String)
        case leaf(RuntimeCheck.Leaf)
        case number(Int)
        case none
    }

    /// In a struct, because a function that is passed as a generic value is wrapped in another.
    struct Work {
        var run: (Int) -> Int
    }

    /// In a struct, because an existential that is passed as a generic value is opened.
    struct Holder<Value> {
        var value: Value
    }

    /// Returns the object to which the first word of a value refers.
    static func first<Value>(_ value: Value) -> UInt {
        withUnsafeBytes(of: value) { $0.load(as: UInt.self) } & Architecture.addressMask
    }

    /// Returns the object to which the second word of a value refers.
    static func second<Value>(_ value: Value) -> UInt {
        withUnsafeBytes(of: value) { $0.load(fromByteOffset: 8, as: UInt.self) } & Architecture.addressMask
    }

    static var assumptions: [Assumption] {
        let leaf = RuntimeCheck.Leaf()
        let node = RuntimeCheck.Node()
        node.next = leaf
        let agent = RuntimeCheck.Agent(leaf)
        let leaves = [leaf]
        let ages = [RuntimeCheck.known: leaf]
        let names: Set<Name> = [Name(leaf: leaf)]
        let text = String(repeating: "text ", count: RuntimeCheck.known + 20)
        let work = Work { [leaf] other in leaf.number + other + leaves.count }
        let error = Holder<any Error>(value: Failure.because(leaf))
        let large = Holder<Any>(value: (leaf, 1, 2, 3))
        let tree = Tree.node(.leaf(leaf), RuntimeCheck.known)
        let choices = [Choice.text(text), .leaf(leaf), .number(RuntimeCheck.known), .none]
        let leafBlock = RuntimeCheck.address(of: leaf)
        return [
            Assumption("an object's references are found", node, blocks: [RuntimeCheck.address(of: node), leafBlock]),
            Assumption("an actor's fields are found", agent, blocks: [RuntimeCheck.address(of: agent), leafBlock]),
            Assumption("an array's elements are found", leaves, blocks: [first(leaves), leafBlock]),
            Assumption("a dictionary's entries are found", ages, blocks: [first(ages), leafBlock]),
            Assumption("a set's elements are found", names, blocks: [first(names), leafBlock]),
            Assumption("a string's storage is found", text, blocks: [second(text)]),
            Assumption(
                "a closure's captures are found",
                work,
                blocks: [second(work), leafBlock, first(leaves)]
            ),
            Assumption("an error's payload is found", error, blocks: [first(error), leafBlock]),
            Assumption("a boxed existential is found", large, blocks: [first(large), leafBlock]),
            Assumption(
                "an indirect case's box is found",
                tree,
                blocks: [first(tree), word(first(tree) &+ 16) & Architecture.addressMask, leafBlock]
            ),
            Assumption("an enum's case is told", choices, blocks: [first(choices), second(text), leafBlock]),
            sideTableAssumption,
        ]
    }

    /// An object with a weak reference has its counters in a block of their own.
    private static var sideTableAssumption: Assumption {
        let leaf = RuntimeCheck.Leaf()
        weak let observer = leaf
        let counters = ObjectCounters(word(RuntimeCheck.address(of: leaf) &+ ObjectCounters.offset))
        let table = counters.sideTable
        let expected = Assumption("a side table is found", leaf, blocks: [RuntimeCheck.address(of: leaf), table])
        return Assumption(expected.expectation) { [weak observer] (walker: inout Walker) in
            counters.isInSideTable && word(table) == RuntimeCheck.address(of: leaf) && expected.holds(&walker)
                && observer != nil
        }
    }
}
