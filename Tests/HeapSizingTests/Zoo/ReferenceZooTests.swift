import HeapSizing
import Testing

@Suite("Zoo: references that do not own, sharing and cycles")
struct ReferenceZooTests {
    @Test(
        "References are followed when they keep alive, and only then",
        arguments: ReferenceZooTests.references + ReferenceZooTests.graphs
    )
    func exact(_ zoo: ZooCase) { zoo.expectExact() }

    @Test(
        "References within every container are followed when they keep alive, and only then",
        arguments: ReferenceZooTests.references + ReferenceZooTests.graphs
    )
    func nested(_ zoo: ZooCase) { zoo.expectExactNested() }

    @ZooBuilder static var references: [ZooCase] {
        zoo("weak reference to an object elsewhere") { Weakly(Shared.target) }
        zoo("weak reference to nothing") { Weakly<Leaf>(nil) }
        zoo("weak reference to an object that is gone") { dangling() }
        zoo("weak reference to an object in the graph") { paired(Leaf()) }
        zoo("object that others refer to weakly, with its side table") { observed(Leaf()) }
        zoo("object that others referred to weakly once") { onceObserved(Leaf()) }
        zoo("weak existential") { WeakExistential(Shared.target) }
        zoo("weak existential to an object in the graph") { pairedExistential(Leaf()) }
        zoo("unowned reference to an object elsewhere") { Unowned(Shared.target) }
        zoo("unowned optional reference") { UnownedOptional(Shared.target) }
        zoo("unowned reference to an object in the graph") { pairedUnowned(Leaf()) }
        zoo("unowned existential") { UnownedExistential(Shared.target) }
        zoo("unowned(unsafe) reference") { UnownedUnsafe(Shared.target) }
        zoo("unmanaged reference") { Unmanaged.passUnretained(Shared.target) }
        zoo("unmanaged reference in an object") { Box(Unmanaged.passUnretained(Shared.target)) }
        zoo("unsafe pointer in an object") { Pointing(Shared.target) }
        zoo("weak references in an array") { (0..<opaque(5)).map { _ in WeakStruct(Shared.target) } }
        zoo("weak references in a dictionary") { [text(20): WeakStruct(Shared.target), text(21): WeakStruct(nil)] }
        zoo("weak reference in a large struct") { WeakWide(Shared.target) }
        zoo("weak reference captured") { capturedWeakly(Shared.target, text(20)) }
        zoo("unowned reference captured") { capturedUnowned(Shared.target, text(20)) }
        zoo("weak and unowned references in a subclass") { Loose(Shared.target) }
        zoo("object with many unowned references to it") { manyUnowned(Leaf()) }
    }

    @ZooBuilder static var graphs: [ZooCase] {
        zoo("object that refers to itself") { Breaking(ring(1)) }
        zoo("ring of two") { Breaking(ring(2)) }
        zoo("ring of a hundred") { Breaking(ring(100)) }
        zoo("chain of 2,000") { Breaking(chain(2000)) }
        zoo("tree with parents that children refer to unowned") { Parent(depth: 5) }
        zoo("tree with parents that children refer to weakly") { WeakParent(depth: 5) }
        zoo("diamond") { diamond(Leaf()) }
        zoo("one object in an array, a dictionary, a closure and an enum") { everywhere(Leaf()) }
        zoo("one string in many places") { everywhere(text(40)) }
        zoo("one array in many places") { everywhere([Leaf()]) }
        zoo("cycle through a closure") { BreakingClosure() }
        zoo("cycle through an array and a dictionary") { BreakingCollections() }
        zoo("complete graph of twenty") { Breaking(complete(20)) }
    }

    @Test("What two roots share is counted with the first")
    func sharing() {
        let shared = [Leaf(), Leaf()]
        let first = Box(shared)
        let second = Box(shared)
        let sizer = HeapSizer()
        let whole = sizer.size(of: first)
        let rest = sizer.size(of: second)
        #expect(whole == HeapSizer().size(of: second))
        #expect(rest == HeapSizer().excluding([]).size(of: Box(opaque(1))))
        #expect(sizer.total == whole + rest)
    }

    @Test("An excluded object is not entered, nor what only it holds")
    func excluding() {
        let leaf = Leaf()
        let inner = Box([leaf, Leaf()])
        let outer = Box(inner)
        let all = HeapSizer().size(of: outer)
        let part = HeapSizer().size(of: inner)
        #expect(all > part)
        #expect(HeapSizer().excluding([inner]).size(of: outer) == all - part)
        #expect(HeapSizer().excluding([leaf]).size(of: outer) == all - HeapSizer().size(of: leaf))
        #expect(HeapSizer().excluding([Leaf()]).size(of: outer) == all)
    }

    @Test("Static objects are not on the heap, what they came to hold is", arguments: 0..<1)
    func statics(_ round: Int) {
        let empty: [Leaf] = opaque([])
        #expect(HeapSizer().size(ofValue: empty) == 0)
        #expect(HeapSizer().size(ofValue: opaque([:] as [Int: Leaf])) == 0)
        #expect(HeapSizer().size(ofValue: opaque([] as Set<Int>)) == 0)
        let before = HeapSizer().size(of: Shared.box)
        Shared.box.value = [Leaf(round)]
        defer { Shared.box.value = [] }
        #expect(HeapSizer().size(of: Shared.box) - before == HeapSizer().size(ofValue: Shared.box.value))
    }
}

private enum Shared {
    nonisolated(unsafe) static let target = Leaf()
    nonisolated(unsafe) static let box = Box([Leaf]())
}

private func diamond(_ leaf: Leaf) -> Box<[Box<Leaf>]> { Box([Box(leaf), Box(leaf)]) }

private func everywhere<Value>(_ value: Value) -> [Any] {
    [[value, value], [text(20): value], { value } as () -> Value, Either<Int, Value>.right(value), Box(value), value]
}

private func dangling() -> Weakly<Leaf> {
    let leaf = Leaf()
    let weakly = Weakly(leaf)
    _ = opaque(leaf)
    return weakly
}

private func observed(_ leaf: Leaf) -> Leaf {
    _ = opaque(Weakly(leaf))
    return leaf
}

private func onceObserved(_ leaf: Leaf) -> [Leaf] {
    for _ in 0..<opaque(3) { _ = opaque(WeakStruct(leaf)) }
    return [leaf]
}

private func paired(_ leaf: Leaf) -> (Leaf, Weakly<Leaf>) { (leaf, Weakly(leaf)) }

private func pairedExistential(_ leaf: Leaf) -> (Leaf, WeakExistential) { (leaf, WeakExistential(leaf)) }

private func pairedUnowned(_ leaf: Leaf) -> (Leaf, Unowned) { (leaf, Unowned(leaf)) }

private func manyUnowned(_ leaf: Leaf) -> (Leaf, [Unowned]) { (leaf, (0..<opaque(40)).map { _ in Unowned(leaf) }) }

private func capturedWeakly(_ leaf: Leaf, _ name: String) -> () -> Int {
    { [weak leaf] in name.count + (leaf?.number ?? 0) }
}

private func capturedUnowned(_ leaf: Leaf, _ name: String) -> () -> Int {
    { [unowned leaf] in name.count + leaf.number }
}
