import Testing

@Suite("Zoo: structs and tuples", .countedAllocations)
struct StructZooTests {
    @Test("A struct or a tuple is sized to the byte", arguments: StructZooTests.structs + StructZooTests.tuples)
    func exact(_ zoo: ZooCase) { zoo.expectExact() }

    @Test(
        "Structs and tuples within every container are sized to the byte",
        arguments: StructZooTests.structs + StructZooTests.tuples
    )
    func nested(_ zoo: ZooCase) { zoo.expectExactNested() }

    @ZooBuilder static var structs: [ZooCase] {
        zoo("number") { opaque(5) }
        zoo("struct without properties") { Nothing() }
        zoo("struct of numbers") { Numbers() }
        zoo("struct of references") { References() }
        zoo("struct nested in a struct") { Nesting() }
        zoo("generic struct of a class") { Wrap(value: Twig()) }
        zoo("generic struct of a generic struct of a string") { Wrap(value: Wrap(value: text(20))) }
        zoo("generic struct with associated types") { Sliding(base: [text(20), text(21)]) }
        zoo("struct with a tuple") { WithTuple() }
        zoo("struct with a nested tuple in an array") { Wrap(value: [(1, (Twig(), text(20)))]) }
        zoo("struct with a wrapped property") { Wrapped() }
        zoo("struct with a wrapped property that projects an object") { Projected() }
        zoo("struct with a lazy property that was read") { LazyStruct.read() }
        zoo("struct with an unset lazy property") { LazyStruct() }
        zoo("struct with a small string between numbers") { Sandwich() }
        zoo("struct with a parameter pack of two") { packed(text(20), Twig()) }
        zoo("struct with a parameter pack of none") { packed() }
        zoo("struct with a parameter pack of four") { Pack(values: (opaque(1), [Twig()], opaque(true), text(30))) }
        zoo("struct with a parameter pack of one") { Pack<Twig>(values: (Twig())) }
        zoo("struct with vectors") { WithVectors() }
        zoo("struct local to a function") { makeLocal(Twig()) }
        zoo("copy-on-write struct") { CopyOnWrite() }
        zoo("copies of one copy-on-write struct") { twice(CopyOnWrite()) }
        zoo("opaque result") { some() }
    }

    @ZooBuilder static var tuples: [ZooCase] {
        zoo("empty tuple") { () }
        zoo("tuple of two objects") { (Twig(), Twig()) }
        zoo("labelled tuple") { (name: text(25), age: opaque(9)) }
        zoo("tuple of a byte and a string and a byte") { (opaque(UInt8(1)), text(40), opaque(UInt8(3))) }
        zoo("tuple in a tuple") { (Twig(), (text(20), (opaque(false), [Twig()]))) }
        zoo("tuple of an optional tuple") { (Twig(), Optional((text(20), Twig()))) }
        zoo("tuple of an existential and a closure") { (Twig() as any Marked, closure(over: Twig())) }
        zoo("tuple of the same object twice") { same(Twig()) }
        zoo("tuple of nine") { (1, text(20), 3, Twig(), 5, text(30), 7, Twig(), opaque(9)) }
    }
}

private func closure(over leaf: Twig) -> () -> Int { { leaf.number } }

private func same(_ leaf: Twig) -> (Twig, Twig) { (leaf, leaf) }

private func twice<Value>(_ value: Value) -> [Value] { [value, value, value] }

private func some() -> some Marked { Wrap(value: [text(20): Twig()]) }

private func makeLocal(_ value: Twig) -> Any {
    struct Local {
        let value: Twig
        let values: [Twig?]
    }
    return Local(value: value, values: [value, nil])
}

private struct Nothing {}

private struct Numbers {
    var first = opaque(1)
    var second = opaque(UInt8(2))
    var third = opaque(3.0)
}

private struct References {
    var leaf = Twig()
    var name = text(20)
    var number = opaque(5)
    var others = [Twig(), Twig()]
}

private struct Nesting {
    var byte = opaque(UInt8(1))
    var references = References()
    var flag = opaque(true)
    var more = Wrap(value: References())
}

private struct Sliding<Base: Collection> {
    var base: Base
    var element: Base.Element?
    var index: Base.Index

    init(base: Base) {
        self.base = base
        element = base.first
        index = base.startIndex
    }
}

private struct WithTuple {
    var pair = (Twig(), text(30))
    var labelled: (name: String, leaf: Twig?) = (text(17), Twig())
    var triple: (UInt8, (UInt16, Twig), UInt8) = (1, (2, Twig()), opaque(3))
}

@propertyWrapper
private struct Logged<Value> {
    var wrappedValue: Value {
        didSet { history.append(oldValue) }
    }
    private var history: [Value] = []

    init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}

@propertyWrapper
private struct Published<Value> {
    var wrappedValue: Value
    let projectedValue = Box<[Value]>([])

    init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}

private struct Wrapped {
    @Logged var name = text(20)
    @Logged var leaf = Twig()

    init() {
        name = text(30)
        leaf = Twig()
    }
}

private struct Projected {
    @Published var name = text(20)

    init() { $name.value = [text(40), name] }
}

private struct LazyStruct {
    lazy var leaf = Twig()
    lazy var name = text(44)

    static func read() -> LazyStruct {
        var value = LazyStruct()
        _ = opaque(value.leaf)
        _ = opaque(value.name)
        return value
    }
}

private struct Sandwich {
    var before = opaque(Int16(1))
    var small = text(15)
    var between = opaque(Int8(2))
    var empty = ""
    var large = text(16)
    var after = opaque(true)
}

private struct Pack<each Value> {
    var values: (repeat each Value)
}

private func packed<each Value>(_ value: repeat each Value) -> Pack<repeat each Value> {
    Pack(values: (repeat each value))
}

private struct WithVectors {
    var leaf = Twig()
    var vector = opaque(SIMD16<Float>(repeating: 1))
    var name = text(20)
    var small = opaque(SIMD4<UInt8>(repeating: 1))
    var other = Twig()
}

private struct CopyOnWrite {
    private final class Storage {
        var names = [text(20), text(30)]
    }

    private var storage = Storage()
}
