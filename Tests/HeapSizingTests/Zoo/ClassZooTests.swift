import Synchronization
import Testing

@Suite("Zoo: classes and actors", .countedAllocations)
struct ClassZooTests {
    @Test("An object is sized to the byte", arguments: ClassZooTests.cases + ClassZooTests.actors)
    func exact(_ zoo: ZooCase) { zoo.expectExact() }

    @Test("Objects within every container are sized to the byte", arguments: ClassZooTests.cases + ClassZooTests.actors)
    func nested(_ zoo: ZooCase) { zoo.expectExactNested() }

    @ZooBuilder static var cases: [ZooCase] {
        zoo("final class of two numbers") { Point(x: opaque(1), y: opaque(2)) }
        zoo("class without properties") { Empty() }
        zoo("class of every width") { Widths() }
        zoo("class with a leaf, a string and an array") { Node() }
        zoo("subclass with fields of its own") { Second() }
        zoo("subclass four levels deep") { Fourth() }
        zoo("subclass seen as its base class") { Fourth() as First }
        zoo("subclass without fields") { NoFields() }
        zoo("generic class of a number") { Box(opaque(5)) }
        zoo("generic class of a class") { Box(Twig()) }
        zoo("generic class of an optional string") { Box(Optional(text(40))) }
        zoo("generic subclass of a generic class") { PairBox(text(20), text(30)) }
        zoo("generic subclass of a plain class") { GenericOverPlain([Twig(), Twig()]) }
        zoo("plain subclass of a generic class") { PlainOverGeneric() }
        zoo("generic subclass that binds its base to an array") { Rebound(text(50)) }
        zoo("class with two parameters and a constraint") { Keyed(key: text(33), value: Twig()) }
        zoo("class nested in a class") { Outer.Inner() }
        zoo("class nested in a generic struct") { Shelf<String>.Item(text(24)) }
        zoo("class nested in an extension of an enum") { Space.Star() }
        zoo("class local to a function") { makeLocal() }
        zoo("class with an implicitly ordered tail of small fields") { Padded() }
        zoo("class aligned to sixteen") { Vectors() }
        zoo("class with static and computed properties") { Computed() }
        zoo("class with an unset lazy property") { Lazy() }
        zoo("class with a lazy property that was read") { Lazy().read() }
        zoo("class with observers") { Observed() }
        zoo("class with a Never and a Void property") { Voids() }
        zoo("class with a large inline struct") { Box(Wide()) }
        zoo("class conforming to generic protocols") { Conforming(text(18)) }
        zoo("class that deinitialises") { Ending() }
    }

    @ZooBuilder static var actors: [ZooCase] {
        zoo("actor without properties") { Idle() }
        zoo("actor with properties") { Busy() }
        zoo("generic actor") { Keeper([text(20)]) }
        zoo("actor as any Actor") { Busy() as any Actor }
        zoo("actor with a closure that captures it weakly") { Tickler() }
        zoo("actor with a nonisolated property") { Open() }
        zoo("distributed identity beside an actor") { (Idle(), Busy()) }
    }
}

private final class Point {
    let x: Int
    let y: Int

    init(x: Int, y: Int) {
        self.x = x
        self.y = y
    }
}

private final class Empty {}

private final class Widths {
    let bool = opaque(true)
    let int8 = opaque(Int8(1))
    let int16 = opaque(Int16(1))
    let int32 = opaque(Int32(1))
    let int64 = opaque(Int64(1))
    let half = opaque(Float(1))
    let double = opaque(1.0)
    let big = opaque(UInt128(1))
    let character = opaque(Character("a"))
}

private final class Node {
    let leaf = Twig()
    let name = text(100)
    let numbers = Array(0..<opaque(10))
}

private class First: Marked {
    let leaf = Twig()
    let flag = opaque(true)
}

private class Second: First {
    let name = text(17)
    let byte = opaque(UInt8(1))
}

private class Third: Second {
    let numbers = [opaque(1), opaque(2)]
    let either = Either<Twig, String>.right(text(60))
}

private final class Fourth: Third {
    let closure = opaque(3) > 2 ? First() : nil
    let last = opaque(Int16(2))
}

private final class NoFields: First {}

private final class GenericOverPlain<Value>: First {
    let value: Value

    init(_ value: Value) { self.value = value }
}

private final class PlainOverGeneric: Box<[String]> {
    let more = Twig()

    init() { super.init([text(16), text(3)]) }
}

private final class Rebound<Value>: Box<[Value]> {
    let same: Value

    init(_ value: Value) {
        same = value
        super.init([value, value])
    }
}

private final class Keyed<Key: Hashable, Value: AnyObject> {
    let values: [Key: Value]

    init(key: Key, value: Value) { values = [key: value] }
}

private final class Outer {
    final class Inner {
        let leaf = Twig()
    }
}

private struct Shelf<Value> {
    final class Item {
        let value: Value
        let others: [Value]

        init(_ value: Value) {
            self.value = value
            others = [value]
        }
    }
}

private enum Space {}

extension Space {
    final class Star {
        let name = text(19)
    }
}

private func makeLocal() -> AnyObject {
    final class Local {
        let name = text(29)
        let leaf = Twig()
    }
    return Local()
}

private final class Padded {
    let leaf = Twig()
    let first = opaque(Int8(1))
    let second: Int16? = opaque(1)
    let third: Bool? = opaque(nil)
    let fourth = Twig()
    let fifth = opaque(Int8(1))
}

private final class Vectors {
    let flag = opaque(true)
    let vector = opaque(SIMD8<Double>(repeating: 1))
    let leaf = Twig()
    let small = opaque(SIMD2<Float>(repeating: 2))
}

private final class Computed {
    nonisolated(unsafe) static let shared = Twig()
    var twice: Int { number * 2 }
    let number = opaque(4)
    let leaf = Twig()
}

private final class Lazy {
    lazy var leaf = Twig()
    lazy var name = text(44)
    lazy var number = opaque(4)

    func read() -> Lazy {
        opaque((leaf, name, number)).0 === leaf ? self : Lazy()
    }
}

private final class Observed {
    var leaf: Twig? { didSet { count += 1 } }
    var count = 0

    init() {
        leaf = nil
        defer { leaf = Twig() }
    }
}

private final class Voids {
    let nothing: Void = ()
    let impossible: Never? = nil
    let leaf = Twig()
}

private struct Wide {
    let names = (text(20), text(30), text(40), text(50))
    let numbers = (opaque(1), opaque(2), opaque(3))
    let leaf: Twig? = Twig()
}

private final class Conforming<Element>: Sequence, IteratorProtocol {
    private var element: Element?

    init(_ element: Element) { self.element = element }

    func next() -> Element? { element.take() }
}

private final class Ending {
    let leaf = Twig()
    static let ended = Atomic(0)

    deinit { Ending.ended.add(1, ordering: .relaxed) }
}

private actor Idle {}

private actor Busy {
    var names = [text(20), text(4)]
    var leaf: Twig? = Twig()
    let number = opaque(4)
}

private actor Tickler {
    private nonisolated(unsafe) let handlers = Box<(() -> Void)?>(nil)

    init() {
        handlers.value = { [weak self] in _ = self }
    }
}

private actor Open {
    nonisolated let name = text(77)
    nonisolated(unsafe) var leaf = Twig()
}
