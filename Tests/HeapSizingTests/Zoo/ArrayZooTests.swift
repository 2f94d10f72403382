import Testing

@Suite("Zoo: arrays", .countedAllocations)
struct ArrayZooTests {
    @Test("An array is sized to the byte", arguments: ArrayZooTests.elements + ArrayZooTests.shapes)
    func exact(_ zoo: ZooCase) { zoo.expectExact() }

    @Test(
        "Arrays within every container are sized to the byte",
        arguments: ArrayZooTests.elements + ArrayZooTests.shapes
    )
    func nested(_ zoo: ZooCase) { zoo.expectExactNested() }

    @ZooBuilder static var elements: [ZooCase] {
        zoo("empty") { opaque([] as [Int]) }
        zoo("of bytes") { [UInt8](repeating: 1, count: opaque(33)) }
        zoo("of numbers") { Array(0..<opaque(100)) }
        zoo("of strings") { [text(20), text(4), text(30), ""] }
        zoo("of objects") { [Twig(), Twig(), Twig()] }
        zoo("of one object many times") { Array(repeating: Twig(), count: opaque(50)) }
        zoo("of a class hierarchy") { [Box(text(20)), PairBox(text(20), text(30))] as [Box<String>] }
        zoo("of structs with references") { [Wrap(value: (text(20), Twig())), Wrap(value: (text(3), Twig()))] }
        zoo("of structs without references") { Array(repeating: Wrap(value: (1, 2)), count: opaque(20)) }
        zoo("of optional objects") { [Twig(), nil, Twig(), nil] as [Twig?] }
        zoo("of optional strings") { [text(20), nil, text(3)] as [String?] }
        zoo("of optional numbers") { [1, nil, opaque(3)] as [Int?] }
        zoo("of enums") { [.left(Twig()), .right(text(20)), .neither] as [Either<Twig, String>] }
        zoo("of tuples") { [(Twig(), text(20)), (Twig(), text(30))] }
        zoo("of padded tuples") { [(opaque(UInt8(1)), Twig(), opaque(UInt8(3))), (2, Twig(), 4)] }
        zoo("of existentials") { [Twig(), Wrap(value: text(20)), Wrap(value: (text(20), text(30)))] as [any Marked] }
        zoo("of class-bound existentials") { [Twig(), Twig()] as [any Crowned] }
        zoo("of arrays") { [[text(20)], [], [text(30), text(40)]] }
        zoo("of arrays of arrays") { [[[opaque(1)], [2, 3]], [[Int](), [4]]] }
        zoo("of dictionaries") { [[text(20): Twig()], [:], [text(21): Twig(), text(22): Twig()]] }
        zoo("of metatypes") { [Twig.self, Int.self, opaque(String.self)] as [Any.Type] }
        zoo("of vectors") { Array(repeating: opaque(SIMD4<Double>(repeating: 1)), count: opaque(5)) }
        zoo("of structs with a vector") { [Wrap(value: (SIMD4<Double>.zero, Twig()))] }
        zoo("of Void") { Array(repeating: (), count: opaque(30)) }
        zoo("of structs without properties") { Array(repeating: Nothing(), count: opaque(30)) }
        zoo("of flags") { Array(repeating: opaque(true), count: opaque(99)) }
        zoo("of weak references") { [Weak(), Weak()] }
        zoo("of characters") { Array(text(40)) }
        zoo("of slices") { [[Twig(), Twig()][1...], [Twig()][...]] }
        zoo("of actors") { [Keeper(Twig()), Keeper(Twig())] }
        zoo("of indirect enums") { [List.node(text(20), .end), .end, .node(text(30), .node(text(2), .end))] }
        zoo("of inline arrays") { [InlineArray<2, Twig> { _ in Twig() }, InlineArray<2, Twig> { _ in Twig() }] }
    }

