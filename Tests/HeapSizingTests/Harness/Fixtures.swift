import Synchronization

/// An object without references.
final class Twig {
    let number: Int

    init(_ number: Int = opaque(1)) { self.number = number }
}

protocol Marked {}

protocol Sounding {
    func sound() -> String
}

protocol Crowned: AnyObject {}

extension Twig: Marked, Crowned, Sounding {
    func sound() -> String { "rustle" }
}

class Box<Value>: Marked {
    var value: Value

    init(_ value: Value) { self.value = value }
}

final class PairBox<Value>: Box<Value> {
    var second: Value

    init(_ first: Value, _ second: Value) {
        self.second = second
        super.init(first)
    }
}

final class ByteBox<Value> {
    let byte = opaque(UInt8(200))
    let value: Value
    let flag = opaque(true)

    init(_ value: Value) { self.value = value }
}

actor Keeper<Value> {
    private var value: Value
    private var label = text(20)

    init(_ value: sending Value) { self.value = value }
}

struct Wrap<Value>: Marked {
    var value: Value
}

struct WrapError<Value>: Error, @unchecked Sendable {
    var value: Value
}

enum Either<Left, Right> {
    case left(Left)
    case right(Right)
    case neither
}

indirect enum List<Element> {
    case node(Element, List)
    case end
}

struct Owned<Value: ~Copyable>: ~Copyable {
    var value: Value
    let number = opaque(7)
}

final class MovableBox<Value: ~Copyable> {
    private let value: Value

    init(_ value: consuming Value) { self.value = value }
}

final class OwnedBox<Value: ~Copyable> {
    private let owned: Owned<Value>
    private let after = Twig()

    init(_ value: consuming Value) { owned = Owned(value: value) }
}

final class OwnedOptionalBox<Value: ~Copyable> {
    private var owned: Owned<Value>?
    private var none: Owned<Value>?

    init(_ value: consuming Value) {
        owned = Owned(value: value)
        none = nil
    }
}

final class MutexBox<Value> {
    private let before = Twig()
    private let mutex: Mutex<Wrap<Value>>
    private let after = text(40)

    init(_ value: Value) {
        nonisolated(unsafe) let wrap = Wrap(value: value)
        mutex = Mutex(wrap)
    }
}
