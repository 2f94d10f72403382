import Testing

@Suite("Zoo: closures", .countedAllocations)
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
        zoo("captures an object") { Make.object(Twig()) }
        zoo("captures two objects") { Make.objects(Twig(), Box(text(20))) }
        zoo("captures a string") { Make.string(text(20)) }
        zoo("captures a small string") { Make.string(text(3)) }
        zoo("captures an array") { Make.array([text(20)]) }
        zoo("captures many things") { Make.many(Twig(), text(20), opaque(3), [Twig()], opaque(true)) }
        zoo("captures a variable") { Make.variable() }
        zoo("captures a variable object") { Make.variableObject(Twig()) }
        zoo("two closures share a variable") { Make.sharedVariable(text(20)) }
        zoo("three closures share two variables") { Make.sharedVariables() }
        zoo("captures a closure") { Make.closure(Make.object(Twig())) }
        zoo("captures two closures") { Make.compose(Make.object(Twig()), Make.number(opaque(4))) }
        zoo("captures self") { Owner(.strong).closure() }
        zoo("captures self weakly") { Owner(.weak) }
        zoo("captures self unowned") { Owner(.unowned) }
        zoo("captures self unowned and unsafe") { Owner(.unownedUnsafe) }
        zoo("captures an existential") { Make.existential(Wrap(value: text(20))) }
        zoo("captures a large existential") { Make.existential(Wrap(value: (text(20), text(30), Twig()))) }
        zoo("captures a class-bound existential") { Make.crowned(Twig()) }
        zoo("captures an error") { Make.error(WrapError(value: text(20))) }
        zoo("captures Any") { Make.any([text(20)]) }
        zoo("captures a tuple") { Make.tuple((Twig(), text(20))) }
        zoo("captures an enum, left") { Make.either(.left(Twig())) }
        zoo("captures an enum, right") { Make.either(.right(text(20))) }
        zoo("captures an indirect enum") { Make.list(.node(1, .node(2, .end))) }
        zoo("captures an optional") { Make.optional(text(20)) }
        zoo("captures nil") { Make.optional(nil) }
        zoo("captures a struct") { Make.structure(Many()) }
        zoo("captures a copy of an inout struct") { Make.fromInout() }
        zoo("captures a vector") { Make.vector(opaque(SIMD4<Double>(repeating: 1)), Twig()) }
        zoo("captures a metatype") { Make.metatype(opaque(Twig.self), Twig()) }
        zoo("captures a dictionary") { Make.dictionary([text(20): Twig()]) }
        zoo("captures an actor") { Make.actor(Keeper(Twig())) }
        zoo("captures a lazy property's object") { Make.lazy() }
    }

    @ZooBuilder static var kinds: [ZooCase] {
        zoo("generic over a class") { Make.generic(Twig()) }
        zoo("generic over a string") { Make.generic(text(20)) }
        zoo("generic over a byte and an object") { Make.genericPair(opaque(UInt8(3)), Twig()) }
        zoo("generic, composite") { Make.genericArray(text(20)) }
        zoo("generic, optional and array") { Make.genericMixed(text(20), [Twig()]) }
        zoo("generic, variable") { Make.genericVariable(text(20)) }
        zoo("unspecialised, class") { Unspecialised.value(Twig()) }
        zoo("unspecialised, string") { Unspecialised.value(text(20)) }
        zoo("unspecialised, number and string") { Unspecialised.pair(opaque(5), text(20)) }
        zoo("unspecialised, composite") { Unspecialised.array(text(20)) }
        zoo("unspecialised, dictionary and optional") { Unspecialised.dictionary(text(20), Twig()) }
        zoo("unspecialised, enum") { Unspecialised.either(Twig(), text(20)) }
        zoo("unspecialised, variable") { Unspecialised.variable([Twig()]) }
        zoo("unspecialised, constrained") { Unspecialised.collection([text(20), text(30)]) }
        zoo("unspecialised, class-bound") { Unspecialised.object(Twig()) }
        zoo("unspecialised, self of a generic class") { Unspecialised.Owner(text(20)).closure() }
        zoo("unspecialised, existential of a parameter") { Unspecialised.existential(text(20)) }
        zoo("unspecialised, metatype only") { Unspecialised.type(of: text(20)) }
        zoo("method of an object") { Many().describe }
        zoo("method of a class") { Counter().count }
        zoo("method of a generic class") { Unspecialised.Owner(Twig()).read }
        zoo("method of an existential") { (Twig() as any Sounding).sound }
        zoo("method of an actor's peer, curried") { Make.curried(Twig())(text(20)) }
        zoo("unapplied method") { Counter.count }
        zoo("initializer") { Box<Int>.init }
        zoo("stored autoclosure") { Make.auto(Twig().number + text(20).count) }
        zoo("@Sendable") { Make.sendable(text(20), opaque(4)) }
        zoo("async") { Make.asynchronous(Twig(), text(20)) }
        zoo("async throwing, one object") { Make.asynchronousThrowing(Twig()) }
        zoo("@MainActor") { Make.main(text(20), opaque(4)) }
        zoo("throwing with a typed error") { Make.throwing(Twig(), opaque(3)) }
        zoo("generic inout closure") { Make.modifying(text(20)) }
        zoo("closures in an array") { [Make.object(Twig()), Make.number(opaque(4)), { 5 }] }
        zoo("closures in a dictionary") { [text(20): Make.object(Twig())] }
        zoo("closure kept in a property") { Handlers() }
        zoo("reabstracted closure") { Wrap(value: Make.mapping(Twig())) }
        zoo("reabstracted optional closure") { [Optional(Make.mapping(Twig())), nil] }
        zoo("local function") { Make.localFunction(text(20)) }
        zoo("recursive local function") { Make.recursiveFunction(Twig()) }
        zoo("@convention(c)") { Make.cFunction() }
    }
}

private struct Many {
    var leaf = Twig()
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
