import Testing

@Suite("Zoo: existentials, errors and metatypes", .countedAllocations)
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
        zoo("Any of a class") { Twig() as Any }
        zoo("Any of an array") { [text(20), text(21)] as Any }
        zoo("Any of a dictionary") { [text(20): Twig()] as Any }
        zoo("Any of a struct of 24 bytes") { Wrap(value: (Twig(), text(20))) as Any }
        zoo("Any of a struct of 32 bytes") { Wrap(value: (Twig(), text(20), opaque(1))) as Any }
        zoo("Any of an aligned vector") { opaque(SIMD4<Double>(repeating: 1)) as Any }
        zoo("Any of a struct with an aligned vector") { Wrap(value: (SIMD2<Double>(1, 2), Twig())) as Any }
        zoo("Any of a struct with a weak reference") { Weak() as Any }
        zoo("Any of a closure") { closure(over: Twig()) as Any }
        zoo("Any of a closure without captures") { { 5 } as () -> Int as Any }
        zoo("Any of a tuple") { (Twig(), text(30)) as Any }
        zoo("Any of a large tuple") { (Twig(), text(30), text(40), Twig()) as Any }
        zoo("Any of a metatype") { opaque(Twig.self) as Any }
        zoo("Any of an existential metatype") { opaque(Twig.self as any Marked.Type) as Any }
        zoo("Any of an optional") { Optional(text(20)) as Any }
        zoo("Any of nil") { opaque(Twig?.none) as Any }
        zoo("Any of an enum") { Either<Twig, String>.right(text(20)) as Any }
        zoo("Any of a large enum") { Either<(String, String), (String, Twig)>.left((text(20), text(30))) as Any }
        zoo("Any of an indirect enum") { List.node(text(20), .end) as Any }
        zoo("Any of an actor") { Keeper(Twig()) as Any }
        zoo("Any of a large generic struct") { Wrap(value: Wide(value: [Twig()])) as Any }
        zoo("Any of an existential wrapped in a struct") { Wrap(value: Wrap(value: text(20)) as any Marked) as Any }
        zoo("Any within Any") { [opaque(1), text(20), [text(30), Twig()] as [Any]] as [Any] as Any }
        zoo("array of Any of everything") {
            [1, text(20), Twig(), [Twig()], closure(over: Twig()), Wide(value: Twig()), Twig.self, (1, text(40))]
                as [Any]
        }
        zoo("AnyObject of a class") { Twig() as AnyObject }
        zoo("AnyObject of an array storage's owner") { Box([Twig()]) as AnyObject }
        zoo("array of AnyObject") { [Twig(), Box(text(20)), Keeper(text(30))] as [AnyObject] }
        zoo("AnyHashable of a number") { AnyHashable(opaque(4)) }
        zoo("AnyHashable of a string") { AnyHashable(text(20)) }
        zoo("AnyHashable of an array") { AnyHashable([text(20), text(30)]) }
        zoo("AnyHashable of a large struct") { AnyHashable(Coordinates()) }
        zoo("set of AnyHashable") { [AnyHashable(opaque(1)), AnyHashable(text(20)), AnyHashable([opaque(1)])] as Set }
        zoo("dictionary of AnyHashable to Any") { [text(20): Twig(), opaque(4): text(40)] as [AnyHashable: Any] }
        zoo("metatype") { opaque(Twig.self) }
        zoo("Any.Type") { opaque(Twig.self as Any.Type) }
        zoo("metatypes in a struct beside an object") { Metatypes() }
    }

    @ZooBuilder static var protocols: [ZooCase] {
        zoo("any P of a class") { Twig() as any Marked }
        zoo("any P of a small struct") { Wrap(value: text(20)) as any Marked }
        zoo("any P of a large struct") { Wrap(value: (text(20), text(30), Twig())) as any Marked }
        zoo("any P of a struct with a weak reference") { Wrap(value: Weak()) as any Marked }
        zoo("any P & Q") { Twig() as any Marked & Sounding }
        zoo("any P & Q of a large struct") { Drum() as any Marked & Sounding }
        zoo("class-bound") { Twig() as any Crowned }
        zoo("class-bound composition") { Twig() as any Crowned & Sounding }
        zoo("class and protocol") { Noisy(text(20)) as any Box<String> & Sounding }
        zoo("any P & AnyObject") { Twig() as any Marked & AnyObject }
        zoo("any Collection<Int> of an array") { Array(0..<opaque(100)) as any Collection<Int> }
        zoo("any Collection<String> of a slice") { [text(20), text(30)][1...] as any Collection<String> }
        zoo("any Collection of a set") { Set([text(20), text(30, of: "y")]) as any Collection }
        zoo("any Sequence<Twig> of a large lazy sequence") {
            [Twig()].lazy.map { Box($0).value }.filter { $0.number > 0 } as any Sequence<Twig>
        }
        zoo("any Hashable & Sendable") { text(20) as any Hashable & Sendable }
        zoo("any Hashable of a large struct") { Coordinates() as any Hashable }
        zoo("any AnyObject & Sendable of an actor") { Keeper(Twig()) as any AnyObject & Sendable }
        zoo("existentials upcast") { (Twig() as any Marked & Sounding) as any Marked }
        zoo("any Keyed<Twig> with a class bound") { Cabinet(Twig()) as any Keyed<Twig> }
        zoo("array of any P") { [Twig(), Wrap(value: text(20)), Drum(), Box(Twig())] as [any Marked] }
        zoo("dictionary of any P") { [text(20): Twig(), text(21): Drum()] as [String: any Marked] }
        zoo("optional any P & Q, nil") { opaque((any Marked & Sounding)?.none) }
        zoo("any P in any P") { Wrap(value: Wrap(value: Drum() as any Marked) as any Marked) as any Marked }
    }

    @ZooBuilder static var errors: [ZooCase] {
        zoo("error of an enum without payload") { opaque(Fault.timeout) as any Error }
        zoo("error of an enum with payload") { Fault.refused(text(20)) as any Error }
        zoo("error of an enum of errors") { Fault.because([Fault.timeout, Fault.refused(text(30))]) as any Error }
        zoo("error of a struct") { WrapError(value: (text(20), text(30), text(40), Twig())) as any Error }
        zoo("error of an aligned struct") { WrapError(value: (SIMD4<Double>.zero, Twig())) as any Error }
        zoo("error of a byte") { WrapError(value: opaque(UInt8(3))) as any Error }
        zoo("error of a class") { ClassFault() as any Error }
        zoo("error of an error") { WrapError(value: WrapError(value: Twig()) as any Error) as any Error }
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

private func closure(over leaf: Twig) -> () -> Int { { leaf.number } }

private func twice(_ error: any Error) -> [Result<Int, any Error>] { [.failure(error), .failure(error)] }

private struct Wide<Value>: Marked {
    var value: Value
    var names = (text(20), text(22))
    var leaf = Twig()
}

private struct Weak {
    weak var nobody: Twig?
    var name = text(20)
}

private struct Coordinates: Hashable {
    var names = [text(20), text(30)]
    var numbers = [opaque(1), opaque(2)]
    var number = opaque(2)
    var short = "short"
}

private struct Metatypes {
    var leaf = Twig()
    var any: Any.Type = opaque(Twig.self)
    var type: Twig.Type = Twig.self
    var marked: any Marked.Type = opaque(Twig.self)
    var object: AnyObject.Type = Twig.self
    var other: Twig? = Twig()
}

private struct Drum: Marked, Sounding {
    var names = [text(20), text(22)]
    var leaf: Twig? = Twig()
    var other = Twig()
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
