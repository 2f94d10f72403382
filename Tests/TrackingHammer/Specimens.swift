import Synchronization

/// What every object of the hammer holds, so that sizing it has something to walk over.
protocol Specimen: AnyObject {
    var contents: Contents { get set }
}

struct Contents {
    var text = ""
    var numbers: [Int] = []
    var table: [String: [Int]] = [:]
    var friends: [AnyObject] = []
}

class Plain: Specimen {
    var contents = Contents()
}

final class Leaf1: Plain {}
final class Leaf2: Plain {
    var more = 1
}
class Middle: Plain {
    var middle: [String] = []
}
final class Leaf3: Middle {}
final class Leaf4: Middle {
    lazy var late = contents.numbers.count
}

final class Generic<Value>: Specimen {
    var value: Value
    var contents = Contents()

    init(_ value: Value) { self.value = value }
}

class GenericBase<Value>: Specimen {
    var value: Value?
    var contents = Contents()
}

final class FromGeneric: GenericBase<String> {}

enum Nest {
    final class Nested: Specimen {
        var contents = Contents()
    }
}

private final class Hidden: Specimen {
    var contents = Contents()
}

final class Wide: Specimen {
    var contents = Contents()
    var padding = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
}

final class WithDeinit: Specimen {
    var contents = Contents()
    static let ended = Atomic(0)

    deinit { Self.ended.wrappingAdd(1, ordering: .relaxed) }
}

final class Failing: Specimen {
    struct Refusal: Error {}

    var contents: Contents

    init(_ number: Int) throws {
        // Thrown before the object is complete.
        guard number % 3 != 0 else { throw Refusal() }
        contents = Contents()
    }
}

actor Actor1 {
    var count = 0
}

actor Actor2 {
    var texts: [String] = []
}

actor GenericActor<Value> {
    var values: [Value] = []
}

/// A class and how to make an instance of it.
struct Kind: Sendable {
    let type: AnyClass
    let make: @Sendable (Int) -> AnyObject?

    init<Object: AnyObject>(_ type: Object.Type, _ make: @escaping @Sendable (Int) -> Object?) {
        self.type = type
        self.make = make
    }

    /// Twenty, of which the first half is tracked all the time and the second half now and then.
    static let all: [Kind] = [
        Kind(Leaf1.self) { _ in Leaf1() },
        Kind(Generic<Int>.self) { Generic($0) },
        Kind(Actor1.self) { _ in Actor1() },
        Kind(Leaf3.self) { _ in Leaf3() },
        Kind(FromGeneric.self) { _ in FromGeneric() },
        Kind(Nest.Nested.self) { _ in Nest.Nested() },
        Kind(WithDeinit.self) { _ in WithDeinit() },
        Kind(Failing.self) { try? Failing($0) },
        Kind(GenericActor<Int>.self) { _ in GenericActor<Int>() },
        Kind(Generic<[String]>.self) { Generic(["\($0)"]) },
        Kind(Leaf2.self) { _ in Leaf2() },
        Kind(Leaf4.self) { _ in Leaf4() },
        Kind(Generic<String>.self) { Generic("\($0)") },
        Kind(Generic<(Int, Leaf1)?>.self) { Generic(($0, Leaf1()) as (Int, Leaf1)?) },
        Kind(GenericBase<Int>.self) { _ in GenericBase<Int>() },
        Kind(Actor2.self) { _ in Actor2() },
        Kind(GenericActor<String>.self) { _ in GenericActor<String>() },
        Kind(Hidden.self) { _ in Hidden() },
        Kind(Wide.self) { _ in Wide() },
        Kind(Middle.self) { _ in Middle() },
    ]
    static let steady = 10
    /// Tracked under its own name or, while it has none, under its superclass's.
    static let subclass = 11
    static let superclass = 19
}
