/// Adds up a graph at rest by hand: each type tells what it holds, and glibc the size of each block.
struct HandSum {
    private var met: Set<UInt> = []
    private(set) var bytes = 0

    /// Counts a block; false where it was counted before.
    mutating func addBlock(_ address: UInt) -> Bool {
        guard met.insert(address).inserted else { return false }
        bytes += Allocator.usableSize(address)
        return true
    }

    mutating func add(_ counted: Counted) {
        guard addBlock(address(of: counted)) else { return }
        // A weak reference to the object, now or before, has moved its counters to a block of their own.
        let counters = UnsafePointer<UInt>(bitPattern: address(of: counted) + 8)?.pointee ?? 0
        if counters >> 62 == 3 { _ = addBlock((counters & (1 << 62 - 1)) << 3) }
        counted.addReferents(to: &self)
    }

    mutating func add(_ text: String) {
        let object = unsafeBitCast(text, to: (UInt, UInt).self).1
        // In the string itself, or a literal.
        if object & (1 << 63 | 1 << 61) == 0, object != 0 { _ = addBlock(object & 0x00FF_FFFF_FFFF_FFFF) }
    }

    /// The storage of an array, dictionary or set, unless that is the one that all empty ones share.
    mutating func addStorage<Container>(_ container: Container, capacity: Int) -> Bool {
        capacity > 0 && addBlock(unsafeBitCast(container, to: UInt.self))
    }

    mutating func add(_ list: [Counted]) {
        guard addStorage(list, capacity: list.capacity) else { return }
        for counted in list { add(counted) }
    }

    mutating func add(_ thing: any Thing) {
        if type(of: thing).isBoxed {
            // In a tuple, or the call would be given what is in the existential.
            guard addBlock(firstWord(of: (thing, 0))) else { return }
        }
        thing.add(to: &self)
    }

    mutating func add(_ shape: Shape) {
        switch shape {
        case .none, .number: break
        case .one(let counted): add(counted)
        case .many(let list): add(list)
        case .text(let text): add(text)
        case .pair(let counted, let text):
            add(counted)
            add(text)
        }
    }

    mutating func add(_ tree: Tree) {
        if case .empty = tree { return }
        // The case stands in bits that an address has not.
        guard addBlock(unsafeBitCast(tree, to: UInt.self) & 0x00FF_FFFF_FFFF_FFF8) else { return }
        switch tree {
        case .empty: break
        case .leaf(let counted): add(counted)
        case .node(let left, let right):
            add(left)
            add(right)
        case .labelled(let text, let below):
            add(text)
            add(below)
        }
    }
}

extension Branch {
    /// What `addReferents(to:)` says of a branch.
    func addContents(to sum: inout HandSum) {
        sum.add(children)
        if sum.addStorage(byName, capacity: byName.capacity) {
            for (name, counted) in byName {
                sum.add(name)
                sum.add(counted)
            }
        }
        if sum.addStorage(members, capacity: members.capacity) { for counted in members { sum.add(counted) } }
        sum.add(text)
        if let maybe { sum.add(maybe) }
        if let thing { sum.add(thing) }
        if let anything { sum.add(anything) }
        sum.add(shape)
        sum.add(tree)
        if sum.addStorage(tuples, capacity: tuples.capacity) {
            for (_, text, thing) in tuples {
                if let text { sum.add(text) }
                sum.add(thing)
            }
        }
        if sum.addStorage(shapes, capacity: shapes.capacity) { for shape in shapes { sum.add(shape) } }
        if sum.addStorage(nested, capacity: nested.capacity) {
            for (_, texts) in nested where sum.addStorage(texts, capacity: texts.capacity) {
                for text in texts { sum.add(text) }
            }
        }
        if let error = error as? Failure { addError(error, to: &sum) }
        addContext(to: &sum)
        _ = sum.addStorage(numbers, capacity: numbers.capacity)
    }

    private func addError(_ failure: Failure, to sum: inout HandSum) {
        guard let error, sum.addBlock(firstWord(of: (error, 0))) else { return }
        sum.add(failure.cause)
        sum.add(failure.text)
    }

    private func addContext(to sum: inout HandSum) {
        guard let context, let action else { return }
        // In a structure, or the call would be given a function around this one.
        let captured = unsafeBitCast(Action(run: action), to: (UInt, UInt).self).1
        switch context {
        case .counted(let counted):
            // An object captured alone may be the context itself.
            if captured == address(of: counted) || sum.addBlock(captured) { sum.add(counted) }
        case .countedAndText(let counted, let text):
            guard sum.addBlock(captured) else { return }
            sum.add(counted)
            sum.add(text)
        }
    }

    private struct Action {
        var run: () -> Int
    }
}

private func firstWord<Value>(of value: Value) -> UInt { withUnsafeBytes(of: value) { $0.load(as: UInt.self) } }

extension HandSum {
    /// What `Branch.anything` may be.
    mutating func add(_ anything: Any) {
        switch anything {
        case let counted as Counted: add(counted)
        case let text as String: add(text)
        case let list as [Counted]: add(list)
        case let large as LargeThing:
            if addBlock(firstWord(of: (anything, 0))) { large.add(to: &self) }
        default: break
        }
    }
}
