import Synchronization
import TrackingTestSupport

/// Addresses of objects, most of them freed since, for walks of what nobody holds.
///
/// Threads write over each other on purpose.
enum Graveyard {
    private static let capacity = 4096
    private static let next = Atomic(0)
    nonisolated(unsafe) private static let addresses: UnsafeMutablePointer<Atomic<UInt>> = {
        let addresses = UnsafeMutablePointer<Atomic<UInt>>.allocate(capacity: capacity)
        for index in 0..<capacity { (addresses + index).initialize(to: Atomic(0)) }
        return addresses
    }()

    static func note(_ address: UInt) {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue % capacity
        addresses[index].store(address, ordering: .relaxed)
    }

    static func any(_ random: inout SeededGenerator) -> UInt {
        addresses[random.below(capacity)].load(ordering: .relaxed)
    }
}

/// Makes and changes graphs.
struct Gardener {
    var random: SeededGenerator
    private var lastNumber = 0

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private mutating func number() -> Int {
        lastNumber += 1
        return lastNumber
    }

    mutating func text() -> String {
        String(repeating: "text \(random.below(1000)) ", count: random.below(12))
    }

    mutating func leaf() -> Counted { Counted(number()) }

    private mutating func several(_ depth: Int, most: Int = 4) -> [Counted] {
        (0..<random.below(most)).map { _ in counted(depth) }
    }

    /// An object of any kind.
    mutating func counted(_ depth: Int) -> Counted {
        let made = species(depth)
        if random.oneIn(8) { Graveyard.note(address(of: made)) }
        return made
    }

    private mutating func species(_ depth: Int) -> Counted {
        guard depth > 0 else { return leaf() }
        switch random.below(14) {
        case 0: return leaf()
        case 1: return generic { $0.text() }
        case 2: return generic { $0.counted(depth - 1) }
        case 3:
            let locked = Locked(number())
            change(locked, depth)
            return locked
        case 4:
            let raw = Raw(number())
            for counted in several(depth - 1, most: 9) { raw.append(counted) }
            return raw
        case 5:
            let owner = BufferOwner(number(), leaf())
            for counted in several(depth - 1, most: 9) { owner.buffer.append(counted, capacity: BufferOwner.capacity) }
            return owner
        case 6: return CycleOwner(number(), links: 1 + random.below(5))
        case 7: return DeskOwner(number(), leaf(), several(depth - 1))
        default: return branch(depth)
        }
    }

    private mutating func generic<Element>(_ make: (inout Gardener) -> Element) -> Generic<Element> {
        let generic = Generic<Element>(number())
        generic.elements = (0..<random.below(6)).map { _ in make(&self) }
        if random.oneIn(2) { generic.optional = make(&self) }
        return generic
    }

    mutating func branch(_ depth: Int) -> Branch {
        let branch = Branch(number())
        for _ in 0..<8 { change(branch, depth - 1) }
        return branch
    }

    mutating func thing(_ depth: Int) -> any Thing {
        random.oneIn(2)
            ? SmallThing(counted: counted(depth))
            : LargeThing(first: counted(depth), text: text(), list: several(depth))
    }

    mutating func shape(_ depth: Int) -> Shape {
        switch random.below(6) {
        case 0: .none
        case 1: .one(counted(depth))
        case 2: .many(several(depth))
        case 3: .text(text())
        case 4: .pair(counted(depth), text())
        default: .number(random.below(1 << 40))
        }
    }

    mutating func tree(_ depth: Int, levels: Int = 4) -> Tree {
        switch levels == 0 ? 1 : random.below(4) {
        case 0: .empty
        case 1: .leaf(counted(depth - 1))
        case 2: .node(tree(depth, levels: levels - 1), tree(depth, levels: levels - 1))
        default: .labelled(text(), tree(depth, levels: levels - 1))
        }
    }

    private mutating func anything(_ depth: Int) -> Any? {
        switch random.below(6) {
        case 0: nil
        case 1: counted(depth)
        case 2: text()
        case 3: several(depth)
        case 4: LargeThing(first: counted(depth), text: text(), list: several(depth))
        default: random.below(1000)
        }
    }

    private mutating func setAction(of branch: Branch, _ depth: Int) {
        let counted = counted(depth)
        let text = text()
        switch random.below(4) {
        case 0:
            branch.action = nil
            branch.context = nil
        case 1:
            branch.action = { counted.number }
            branch.context = .counted(counted)
        case 2:
            branch.action = { counted.number + text.count }
            branch.context = .countedAndText(counted, text)
        default:
            var variable: Counted? = counted
            branch.action = {
                let number = variable?.number ?? 0
                if number < 0 { variable = nil }
                return number
            }
            branch.context = .counted(counted)
        }
    }

