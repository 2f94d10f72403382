import HeapSizing
import Testing
import TrackingRecords

@Suite("Zoo: references that do not own, sharing and cycles", .countedAllocations)
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
        zoo("weak reference to nothing") { Weakly<Twig>(nil) }
        zoo("weak reference to an object in the graph") { paired(Twig()) }
        zoo("object that others refer to weakly, with its side table") { observed(Twig()) }
        zoo("object that others referred to weakly once") { onceObserved(Twig()) }
        zoo("weak existential") { WeakExistential(Shared.target) }
        zoo("weak existential to an object in the graph") { pairedExistential(Twig()) }
        zoo("unowned reference to an object elsewhere") { Unowned(Shared.target) }
        zoo("unowned optional reference") { UnownedOptional(Shared.target) }
        zoo("unowned reference to an object in the graph") { pairedUnowned(Twig()) }
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
        zoo("object with many unowned references to it") { manyUnowned(Twig()) }
    }

    @ZooBuilder static var graphs: [ZooCase] {
        zoo("object that refers to itself") { Breaking(ring(1)) }
        zoo("ring of two") { Breaking(ring(2)) }
        zoo("ring of a hundred") { Breaking(ring(100)) }
        zoo("chain of 2,000") { Breaking(chain(2000)) }
        zoo("tree with parents that children refer to unowned") { Parent(depth: 5) }
        zoo("tree with parents that children refer to weakly") { WeakParent(depth: 5) }
        zoo("diamond") { diamond(Twig()) }
        zoo("one object in an array, a dictionary, a closure and an enum") { everywhere(Twig()) }
        zoo("one string in many places") { everywhere(text(40)) }
        zoo("one array in many places") { everywhere([Twig()]) }
        zoo("cycle through a closure") { BreakingClosure() }
        zoo("cycle through an array and a dictionary") { BreakingCollections() }
        zoo("complete graph of twenty") { Breaking(complete(20)) }
    }

    @Test("What two roots share is counted with the first")
    func sharing() {
        let shared = [Twig(), Twig()]
        let first = Box(shared)
        let second = Box(shared)
        let sizer = HeapSizer()
        let whole = sizer.size(of: first)
        let rest = sizer.size(of: second)
        #expect(whole == HeapSizer().size(of: first))
        // Its own block alone. (Not that of another box: malloc may give one a little more.)
        #expect(rest == HeapSizer().sized(second, resolutionLevel: 0).flat)
        #expect(sizer.total == whole + rest)
    }

    @Test("An excluded object is not entered, nor what only it holds")
    func excluding() {
        let leaf = Twig()
        let inner = Box([leaf, Twig()])
        let outer = Box(inner)
        let all = HeapSizer().size(of: outer)
        let part = HeapSizer().size(of: inner)
        #expect(all > part)
        #expect(HeapSizer().excluding([inner]).size(of: outer) == all - part)
        #expect(HeapSizer().excluding([leaf]).size(of: outer) == all - HeapSizer().size(of: leaf))
        #expect(HeapSizer().excluding([Twig()]).size(of: outer) == all)
    }

    @Test("Static objects are not on the heap, what they came to hold is", arguments: 0..<1)
    func statics(_ round: Int) {
        let empty: [Twig] = opaque([])
        #expect(HeapSizer().size(ofValue: empty) == 0)
        #expect(HeapSizer().size(ofValue: opaque([:] as [Int: Twig])) == 0)
        #expect(HeapSizer().size(ofValue: opaque([] as Set<Int>)) == 0)
        let before = HeapSizer().size(of: Shared.box)
        Shared.box.value = [Twig(round)]
        defer { Shared.box.value = [] }
        #expect(HeapSizer().size(of: Shared.box) - before == HeapSizer().size(ofValue: Shared.box.value))
    }
}

private enum Shared {
    nonisolated(unsafe) static let target = Twig()
    nonisolated(unsafe) static let box = Box([Twig]())
}

private func diamond(_ leaf: Twig) -> Box<[Box<Twig>]> { Box([Box(leaf), Box(leaf)]) }

private func everywhere<Value>(_ value: Value) -> [Any] {
    [[value, value], [text(20): value], { value } as () -> Value, Either<Int, Value>.right(value), Box(value), value]
}

private func observed(_ leaf: Twig) -> Twig {
    _ = opaque(Weakly(leaf))
    return leaf
}

private func onceObserved(_ leaf: Twig) -> [Twig] {
    for _ in 0..<opaque(3) { _ = opaque(WeakStruct(leaf)) }
    return [leaf]
}

private func paired(_ leaf: Twig) -> (Twig, Weakly<Twig>) { (leaf, Weakly(leaf)) }

private func pairedExistential(_ leaf: Twig) -> (Twig, WeakExistential) { (leaf, WeakExistential(leaf)) }

private func pairedUnowned(_ leaf: Twig) -> (Twig, Unowned) { (leaf, Unowned(leaf)) }

private func manyUnowned(_ leaf: Twig) -> (Twig, [Unowned]) { (leaf, (0..<opaque(40)).map { _ in Unowned(leaf) }) }

private func capturedWeakly(_ leaf: Twig, _ name: String) -> () -> Int {
    { [weak leaf] in name.count + (leaf?.number ?? 0) }
}

private func capturedUnowned(_ leaf: Twig, _ name: String) -> () -> Int {
    { [unowned leaf] in name.count + leaf.number }
}
