import Synchronization
import Testing

@Suite("Zoo: values that can only be moved, and values in line", .countedAllocations)
struct MovableZooTests {
    @Test(
        "A value that can only be moved is sized to the byte",
        arguments: MovableZooTests.movables + MovableZooTests.synchronised
    )
    func exact(_ zoo: ZooCase) { zoo.expectExact() }

    @Test(
        "Values that can only be moved are sized to the byte within what can hold them",
        arguments: MovableZooTests.movables + MovableZooTests.synchronised
    )
    func nested(_ zoo: ZooCase) { zoo.expectExactNested() }

    @Test("An inline array is sized to the byte", arguments: MovableZooTests.inline)
    func exactInline(_ zoo: ZooCase) { zoo.expectExact() }

    @Test("Inline arrays within every container are sized to the byte", arguments: MovableZooTests.inline)
    func nestedInline(_ zoo: ZooCase) { zoo.expectExactNested() }

    @ZooBuilder static var movables: [ZooCase] {
        movable("struct of an object") { Ticket(leaf: Twig()) }
        movable("struct of an object, a string and an array") { Parcel() }
        movable("struct of a struct") { Crate() }
        movable("struct with a deinitialiser") { Handle() }
        movable("struct of numbers") { Plain() }
        movable("generic struct of a class") { Owned(value: Twig()) }
        movable("generic struct of a generic struct of a struct") { Owned(value: Owned(value: Parcel())) }
        movable("enum, object") { Stage.running(Twig()) }
        movable("enum, struct") { Stage.done(Parcel()) }
        movable("enum, empty") { Stage.idle }
        movable("enum of one payload, some") { Perhaps.some(Parcel()) }
        movable("enum of one payload, none") { Perhaps<Parcel>.none }
        movable("optional struct") { Optional(Parcel()) }
        movable("optional struct, nil") { none() }
        movable("result of a struct") { Result<Parcel, any Error>.success(Parcel()) }
        movable("result of a struct, failure") { Result<Parcel, any Error>.failure(WrapError(value: text(20))) }
        movable("struct with a closure and an existential") { Armed() }
        movable("struct with a weak reference") { Loosely() }
        movable("object with a struct between other fields") { Owner() }
        movable("subclass with a struct of its own") { SubOwner() }
        movable("generic object with a generic struct") { OwnedBox(Ticket(leaf: Twig())) }
        movable("object with two optional structs") { Halves() }
        movable("array of objects with structs") { [Owner(), Owner()] }
        movable("any P of an object with a struct") { Owner() as any Marked }
        movable("actor with a struct") { Guard() }
    }

    @ZooBuilder static var synchronised: [ZooCase] {
        movable("mutex of a number") { Mutex(opaque(5)) }
        movable("mutex of a flag") { Mutex(opaque(true)) }
        movable("mutex of a string") { Mutex(text(20)) }
        movable("mutex of a dictionary") { Mutex([opaque(1): Twig(), 2: Twig()]) }
        movable("mutex of an optional object") { Mutex(Twig() as Twig?) }
        movable("mutex of nil") { Mutex(nil as Twig?) }
        movable("mutex of a struct") { Mutex(Two()) }
        movable("mutex of an enum") { Mutex(Either<Twig, String>.right(text(20))) }
        movable("mutex of an enum, object") { Mutex(Either<Twig, Int>.left(Twig())) }
        movable("mutex of a closure") { Mutex(Make.object(Twig())) }
        movable("mutex of an existential") { Mutex(Wrap(value: text(20)) as any Marked) }
        movable("mutex of a vector and an object") { Mutex((opaque(SIMD4<Double>.zero), Twig())) }
        movable("mutex of a movable struct") { Mutex(Parcel()) }
        movable("mutex of closures") { Mutex([Make.object(Twig()), Make.string(text(20))]) }
        movable("object with a mutex of a dictionary") { Locked() }
        movable("object with two mutexes") { TwiceLocked() }
        movable("generic object with a mutex") { MutexBox([text(20): Twig()]) }
        movable("atomic number") { Atomic(opaque(5)) }
        movable("atomic flag") { Atomic(opaque(true)) }
        movable("lazy reference, unset") { AtomicLazyReference<Twig>() }
        movable("lazy reference, set") { lazily(Twig()) }
        movable("object with atomics and a lazy reference") { Counters() }
    }

