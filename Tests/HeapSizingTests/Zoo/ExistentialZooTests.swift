import Testing

@Suite("Zoo: existentials, errors and metatypes")
struct ExistentialZooTests {
    @Test(
        "An existential is sized to the byte",
        arguments: ExistentialZooTests.anything + ExistentialZooTests.protocols + ExistentialZooTests.errors
    )
    func exact(_ zoo: ZooCase) { zoo.expectExact() }

    @Test(
        "Existentials within every container are sized to the byte",
        arguments: ExistentialZooTests.anything + ExistentialZooTests.protocols + ExistentialZooTests.errors
    )
    func nested(_ zoo: ZooCase) { zoo.expectExactNested() }

    @ZooBuilder static var anything: [ZooCase] {
        zoo("Any of a number") { opaque(5) as Any }
        zoo("Any of a string") { text(20) as Any }
        zoo("Any of a class") { Leaf() as Any }
        zoo("Any of an array") { [text(20), text(21)] as Any }
        zoo("Any of a dictionary") { [text(20): Leaf()] as Any }
        zoo("Any of a struct of 24 bytes") { Wrap(value: (Leaf(), text(20))) as Any }
        zoo("Any of a struct of 32 bytes") { Wrap(value: (Leaf(), text(20), opaque(1))) as Any }
        zoo("Any of an aligned vector") { opaque(SIMD4<Double>(repeating: 1)) as Any }
        zoo("Any of a struct with an aligned vector") { Wrap(value: (SIMD2<Double>(1, 2), Leaf())) as Any }
        zoo("Any of a struct with a weak reference") { Weak() as Any }
        zoo("Any of a closure") { closure(over: Leaf()) as Any }
        zoo("Any of a closure without captures") { { 5 } as () -> Int as Any }
        zoo("Any of a tuple") { (Leaf(), text(30)) as Any }
        zoo("Any of a large tuple") { (Leaf(), text(30), text(40), Leaf()) as Any }
        zoo("Any of a metatype") { opaque(Leaf.self) as Any }
        zoo("Any of an existential metatype") { opaque(Leaf.self as any Marked.Type) as Any }
        zoo("Any of an optional") { Optional(text(20)) as Any }
        zoo("Any of nil") { opaque(Leaf?.none) as Any }
        zoo("Any of an enum") { Either<Leaf, String>.right(text(20)) as Any }
        zoo("Any of a large enum") { Either<(String, String), (String, Leaf)>.left((text(20), text(30))) as Any }
        zoo("Any of an indirect enum") { List.node(text(20), .end) as Any }
        zoo("Any of an actor") { Keeper(Leaf()) as Any }
        zoo("Any of a large generic struct") { Wrap(value: Wide(value: [Leaf()])) as Any }
        zoo("Any of an existential wrapped in a struct") { Wrap(value: Wrap(value: text(20)) as any Marked) as Any }
        zoo("Any within Any") { [opaque(1), text(20), [text(30), Leaf()] as [Any]] as [Any] as Any }
        zoo("array of Any of everything") {
            [1, text(20), Leaf(), [Leaf()], closure(over: Leaf()), Wide(value: Leaf()), Leaf.self, (1, text(40))]
                as [Any]
        }
        zoo("AnyObject of a class") { Leaf() as AnyObject }
        zoo("AnyObject of an array storage's owner") { Box([Leaf()]) as AnyObject }
        zoo("array of AnyObject") { [Leaf(), Box(text(20)), Keeper(text(30))] as [AnyObject] }
        zoo("AnyHashable of a number") { AnyHashable(opaque(4)) }
        zoo("AnyHashable of a string") { AnyHashable(text(20)) }
        zoo("AnyHashable of an array") { AnyHashable([text(20), text(30)]) }
        zoo("AnyHashable of a large struct") { AnyHashable(Coordinates()) }
        zoo("set of AnyHashable") { [AnyHashable(opaque(1)), AnyHashable(text(20)), AnyHashable([opaque(1)])] as Set }
        zoo("dictionary of AnyHashable to Any") { [text(20): Leaf(), opaque(4): text(40)] as [AnyHashable: Any] }
        zoo("metatype") { opaque(Leaf.self) }
        zoo("Any.Type") { opaque(Leaf.self as Any.Type) }
        zoo("metatypes in a struct beside an object") { Metatypes() }
    }

