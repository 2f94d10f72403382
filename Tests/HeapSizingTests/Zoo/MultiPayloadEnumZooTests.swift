import Testing

@Suite("Zoo: enums with several payloads", .countedAllocations)
struct MultiPayloadEnumZooTests {
    @Test("An enum is sized to the byte", arguments: MultiPayloadEnumZooTests.fixed + MultiPayloadEnumZooTests.others)
    func exact(_ zoo: ZooCase) { zoo.expectExact() }

    @Test(
        "Enums within every container are sized to the byte",
        arguments: MultiPayloadEnumZooTests.fixed + MultiPayloadEnumZooTests.others
    )
    func nested(_ zoo: ZooCase) { zoo.expectExactNested() }

    @ZooBuilder static var fixed: [ZooCase] {
        zoo("classes only, first") { Classes.leaf(Twig()) }
        zoo("classes only, second") { Classes.box(Box(text(20))) }
        zoo("classes only, third") { Classes.list([Twig()]) }
        zoo("classes only, empty") { opaque(Classes.second) }
        zoo("class or number, class") { Numbered.leaf(Twig()) }
        zoo("class or number, number") { Numbered.number(opaque(0x7f00_dead_bee8)) }
        zoo("class or number, empty") { opaque(Numbered.nothing) }
        zoo("class or string, class") { Texted.leaf(Twig()) }
        zoo("class or string, string") { Texted.text(text(20)) }
        zoo("class or string, small string") { Texted.text(text(4)) }
        zoo("strings only, first") { Strings.first(text(20)) }
        zoo("strings only, second") { Strings.second(text(20), text(30)) }
        zoo("strings only, empty") { opaque(Strings.third) }
        zoo("more than eight classes, first") { Nine.one(Twig()) }
        zoo("more than eight classes, last") { Nine.nine(Twig()) }
        zoo("larger than 64 bytes, large") { Sized.large(Bulk()) }
        zoo("larger than 64 bytes, small") { Sized.small(Twig()) }
        zoo("larger than 64 bytes, empty") { opaque(Sized.unknown) }
        zoo("flag and class, flag") { Flags.flag(opaque(true)) }
        zoo("flag and class, class") { Flags.leaf(Twig()) }
        zoo("flag and class, both") { Flags.both(opaque(true), Twig()) }
        zoo("payloads with labels") { Labelled.person(name: text(20), age: opaque(3), friends: [text(30)]) }
        zoo("existentials, opaque") { Existential.marked(Wrap(value: [Twig()])) }
        zoo("existentials, class-bound") { Existential.crowned(Twig()) }
        zoo("existentials, error") { Existential.failed(WrapError(value: text(20))) }
        zoo("existentials, Any") { Existential.any(text(20)) }
        zoo("closures, first") { Closures.run(closure(over: Twig())) }
        zoo("closures, second") { Closures.map(mapping(Twig())) }
        zoo("closures, none") { opaque(Closures.idle) }
        zoo("state machine, waiting") { State.waiting(queue: [closure(over: Twig()), closure(over: Twig())]) }
        zoo("state machine, running") { State.running(task: Twig(), since: opaque(1.5), label: text(20)) }
        zoo("state machine, finished") { State.finished(.failure(WrapError(value: opaque(1)))) }
        zoo("doubles and classes, double") { Doubles.value(opaque(1.5)) }
        zoo("doubles and classes, class") { Doubles.leaf(Twig()) }
    }

