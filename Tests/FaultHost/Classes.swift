import Synchronization

// What the service makes, changes and drops.

class Session {
    var text = ""
    var numbers: [Int] = []
}

final class AdminSession: Session {
    var rights: [String: Int] = [:]
}

/// Met for the first time when a mode wants it.
final class LateSession: Session {
    var more = 0
}

final class Cache<Value> {
    var values: [Value] = []
}

final class Chain<Value> {
    var value: Value
    var next: Chain?

    init(_ value: Value) { self.value = value }
}

actor Ledger {
    var entries: [String] = []
}

actor Box<Value> {
    var value: Value?
}

enum Outer {
    final class Inner {
        var friends: [Session] = []
    }
}

/// A class, and how to make an instance of it.
struct Kind: Sendable {
    let name: String
    let type: AnyClass
    let make: @Sendable (Int) -> AnyObject

    init<Object: AnyObject>(_ name: String, _ type: Object.Type, _ make: @escaping @Sendable (Int) -> Object) {
        self.name = name
        self.type = type
        self.make = make
    }

    static let all: [Kind] = [
        Kind("Session", Session.self) { _ in Session() },
        Kind("AdminSession", AdminSession.self) { _ in AdminSession() },
        Kind("Cache<Int>", Cache<Int>.self) { _ in Cache<Int>() },
        Kind("Cache<String>", Cache<String>.self) { _ in Cache<String>() },
        Kind("Chain<Int>", Chain<Int>.self) { Chain($0) },
        Kind("Ledger", Ledger.self) { _ in Ledger() },
        Kind("Box<[Int]>", Box<[Int]>.self) { _ in Box<[Int]>() },
        Kind("Inner", Outer.Inner.self) { _ in Outer.Inner() },
    ]
}

/// What the host itself has counted of a class.
final class Tally: Sendable {
    let made = Atomic(0)
    let dropped = Atomic(0)
}