    @ZooBuilder static var inline: [ZooCase] {
        zoo("inline array of numbers") { InlineArray<8, Int> { $0 } }
        zoo("inline array of strings") { InlineArray<3, String> { text(20 + $0) } }
        zoo("inline array of objects") { InlineArray<3, Twig> { Twig($0) } }
        zoo("inline array of inline arrays") { InlineArray<2, _> { _ in InlineArray<2, Twig> { Twig($0) } } }
        zoo("inline array of optionals") { InlineArray<3, Twig?> { $0 == 1 ? nil : Twig() } }
        zoo("inline array of enums") { InlineArray<2, Either<Twig, Int>> { $0 == 0 ? .left(Twig()) : .right(4) } }
        zoo("inline array of nothing") { InlineArray<0, Twig> { _ in Twig() } }
        zoo("inline array of padded structs") { InlineArray<3, _> { _ in Wrap(value: (Twig(), opaque(UInt8(1)))) } }
        zoo("object with an inline array") { Grid() }
        movable("inline array of movable structs") { InlineArray<2, Parcel> { _ in Parcel() } }
        movable("inline array of mutexes") { InlineArray<2, Mutex<String>> { Mutex(text(20 + $0)) } }
    }
}

private func none() -> Parcel? { nil }

private func lazily(_ leaf: Twig) -> AtomicLazyReference<Twig> {
    let reference = AtomicLazyReference<Twig>()
    _ = reference.storeIfNil(leaf)
    return reference
}

private struct Two {
    var names = [text(20), text(30)]
    var leaves = [Twig()]
    var number = opaque(4)
}

private struct Plain: ~Copyable {
    var number = opaque(3)
    var flag = opaque(true)
}

private struct Ticket: ~Copyable {
    let leaf: Twig
}

private struct Parcel: ~Copyable {
    var byte = opaque(UInt8(1))
    let leaf = Twig()
    var name = text(20)
    var array = [Twig(), Twig()]
}

private struct Crate: ~Copyable {
    var first = Parcel()
    var flag = opaque(true)
    var ticket = Ticket(leaf: Twig())
    var nobody: Ticket?
    var somebody: Ticket? = Ticket(leaf: Twig())
}

private struct Handle: ~Copyable {
    var number = opaque(3)
    let name = text(20)

    deinit { _ = opaque(number) }
}

private enum Stage: ~Copyable {
    case idle
    case running(Twig)
    case done(Parcel)
}

private enum Perhaps<Value: ~Copyable>: ~Copyable {
    case none
    case some(Value)
}

private struct Armed: ~Copyable {
    let action = Make.string(text(20))
    let value: any Marked = Wrap(value: (text(20), text(30)))
    let error: (any Error)? = WrapError(value: Twig())
}

private struct Loosely: ~Copyable {
    weak var nobody: Twig?
    let name = text(20)
}

private class Owner: Marked {
    let leaf = Twig()
    let crate = Crate()
    let flag = opaque(true)
    var stage = Stage.done(Parcel())
    let name = text(40)
}

private final class SubOwner: Owner {
    let more = Parcel()
    let armed = Armed()
    let last = Twig()
}

private final class Halves {
    var first: Parcel? = Parcel()
    var second: Parcel?
    var third: Stage? = .running(Twig())
    var fourth: Stage?
}

private actor Guard {
    let parcel = Parcel()
    let state = Mutex([text(20): Twig()])
}

private final class Locked {
    let name = text(20)
    let connections = Mutex<[Int: Twig]>([opaque(1): Twig(), 2: Twig()])
    let after = Twig()
}

private final class TwiceLocked {
    let flag = Mutex(opaque(true))
    let either = Mutex(Either<Twig, String>.right(text(20)))
    let leaf = Mutex<Twig?>(Twig())
}

private final class Counters {
    let count = Atomic(opaque(5))
    let leaf = AtomicLazyReference<Twig>()
    let flag = Atomic(false)
    let unset = AtomicLazyReference<Box<String>>()
    let name = text(20)

    init() { _ = leaf.storeIfNil(Twig()) }
}

private final class Grid {
    let byte = opaque(UInt8(1))
    let cells = InlineArray<3, InlineArray<2, String?>> { row in
        InlineArray { $0 == row ? nil : text(20 + row) }
    }
    let leaf = Twig()
}