    @ZooBuilder static var others: [ZooCase] {
        zoo("generic, left of two classes") { Either<Twig, Box<Int>>.left(Twig()) }
        zoo("generic, right of a byte and an array") { Either<UInt8, [Twig]>.right([Twig()]) }
        zoo("generic, left of a byte and an array") { Either<UInt8, [Twig]>.left(opaque(3)) }
        zoo("generic of generics") { Either<Either<Int, String>, Either<Twig, [String]>>.right(.right([text(20)])) }
        zoo("generic of optionals") { Either<Twig?, String?>.right(text(20)) }
        zoo("generic of nil") { opaque(Either<Twig?, String?>.left(nil)) }
        zoo("generic of tuples") { Either<(Twig, Int), (Int, String)>.right((1, text(20))) }
        zoo("generic of Void") { opaque(Either<Void, Twig>.left(())) }
        zoo("generic with an impossible side") { Either<Never, Twig>.right(Twig()) }
        zoo("indirect case, direct") { Partly.direct(Twig()) }
        zoo("indirect case, boxed") { Partly.boxed(Twig(), text(20)) }
        zoo("indirect case, boxed number") { Partly.number(opaque(5)) }
        zoo("indirect case, empty") { opaque(Partly.nothing) }
        zoo("indirect case of an aligned vector") { Partly.vector(opaque(SIMD8<Double>(repeating: 1)), Twig()) }
        zoo("indirect enum expression") { expression(depth: 4) }
        zoo("recursive tree") { tree(depth: 6) }
        zoo("generic recursive tree") { Tree.node(.leaf(text(20)), text(30), .node(.leaf(text(40)), text(1), .none)) }
        zoo("list of a hundred") { list(100) }
        zoo("list of classes") { List.node(Twig(), .node(Twig(), .end)) }
        zoo("enum recursive through an array") { json() }
        zoo("enum of optional enum") { Optional(Texted.text(text(20))) }
        zoo("optional indirect enum") { Optional(List.node(text(20), .end)) }
        zoo("optional indirect enum, nil") { opaque(List<String>?.none) }
        zoo("optional indirect enum, end") { opaque(List<String>?.some(.end)) }
        zoo("shared indirect payload") { shared(list(3)) }
    }
}

private func closure(over leaf: Twig) -> () -> Int { { leaf.number } }

private func mapping(_ leaf: Twig) -> (Int) -> Twig? { { $0 == leaf.number ? leaf : nil } }

private func shared(_ list: List<Int>) -> (List<Int>, List<Int>) { (.node(1, list), .node(2, list)) }

private func list(_ count: Int) -> List<Int> {
    (0..<count).reduce(.end) { .node($1, $0) }
}

private func expression(depth: Int) -> Expression {
    depth == 0
        ? .variable(text(20)) : .sum(expression(depth: depth - 1), .product(.constant(opaque(2)), .variable(text(3))))
}

private func tree(depth: Int) -> Tree<Int> {
    depth == 0 ? .leaf(opaque(0)) : .node(tree(depth: depth - 1), depth, tree(depth: depth - 1))
}

private func json() -> JSON {
    .object([
        "name": .string(text(20)), text(18): .array([.number(1), .null, .bool(true), .string(text(33)), .array([])]),
        "nested": .object(["a": .object([:]), "b": .number(opaque(4))]),
    ])
}

private enum Classes {
    case first
    case leaf(Twig)
    case box(Box<String>)
    case list([Twig])
    case second
}

private enum Numbered {
    case leaf(Twig)
    case number(Int)
    case nothing
}

private enum Texted {
    case leaf(Twig)
    case text(String)
}

private enum Strings {
    case first(String)
    case second(String, String)
    case third
    case fourth
}

private enum Nine {
    case one(Twig)
    case two(Twig)
    case three(Twig)
    case four(Twig)
    case five(Twig)
    case six(Twig)
    case seven(Twig)
    case eight(Twig)
    case nine(Twig)
    case ten
}

private struct Bulk {
    var names = (text(20), text(30), text(40), text(50), text(60))
    var leaf: Twig? = Twig()
}

private enum Sized {
    case unknown
    case small(Twig)
    case large(Bulk)
}

private enum Flags {
    case flag(Bool)
    case leaf(Twig)
    case both(Bool, Twig)
}

private enum Labelled {
    case person(name: String, age: Int, friends: [String])
    case place(name: String)
}

private enum Existential {
    case marked(any Marked)
    case crowned(any Crowned)
    case failed(any Error)
    case any(Any)
    case none
}

private enum Closures {
    case idle
    case run(() -> Int)
    case map((Int) -> Twig?)
}

private enum State {
    case idle
    case waiting(queue: [() -> Int])
    case running(task: Twig, since: Double, label: String)
    case finished(Result<Twig, any Error>)
}

private enum Doubles {
    case value(Double)
    case leaf(Twig)
}

private enum Partly {
    case direct(Twig)
    indirect case boxed(Twig, String)
    indirect case number(Int)
    indirect case vector(SIMD8<Double>, Twig)
    case nothing
}

private indirect enum Expression {
    case constant(Int)
    case variable(String)
    case sum(Expression, Expression)
    case product(Expression, Expression)
}

private indirect enum Tree<Element> {
    case none
    case leaf(Element)
    case node(Tree, Element, Tree)
}

private enum JSON {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])
}
