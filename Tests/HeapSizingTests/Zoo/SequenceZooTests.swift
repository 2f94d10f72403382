import Testing

@Suite("Zoo: views, wrappers and erased sequences")
struct SequenceZooTests {
    @Test("A view of a collection is sized to the byte", arguments: SequenceZooTests.views + SequenceZooTests.erased)
    func exact(_ zoo: ZooCase) { zoo.expectExact() }

    @Test(
        "Views of collections within every container are sized to the byte",
        arguments: SequenceZooTests.views + SequenceZooTests.erased
    )
    func nested(_ zoo: ZooCase) { zoo.expectExactNested() }

    @ZooBuilder static var views: [ZooCase] {
        zoo("slice of a set") { Set([text(20), text(21)]).dropFirst() }
        zoo("slice of a dictionary") { [text(20): Leaf(), text(21): Leaf()].dropFirst() }
        zoo("slice of a lazy map") { lazyMap().dropFirst(1) }
        zoo("reversed array") { [Leaf(), Leaf()].reversed() as ReversedCollection }
        zoo("reversed string") { text(40).reversed() as ReversedCollection }
        zoo("zipped") { zip([Leaf(), Leaf()], [text(20), text(30)]) }
        zoo("enumerated") { [Leaf(), Leaf()].enumerated() }
        zoo("lazy map with a closure that captures") { lazyMap() }
        zoo("lazy filter") { [Leaf(), Leaf()].lazy.filter(matching(Leaf())) }
        zoo("lazy chain") { [Leaf()].lazy.map { Box($0) }.filter { $0.value.number > 0 }.map { [$0] } }
        zoo("lazy prefix and drop") { [Leaf()].lazy.drop(while: matching(Leaf())).prefix(while: matching(Leaf())) }
        zoo("joined") { [[text(20)], [text(30), text(40)]].joined() }
        zoo("joined by a separator") { [[text(20)], [text(30)]].joined(separator: [text(40)]) }
        zoo("flattened lazily") { [[Leaf()], [Leaf()]].lazy.flatMap { $0 } }
        zoo("repeated") { repeatElement(Leaf(), count: opaque(1000)) }
        zoo("one") { CollectionOfOne(text(40)) }
        zoo("none") { EmptyCollection<Leaf>() }
        zoo("prefix of a sequence") { Counting(leaf: Leaf()).prefix(3) }
        zoo("unfolded") { unfolded(Leaf()) }
        zoo("iterators in a tuple") { (Set([text(20)]).makeIterator(), zip([Leaf()], [Leaf()]).makeIterator()) }
        zoo("indices") { [Leaf(), Leaf()].lazy.filter(matching(Leaf())).indices }
    }

    @ZooBuilder static var erased: [ZooCase] {
        zoo("AnySequence of an array") { AnySequence([Leaf(), Leaf()]) }
        zoo("AnySequence of a closure") { AnySequence { CountingIterator(leaf: Leaf()) } }
        zoo("AnySequence of a struct") { AnySequence(Counting(leaf: Leaf())) }
        zoo("AnyIterator of an iterator") { AnyIterator([text(20), text(30)].makeIterator()) }
        zoo("AnyIterator of a closure") { iterator(over: Leaf()) }
        zoo("AnyCollection of an array") { AnyCollection([Leaf(), Leaf()]) }
        zoo("AnyCollection of a set") { AnyCollection(Set([text(20), text(30)])) }
        zoo("AnyBidirectionalCollection of a string") { AnyBidirectionalCollection(text(40)) }
        zoo("AnyRandomAccessCollection of a lazy map") { AnyRandomAccessCollection(lazyMap()) }
        zoo("AnyIndex") { AnyCollection(Set([text(20), text(30)])).startIndex }
        zoo("array of erased sequences") { [AnySequence([Leaf()]), AnySequence(Counting(leaf: Leaf()))] }
    }
}

private func lazyMap() -> LazyMapSequence<[Leaf], String> {
    let name = text(20)
    return [Leaf(), Leaf(), Leaf()].lazy.map { name + "\($0.number)" }
}

private func matching(_ leaf: Leaf) -> (Leaf) -> Bool { { $0.number == leaf.number } }

private func unfolded(_ leaf: Leaf) -> UnfoldSequence<Leaf, (Leaf?, Bool)> {
    sequence(first: leaf) { $0.number > 10 ? nil : Leaf($0.number + leaf.number) }
}

private func iterator(over leaf: Leaf) -> AnyIterator<Int> {
    var count = 0
    return AnyIterator {
        count += leaf.number
        return count
    }
}

private struct Counting: Sequence {
    let leaf: Leaf

    func makeIterator() -> CountingIterator { CountingIterator(leaf: leaf) }
}

private struct CountingIterator: IteratorProtocol {
    let leaf: Leaf
    var count = 0

    mutating func next() -> Leaf? {
        count += 1
        return count > 10 ? nil : leaf
    }
}
