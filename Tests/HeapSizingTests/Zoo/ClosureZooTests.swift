import Testing

@Suite("Zoo: closures")
struct ClosureZooTests {
    @Test("A closure is sized to the byte", arguments: ClosureZooTests.captures + ClosureZooTests.kinds)
    func exact(_ zoo: ZooCase) { zoo.expectExact() }

    @Test(
        "Closures within every container are sized to the byte",
        arguments: ClosureZooTests.captures + ClosureZooTests.kinds
    )
    func nested(_ zoo: ZooCase) { zoo.expectExactNested() }

    @ZooBuilder static var captures: [ZooCase] {
        zoo("no captures") { { opaque(5) } }
        zoo("captures a number") { Make.number(opaque(5)) }
        zoo("captures a byte and a number") { Make.byteAndNumber(opaque(5), opaque(6)) }
        zoo("captures an object") { Make.object(Leaf()) }
        zoo("captures two objects") { Make.objects(Leaf(), Box(text(20))) }
        zoo("captures a string") { Make.string(text(20)) }
        zoo("captures a small string") { Make.string(text(3)) }
        zoo("captures an array") { Make.array([text(20)]) }
        zoo("captures many things") { Make.many(Leaf(), text(20), opaque(3), [Leaf()], opaque(true)) }
        zoo("captures a variable") { Make.variable() }
        zoo("captures a variable object") { Make.variableObject(Leaf()) }
        zoo("two closures share a variable") { Make.sharedVariable(text(20)) }
        zoo("three closures share two variables") { Make.sharedVariables() }
        zoo("captures a closure") { Make.closure(Make.object(Leaf())) }
        zoo("captures two closures") { Make.compose(Make.object(Leaf()), Make.number(opaque(4))) }
        zoo("captures self") { Owner(.strong).closure() }
        zoo("captures self weakly") { Owner(.weak) }
        zoo("captures self unowned") { Owner(.unowned) }
        zoo("captures self unowned and unsafe") { Owner(.unownedUnsafe) }
        zoo("captures an existential") { Make.existential(Wrap(value: text(20))) }
        zoo("captures a large existential") { Make.existential(Wrap(value: (text(20), text(30), Leaf()))) }
        zoo("captures a class-bound existential") { Make.crowned(Leaf()) }
        zoo("captures an error") { Make.error(WrapError(value: text(20))) }
        zoo("captures Any") { Make.any([text(20)]) }
        zoo("captures a tuple") { Make.tuple((Leaf(), text(20))) }
        zoo("captures an enum, left") { Make.either(.left(Leaf())) }
        zoo("captures an enum, right") { Make.either(.right(text(20))) }
        zoo("captures an indirect enum") { Make.list(.node(1, .node(2, .end))) }
        zoo("captures an optional") { Make.optional(text(20)) }
        zoo("captures nil") { Make.optional(nil) }
        zoo("captures a struct") { Make.structure(Many()) }
        zoo("captures a copy of an inout struct") { Make.fromInout() }
        zoo("captures a vector") { Make.vector(opaque(SIMD4<Double>(repeating: 1)), Leaf()) }
        zoo("captures a metatype") { Make.metatype(opaque(Leaf.self), Leaf()) }
        zoo("captures a dictionary") { Make.dictionary([text(20): Leaf()]) }
        zoo("captures an actor") { Make.actor(Keeper(Leaf())) }
        zoo("captures a lazy property's object") { Make.lazy() }
    }