    @ZooBuilder static var shapes: [ZooCase] {
        zoo("with reserved capacity") { reserved([text(20)], 100) }
        zoo("empty with reserved capacity") { reserved([Twig](), 100) }
        zoo("that grew one by one") { grown(1000) }
        zoo("that shrank") { shrunk(100) }
        zoo("emptied but keeping capacity") { emptied(50) }
        zoo("made without initialising") { partly(Array<String>.self, of: 10, filling: 3) { text(20 + $0) } }
        zoo("contiguous array of strings") { [text(20), text(30)] as ContiguousArray }
        zoo("contiguous array of objects") { [Twig(), Twig()] as ContiguousArray }
        zoo("contiguous array of existentials") { [Twig(), Wrap(value: text(40))] as ContiguousArray<any Marked> }
        zoo("slice of numbers") { Array(0..<opaque(100))[10..<20] }
        zoo("slice of objects") { [Twig(), Twig(), Twig(), Twig()][1...2] }
        zoo("slice of strings") { [text(20), text(30), text(40)].dropLast() }
        zoo("empty slice of objects") { [Twig(), Twig()][1..<1] }
        zoo("slice of a slice") { [Twig(), Twig(), Twig(), Twig()][1...][2...] }
        zoo("slice of a contiguous array") { ([Twig(), Twig(), Twig()] as ContiguousArray)[1...] }
        zoo("slice of an array that grew") { grown(100)[90...] }
        zoo("array of a slice") { Array([Twig(), Twig(), Twig()][1...]) }
        zoo("copies of one array") { copies([text(20), text(30)]) }
        zoo("sorted and mapped") { (0..<opaque(20)).map { text(40 - $0) }.sorted { $0.count < $1.count } }
        zoo("filtered") { (0..<opaque(20)).map { Twig($0) }.filter { $0.number % 3 == 0 } }
        zoo("constant array of numbers") { opaque([1, 2, 3, 4, 5]) }
        zoo("constant array of strings") { opaque(["one", "two", "a literal that is longer than fifteen bytes"]) }
        zoo("array iterator") { [Twig(), Twig()].makeIterator() }
        zoo("array of 10,000 objects") { (0..<opaque(10_000)).map { Twig($0) } }
        zoo("unsafe-initialised array") { Array(unsafeUninitializedCapacity: opaque(40)) { $1 = fill($0) } as [Twig] }
        zoo("object whose array of objects shares elements with a dictionary") { Registry() }
    }
}

private struct Nothing {}

private struct Weak {
    weak var nobody: Twig?
    var leaf = Twig()
}

private final class Registry {
    let all: [Twig]
    let byNumber: [Int: Twig]
    let first: Twig?

    init() {
        all = (0..<opaque(20)).map { Twig($0) }
        byNumber = Dictionary(uniqueKeysWithValues: all.map { ($0.number, $0) })
        first = all.first
    }
}

private func reserved<Element>(_ array: [Element], _ capacity: Int) -> [Element] {
    var array = array
    array.reserveCapacity(capacity)
    return array
}

private func grown(_ count: Int) -> [String] {
    var array: [String] = []
    for number in 0..<opaque(count) { array.append(text(number % 40)) }
    return array
}

private func shrunk(_ count: Int) -> [String] {
    var array = grown(count)
    array.removeLast(count / 2)
    array.removeFirst(3)
    return array
}

private func emptied(_ count: Int) -> [String] {
    var array = grown(count)
    array.removeAll(keepingCapacity: true)
    return array
}

private func copies<Element>(_ array: [Element]) -> [[Element]] { [array, array, array] }

private func fill(_ buffer: UnsafeMutableBufferPointer<Twig>) -> Int {
    for index in 0..<7 { buffer.initializeElement(at: index, to: Twig()) }
    return 7
}

private func partly<Element>(
    _ type: [Element].Type,
    of capacity: Int,
    filling count: Int,
    _ element: (Int) -> Element
) -> [Element] {
    Array(unsafeUninitializedCapacity: opaque(capacity)) { buffer, initialized in
        for index in 0..<count { buffer.initializeElement(at: index, to: element(index)) }
        initialized = count
    }
}
