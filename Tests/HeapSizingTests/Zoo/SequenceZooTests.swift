import Testing

@Suite("Zoo: views, wrappers and erased sequences", .countedAllocations)
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
        zoo("slice of a dictionary") { [text(20): Twig(), text(21): Twig()].dropFirst() }
        zoo("slice of a lazy map") { lazyMap().dropFirst(1) }
        zoo("reversed array") { [Twig(), Twig()].reversed() as ReversedCollection }
        zoo("reversed string") { text(40).reversed() as ReversedCollection }
        zoo("zipped") { zip([Twig(), Twig()], [text(20), text(30)]) }
        zoo("enumerated") { [Twig(), Twig()].enumerated() }
        zoo("lazy map with a closure that captures") { lazyMap() }
        zoo("lazy filter") { [Twig(), Twig()].lazy.filter(matching(Twig())) }
        zoo("lazy chain") { [Twig()].lazy.map { Box($0) }.filter { $0.value.number > 0 }.map { [$0] } }
        zoo("lazy prefix and drop") { [Twig()].lazy.drop(while: matching(Twig())).prefix(while: matching(Twig())) }
        zoo("joined") { [[text(20)], [text(30), text(40)]].joined() }
        zoo("joined by a separator") { [[text(20)], [text(30)]].joined(separator: [text(40)]) }
        zoo("flattened lazily") { [[Twig()], [Twig()]].lazy.flatMap { $0 } }
        zoo("repeated") { repeatElement(Twig(), count: opaque(1000)) }
        zoo("one") { CollectionOfOne(text(40)) }
        zoo("none") { EmptyCollection<Twig>() }
        zoo("prefix of a sequence") { Counting(leaf: Twig()).prefix(3) }
        zoo("unfolded") { unfolded(Twig()) }
        zoo("iterators in a tuple") { (Set([text(20)]).makeIterator(), zip([Twig()], [Twig()]).makeIterator()) }
        zoo("indices") { [Twig(), Twig()].lazy.filter(matching(Twig())).indices }
    }

    @ZooBuilder static var erased: [ZooCase] {
        zoo("AnySequence of an array") { AnySequence([Twig(), Twig()]) }
        zoo("AnySequence of a closure") { AnySequence { CountingIterator(leaf: Twig()) } }
        zoo("AnySequence of a struct") { AnySequence(Counting(leaf: Twig())) }
        zoo("AnyIterator of an iterator") { AnyIterator([text(20), text(30)].makeIterator()) }
        zoo("AnyIterator of a closure") { iterator(over: Twig()) }
        zoo("AnyCollection of an array") { AnyCollection([Twig(), Twig()]) }
        zoo("AnyCollection of a set") { AnyCollection(Set([text(20), text(30)])) }
        zoo("AnyBidirectionalCollection of a string") { AnyBidirectionalCollection(text(40)) }
        zoo("AnyRandomAccessCollection of a lazy map") { AnyRandomAccessCollection(lazyMap()) }
        zoo("AnyIndex") { AnyCollection(Set([text(20), text(30)])).startIndex }
        zoo("array of erased sequences") { [AnySequence([Twig()]), AnySequence(Counting(leaf: Twig()))] }
    }
}

private func lazyMap() -> LazyMapSequence<[Twig], String> {
    let name = text(20)
    return [Twig(), Twig(), Twig()].lazy.map { name + "\($0.number)" }
}

private func matching(_ leaf: Twig) -> (Twig) -> Bool { { $0.number == leaf.number } }

private func unfolded(_ leaf: Twig) -> UnfoldSequence<Twig, (Twig?, Bool)> {
    sequence(first: leaf) { $0.number > 10 ? nil : Twig($0.number + leaf.number) }
}

private func iterator(over leaf: Twig) -> AnyIterator<Int> {
    var count = 0
    return AnyIterator {
        count += leaf.number
        return count
    }
}

private struct Counting: Sequence {
    let leaf: Twig

    func makeIterator() -> CountingIterator { CountingIterator(leaf: leaf) }
}

private struct CountingIterator: IteratorProtocol {
    let leaf: Twig
    var count = 0

    mutating func next() -> Twig? {
        count += 1
        return count > 10 ? nil : leaf
    }
}