    @ZooBuilder static var protocols: [ZooCase] {
        zoo("any P of a class") { Leaf() as any Marked }
        zoo("any P of a small struct") { Wrap(value: text(20)) as any Marked }
        zoo("any P of a large struct") { Wrap(value: (text(20), text(30), Leaf())) as any Marked }
        zoo("any P of a struct with a weak reference") { Wrap(value: Weak()) as any Marked }
        zoo("any P & Q") { Leaf() as any Marked & Sounding }
        zoo("any P & Q of a large struct") { Drum() as any Marked & Sounding }
        zoo("class-bound") { Leaf() as any Crowned }
        zoo("class-bound composition") { Leaf() as any Crowned & Sounding }
        zoo("class and protocol") { Noisy(text(20)) as any Box<String> & Sounding }
        zoo("any P & AnyObject") { Leaf() as any Marked & AnyObject }
        zoo("any Collection<Int> of an array") { Array(0..<opaque(100)) as any Collection<Int> }
        zoo("any Collection<String> of a slice") { [text(20), text(30)][1...] as any Collection<String> }
        zoo("any Collection of a set") { Set([text(20), text(30, of: "y")]) as any Collection }
        zoo("any Sequence<Leaf> of a large lazy sequence") {
            [Leaf()].lazy.map { Box($0).value }.filter { $0.number > 0 } as any Sequence<Leaf>
        }
        zoo("any Hashable & Sendable") { text(20) as any Hashable & Sendable }
        zoo("any Hashable of a large struct") { Coordinates() as any Hashable }
        zoo("any AnyObject & Sendable of an actor") { Keeper(Leaf()) as any AnyObject & Sendable }
        zoo("existentials upcast") { (Leaf() as any Marked & Sounding) as any Marked }
        zoo("any Keyed<Leaf> with a class bound") { Cabinet(Leaf()) as any Keyed<Leaf> }
        zoo("array of any P") { [Leaf(), Wrap(value: text(20)), Drum(), Box(Leaf())] as [any Marked] }
        zoo("dictionary of any P") { [text(20): Leaf(), text(21): Drum()] as [String: any Marked] }
        zoo("optional any P & Q, nil") { opaque((any Marked & Sounding)?.none) }
        zoo("any P in any P") { Wrap(value: Wrap(value: Drum() as any Marked) as any Marked) as any Marked }
    }

    @ZooBuilder static var errors: [ZooCase] {
        zoo("error of an enum without payload") { opaque(Fault.timeout) as any Error }
        zoo("error of an enum with payload") { Fault.refused(text(20)) as any Error }
        zoo("error of an enum of errors") { Fault.because([Fault.timeout, Fault.refused(text(30))]) as any Error }
        zoo("error of a struct") { WrapError(value: (text(20), text(30), text(40), Leaf())) as any Error }
        zoo("error of an aligned struct") { WrapError(value: (SIMD4<Double>.zero, Leaf())) as any Error }
        zoo("error of a byte") { WrapError(value: opaque(UInt8(3))) as any Error }
        zoo("error of a class") { ClassFault() as any Error }
        zoo("error of an error") { WrapError(value: WrapError(value: Leaf()) as any Error) as any Error }
        zoo("optional error") { Optional(Fault.refused(text(20)) as any Error) }
        zoo("optional error, nil") { opaque((any Error)?.none) }
        zoo("any Error & P") { Fault.refused(text(20)) as any Error & Sounding }
        zoo("array of errors") { [Fault.timeout, ClassFault(), WrapError(value: text(50))] as [any Error] }
        zoo("error shared by two results") { twice(Fault.refused(text(20))) }
        zoo("cancellation error") { CancellationError() as any Error }
        zoo("decoding error") {
            DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: text(30), underlyingError: Fault.timeout)
            ) as any Error
        }
    }
}

private func closure(over leaf: Leaf) -> () -> Int { { leaf.number } }

private func twice(_ error: any Error) -> [Result<Int, any Error>] { [.failure(error), .failure(error)] }

private struct Wide<Value>: Marked {
    var value: Value
    var names = (text(20), text(22))
    var leaf = Leaf()
}

private struct Weak {
    weak var nobody: Leaf?
    var name = text(20)
}

private struct Coordinates: Hashable {
    var names = [text(20), text(30)]
    var numbers = [opaque(1), opaque(2)]
    var number = opaque(2)
    var short = "short"
}

private struct Metatypes {
    var leaf = Leaf()
    var any: Any.Type = opaque(Leaf.self)
    var type: Leaf.Type = Leaf.self
    var marked: any Marked.Type = opaque(Leaf.self)
    var object: AnyObject.Type = Leaf.self
    var other: Leaf? = Leaf()
}

private struct Drum: Marked, Sounding {
    var names = [text(20), text(22)]
    var leaf: Leaf? = Leaf()
    var other = Leaf()
    var more = text(90)

    func sound() -> String { "boom" }
}

private final class Noisy: Box<String>, Sounding {
    func sound() -> String { value }
}

private protocol Keyed<Key>: AnyObject {
    associatedtype Key
}

private final class Cabinet<Key>: Keyed {
    private var key: Key

    init(_ key: Key) { self.key = key }
}

private enum Fault: Error, Sounding {
    case timeout
    case refused(String)
    case because([any Error])

    func sound() -> String { "crack" }
}

private final class ClassFault: Error, Sendable {
    let name = text(20)
    let number = opaque(4)
}
