import Testing

@Suite("Zoo: dictionaries and sets", .countedAllocations)
struct DictionaryZooTests {
    @Test("A dictionary is sized to the byte", arguments: DictionaryZooTests.dictionaries + DictionaryZooTests.sets)
    func exact(_ zoo: ZooCase) { zoo.expectExact() }

    @Test(
        "Dictionaries within every container are sized to the byte",
        arguments: DictionaryZooTests.dictionaries + DictionaryZooTests.sets
    )
    func nested(_ zoo: ZooCase) { zoo.expectExactNested() }

    @Test(
        "A dictionary of any number of entries is sized to the byte",
        arguments: [0, 1, 2, 3, 5, 7, 30, 90, 500, 5000]
    )
    func counts(_ count: Int) {
        zoo("strings to objects") { strings(count) }.expectExact()
        zoo("numbers to strings") { numbers(count) }.expectExact()
        zoo("bytes to flags") { bytes(count) }.expectExact()
        zoo("numbers to numbers") { Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, $0) }) }.expectExact()
        zoo("set of strings") { Set((0..<count).map { text(20 + $0 % 7) + "\($0)" }) }.expectExact()
        zoo("set of numbers") { Set(0..<count) }.expectExact()
    }

    @Test("A dictionary with holes is sized to the byte", arguments: [1, 2, 3, 10, 100, 1000])
    func holes(_ count: Int) {
        zoo("odd removed") { removing(strings(count)) { $0.number % 2 == 1 } }.expectExact()
        zoo("all removed") { removing(strings(count)) { _ in true } }.expectExact()
        zoo("all but one removed") { removing(strings(count)) { $0.number != count / 2 } }.expectExact()
        zoo("set with half removed") { Set((0..<count).map { text(40) + "\($0)" }).filter { $0.count % 2 == 0 } }
            .expectExact()
    }

    @ZooBuilder static var dictionaries: [ZooCase] {
        zoo("empty") { opaque([:] as [String: Twig]) }
        zoo("string to object") { [text(20): Twig()] }
        zoo("small string to object") { [text(3): Twig()] }
        zoo("number to object") { [opaque(1): Twig(), 2: Twig()] }
        zoo("number to number") { [opaque(1): 2] }
        zoo("string to strings") { [text(20): [text(30), text(40)], text(21): []] }
        zoo("string to dictionary") { [text(20): [text(30): Twig()], text(21): [:]] }
        zoo("string to optional") { [text(20): Twig(), text(21): nil] as [String: Twig?] }
        zoo("string to enum") { [text(20): Either<Twig, String>.left(Twig()), text(21): .right(text(30))] }
        zoo("string to tuple") { [text(20): (Twig(), text(30))] }
        zoo("string to Any") { [text(20): Twig(), text(21): 5, text(22): [text(30)], "d": text(40)] as [String: Any] }
        zoo("string to existential") { [text(20): Twig(), text(21): Wrap(value: text(30))] as [String: any Marked] }
        zoo("string to Void") { [text(20): (), text(21): ()] }
        zoo("byte to large struct") { [opaque(UInt8(1)): Wrap(value: (text(20), text(30), Twig(), text(40)))] }
        zoo("large struct to byte") { [Coordinates(): opaque(UInt8(1))] }
        zoo("struct to closure") { [Coordinates(): closure(over: Twig())] }
        zoo("object identifier to object") { identified([Twig(), Twig()]) }
        zoo("enum to array") { [Kind.plain: [Twig()], .named(text(20)): [Twig(), Twig()]] }
        zoo("array to set") { [[text(20), text(21)]: Set([text(22)])] }
        zoo("number to vector") { [opaque(1): SIMD4<Double>(repeating: 1), 2: .zero] }
        zoo("vector to object") { [opaque(SIMD4<Double>(repeating: 1)): Twig()] }
        zoo("metatype's identifier to closures") { [ObjectIdentifier(Twig.self): [closure(over: Twig())]] }
        zoo("hashable object to itself") { selfKeyed(Name(text(20))) }
        zoo("with reserved capacity") { [String: Twig](minimumCapacity: opaque(100)) }
        zoo("grouped") { Dictionary(grouping: (0..<opaque(50)).map { Twig($0) }) { $0.number % 7 } }
        zoo("keys") { [text(20): Twig(), text(21): Twig()].keys }
        zoo("values") { [text(20): Twig(), text(21): Twig()].values }
        zoo("mapped values") { strings(20).mapValues { [$0] } }
        zoo("emptied but keeping capacity") { emptied(strings(20)) }
        zoo("copies of one dictionary") { copies(strings(5)) }
        zoo("index") { strings(5).startIndex }
        zoo("iterator") { strings(5).makeIterator() }
        zoo("constant dictionary") { opaque(["one": 1, "two": 2]) }
    }

    @ZooBuilder static var sets: [ZooCase] {
        zoo("empty set") { opaque([] as Set<String>) }
        zoo("set of strings") { Set([text(20), text(21), text(3)]) }
        zoo("set of numbers") { Set(0..<opaque(50)) }
        zoo("set of bytes") { Set([opaque(UInt8(1)), 2, 3, 250]) }
        zoo("set of objects") { Set([Name(text(20)), Name(text(21))]) }
        zoo("set of structs") { Set([Coordinates()]) }
        zoo("set of enums") { Set([Kind.plain, .named(text(20)), .numbered(opaque(3))]) }
        zoo("set of optionals") { Set([text(20), nil, text(3)] as [String?]) }
        zoo("set of arrays") { Set([[text(20)], [text(21), text(22)]]) }
        zoo("set of sets") { Set([Set([text(20)]), Set([text(21), text(22)])]) }
        zoo("set with reserved capacity") { Set<String>(minimumCapacity: opaque(100)) }
        zoo("union") { Set([text(20), text(21)]).union([text(21), text(22)]) }
        zoo("set iterator") { Set([text(20), text(21)]).makeIterator() }
        zoo("set of class-bound keys and values of a dictionary") { shared(Name(text(20))) }
    }
}