    /// More than one of a kind is thrown away, so that a graph stays of one size.
    private mutating func limit(_ list: inout [Counted]) {
        if list.count > 24 { list.removeFirst(12) }
    }

    private mutating func change(_ locked: Locked, _ depth: Int) {
        let name = "entry \(random.below(20)) of a table"
        let counted = random.oneIn(3) ? nil : counted(depth - 1)
        locked.state.withLock { $0[name] = counted }
    }

    /// Changes one thing in a branch or somewhere below it.
    mutating func change(_ branch: Branch, _ depth: Int) {
        switch random.below(22) {
        case 0, 1:
            branch.children.append(counted(depth))
            limit(&branch.children)
        case 2: if !branch.children.isEmpty { branch.children.remove(at: random.below(branch.children.count)) }
        case 3:
            branch.byName["a name that is long \(random.below(30))"] = random.oneIn(3) ? nil : counted(depth)
        case 4:
            branch.members.insert(counted(depth))
            if branch.members.count > 20 { branch.members.removeAll(keepingCapacity: random.oneIn(2)) }
        case 5: branch.text = text()
        case 6: branch.maybe = random.oneIn(2) ? counted(depth) : nil
        case 7: branch.thing = random.oneIn(4) ? nil : thing(depth)
        case 8: branch.anything = anything(depth)
        case 9: branch.shape = shape(depth)
        case 10: branch.tree = tree(depth)
        case 11:
            branch.tuples.append((number(), random.oneIn(2) ? text() : nil, thing(depth)))
            if branch.tuples.count > 12 { branch.tuples = [] }
        case 12:
            branch.shapes.append(shape(depth))
            if branch.shapes.count > 12 { branch.shapes.removeFirst(6) }
        case 13: branch.nested[random.below(12), default: []].append(text())
        case 14: branch.nested[random.below(12)] = nil
        case 15: branch.error = random.oneIn(3) ? nil : Failure(cause: counted(depth), text: text())
        case 16: setAction(of: branch, depth)
        case 17: branch.numbers = Array(repeating: random.below(9), count: random.below(500))
        case 18: branch.back = random.oneIn(3) ? nil : branch.children.last
        // Shared storage, until one of the two changes.
        case 19: branch.shape = .many(branch.children)
        default: if let child = branch.children.randomElement(by: &random) { change(below: child, depth) }
        }
    }

    private mutating func change(below counted: Counted, _ depth: Int) {
        switch counted {
        case let branch as Branch: change(branch, depth - 1)
        case let generic as Generic<String>: generic.elements = (0..<random.below(9)).map { _ in text() }
        case let generic as Generic<Counted>: generic.optional = generic.elements.popLast()
        case let locked as Locked: change(locked, depth)
        case let raw as Raw:
            if random.oneIn(3) { raw.replaceBytes(16 << random.below(10)) }
            if random.oneIn(2) { raw.append(leaf()) } else { _ = raw.removeLast() }
        case let owner as BufferOwner:
            if random.oneIn(2) {
                owner.buffer.append(self.counted(depth - 1), capacity: BufferOwner.capacity)
            } else {
                _ = owner.buffer.removeLast()
            }
        case let owner as DeskOwner: owner.desk = Desk(leaf(), several(depth - 1))
        default: break
        }
    }

    /// An object that holds so much that its storage is a mapping of its own.
    mutating func giant() -> Counted {
        switch random.below(3) {
        case 0:
            let generic = Generic<Counted>(number())
            let shared = (0..<16).map { _ in leaf() }
            generic.elements = (0..<(20_000 + random.below(40_000))).map { shared[$0 % 16] }
            return generic
        case 1:
            let generic = Generic<String>(number())
            let shared = text()
            generic.elements = Array(repeating: shared, count: 10_000 + random.below(20_000))
            return generic
        default:
            let locked = Locked(number())
            let shared = leaf()
            locked.state.withLock { state in for index in 0..<6000 { state["entry \(index)"] = shared } }
            return locked
        }
    }
}

extension Array {
    fileprivate func randomElement(by random: inout SeededGenerator) -> Element? {
        isEmpty ? nil : self[random.below(count)]
    }
}