    @ZooBuilder static var kinds: [ZooCase] {
        zoo("generic over a class") { Make.generic(Leaf()) }
        zoo("generic over a string") { Make.generic(text(20)) }
        zoo("generic over a byte and an object") { Make.genericPair(opaque(UInt8(3)), Leaf()) }
        zoo("generic, composite") { Make.genericArray(text(20)) }
        zoo("generic, optional and array") { Make.genericMixed(text(20), [Leaf()]) }
        zoo("generic, variable") { Make.genericVariable(text(20)) }
        zoo("unspecialised, class") { Unspecialised.value(Leaf()) }
        zoo("unspecialised, string") { Unspecialised.value(text(20)) }
        zoo("unspecialised, number and string") { Unspecialised.pair(opaque(5), text(20)) }
        zoo("unspecialised, composite") { Unspecialised.array(text(20)) }
        zoo("unspecialised, dictionary and optional") { Unspecialised.dictionary(text(20), Leaf()) }
        zoo("unspecialised, enum") { Unspecialised.either(Leaf(), text(20)) }
        zoo("unspecialised, variable") { Unspecialised.variable([Leaf()]) }
        zoo("unspecialised, constrained") { Unspecialised.collection([text(20), text(30)]) }
        zoo("unspecialised, class-bound") { Unspecialised.object(Leaf()) }
        zoo("unspecialised, self of a generic class") { Unspecialised.Owner(text(20)).closure() }
        zoo("unspecialised, existential of a parameter") { Unspecialised.existential(text(20)) }
        zoo("unspecialised, metatype only") { Unspecialised.type(of: text(20)) }
        zoo("method of an object") { Many().describe }
        zoo("method of a class") { Counter().count }
        zoo("method of a generic class") { Unspecialised.Owner(Leaf()).read }
        zoo("method of an existential") { (Leaf() as any Sounding).sound }
        zoo("method of an actor's peer, curried") { Make.curried(Leaf())(text(20)) }
        zoo("unapplied method") { Counter.count }
        zoo("initializer") { Box<Int>.init }
        zoo("stored autoclosure") { Make.auto(Leaf().number + text(20).count) }
        zoo("@Sendable") { Make.sendable(text(20), opaque(4)) }
        zoo("async") { Make.asynchronous(Leaf(), text(20)) }
        zoo("async throwing, one object") { Make.asynchronousThrowing(Leaf()) }
        zoo("@MainActor") { Make.main(text(20), opaque(4)) }
        zoo("throwing with a typed error") { Make.throwing(Leaf(), opaque(3)) }
        zoo("generic inout closure") { Make.modifying(text(20)) }
        zoo("closures in an array") { [Make.object(Leaf()), Make.number(opaque(4)), { 5 }] }
        zoo("closures in a dictionary") { [text(20): Make.object(Leaf())] }
        zoo("closure kept in a property") { Handlers() }
        zoo("reabstracted closure") { Wrap(value: Make.mapping(Leaf())) }
        zoo("reabstracted optional closure") { [Optional(Make.mapping(Leaf())), nil] }
        zoo("local function") { Make.localFunction(text(20)) }
        zoo("recursive local function") { Make.recursiveFunction(Leaf()) }
        zoo("@convention(c)") { Make.cFunction() }
        zoo("key path as a function") { Make.keyPath(\.count) }
    }
}

private struct Many {
    var leaf = Leaf()
    var name = text(40)
    var number = opaque(5)

    func describe() -> String { name + "\(leaf.number + number)" }
}

private final class Counter {
    var number = opaque(0)
    let name = text(50)

    func count() -> Int {
        number += 1
        return number
    }
}

/// An object whose closure refers to it.
private final class Owner {
    enum Way {
        case strong
        case weak
        case unowned
        case unownedUnsafe
    }

    private let name = text(20)
    private(set) var run: () -> Int = { 0 }

    func closure() -> () -> Int { { self.name.count + self.run() } }

    init(_ way: Way) {
        switch opaque(way) {
        case .strong: run = { opaque(1) }
        case .weak: run = { [weak self] in self?.name.count ?? 0 }
        case .unowned: run = { [unowned self] in name.count }
        case .unownedUnsafe: run = { [unowned(unsafe) self] in name.count }
        }
    }
}

private final class Handlers {
    let number = opaque(5)
    var onRead: ((String) -> Void)?
    var onClose: @Sendable () -> Void
    private var read: [String] = []

    init() {
        let name = text(30)
        onClose = { _ = opaque(name) }
        onRead = { [weak self] in self?.read.append($0 + name) }
    }
}