private func closure(over leaf: Twig) -> () -> Int { { leaf.number } }

private func strings(_ count: Int) -> [String: Twig] {
    Dictionary(uniqueKeysWithValues: (0..<opaque(count)).map { (text(20) + "\($0)", Twig($0)) })
}

private func numbers(_ count: Int) -> [Int: String] {
    Dictionary(uniqueKeysWithValues: (0..<opaque(count)).map { ($0, text($0 % 40)) })
}

private func bytes(_ count: Int) -> [UInt16: Bool] {
    Dictionary(uniqueKeysWithValues: (0..<opaque(UInt16(count))).map { ($0, $0 % 2 == 0) })
}

private func removing(_ dictionary: [String: Twig], where matches: (Twig) -> Bool) -> [String: Twig] {
    var dictionary = dictionary
    for (key, value) in dictionary where matches(value) { dictionary[key] = nil }
    return dictionary
}

private func emptied(_ dictionary: [String: Twig]) -> [String: Twig] {
    var dictionary = dictionary
    dictionary.removeAll(keepingCapacity: true)
    return dictionary
}

private func copies<Value>(_ value: Value) -> [Value] { [value, value] }

private func identified(_ leaves: [Twig]) -> [ObjectIdentifier: Twig] {
    Dictionary(uniqueKeysWithValues: leaves.map { (ObjectIdentifier($0), $0) })
}

private func selfKeyed(_ name: Name) -> [Name: Name] { [name: name] }

private func shared(_ name: Name) -> (Set<Name>, [Name: [Name]]) { ([name], [name: [name, Name(text(20))]]) }

private struct Coordinates: Hashable {
    var name = text(30)
    var numbers = [opaque(1), opaque(2)]
    var kind = Kind.named(text(20))
}

private enum Kind: Hashable {
    case plain
    case numbered(Int)
    case named(String)
}

private final class Name: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: Name, right: Name) -> Bool { left === right || left.text == right.text }

    func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
