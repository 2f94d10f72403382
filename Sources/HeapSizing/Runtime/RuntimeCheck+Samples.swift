internal import CTrackingRuntime

extension RuntimeCheck {
    /// A number that the compiler cannot know, or it would make static objects of what it is in.
    static let known = Int(UInt.random(in: 1...9))

    // Sendable by word: they are made and dropped in one function.
    class Leaf: @unchecked Sendable {
        var number = RuntimeCheck.known
    }

    final class Node: Leaf, @unchecked Sendable {
        var next: Leaf?
        var text = ""
    }

    final class Generic<Value> {
        var value: Value

        init(_ value: Value) { self.value = value }
    }

    actor Agent {
        let leaf: Leaf

        init(_ leaf: Leaf) { self.leaf = leaf }
    }

    struct Name: Hashable {
        var leaf: Leaf

        static func == (left: Name, right: Name) -> Bool { left.leaf === right.leaf }
        func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(leaf)) }
    }

    enum Failure: Error {
        case because(Leaf)
    }

    indirect enum Tree {
        case leaf(Leaf)
        case node(Tree, Int)
    }

    enum Choice {
        case text(String)
        case leaf(Leaf)
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

    static func address(of object: AnyObject) -> UInt { UInt(bitPattern: Unmanaged.passUnretained(object).toOpaque()) }

    /// The object that the first word of a value refers to.
    static func first<Value>(_ value: Value) -> UInt {
        withUnsafeBytes(of: value) { $0.load(as: UInt.self) } & Architecture.addressMask
    }

    /// The object that the second word of a value refers to.
    static func second<Value>(_ value: Value) -> UInt {
        withUnsafeBytes(of: value) { $0.load(fromByteOffset: 8, as: UInt.self) } & Architecture.addressMask
    }

    static var heapAssumptions: [Assumption] {
        let leaf = Leaf()
        let node = Node()
        node.next = leaf
        let agent = Agent(leaf)
        let leaves = [leaf]
        let ages = [known: leaf]
        let names: Set<Name> = [Name(leaf: leaf)]
        let text = String(repeating: "text ", count: known + 20)
        let work = Work { [leaf] other in leaf.number + other + leaves.count }
        let error = Holder<any Error>(value: Failure.because(leaf))
        let large = Holder<Any>(value: (leaf, 1, 2, 3))
        let tree = Tree.node(.leaf(leaf), known)
        let choices = [Choice.text(text), .leaf(leaf), .number(known), .none]
        let leafBlock = address(of: leaf)
        return [
            Assumption("an object's references are found", node, blocks: [address(of: node), leafBlock]),
            Assumption("an actor's fields are found", agent, blocks: [address(of: agent), leafBlock]),
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

    /// An object that there is a weak reference to has its counters in a block of their own.
    private static var sideTableAssumption: Assumption {
        let leaf = Leaf()
        weak let observer = leaf
        let counters = word(address(of: leaf) &+ 8)
        let table = (counters & (1 << 62 - 1)) << 3
        let expected = Assumption("a side table is found", leaf, blocks: [address(of: leaf), table])
        return Assumption(expected.expectation) { [weak observer] (walker: inout Walker) in
            counters >> 62 == 3 && word(table) == address(of: leaf) && expected.holds(&walker) && observer != nil
        }
    }
}
