// Unchanged classes, as a service has them.

class Empty {}

/// A text that takes a block: literals cost nothing.
func text(_ label: String = "") -> String { String(repeating: "text ", count: 10) + label }

class Foo {
    var foo = text()
}

final class Bar: Foo {
    var bar = text("bar")
}

final class Employee {
    let name: String?
    let assigned: String
    let index: Int

    init(name: String? = nil, assigned: String, index: Int = 0) {
        self.name = name
        self.assigned = assigned
        self.index = index
    }
}

final class Factory {
    let name: String
    var employees: [Employee] = []

    init(name: String) { self.name = name }

    func populate(_ count: Int) {
        for index in 0..<count { employees.append(Employee(assigned: name, index: index)) }
    }
}

class Box<Value> {
    var value: Value

    init(_ value: Value) { self.value = value }
}

final class IntBox: Box<Int> {}

actor Counter {
    var count = 0

    func add() { count += 1 }
}

enum Outer {
    final class Nested {
        var value = 1
    }
}

private final class Hidden {
    var value = 2
}

func makeHidden() -> AnyObject { Hidden() }
let hiddenClass: AnyClass = Hidden.self

/// Frees what it made when its initialiser fails.
final class Fallible {
    let text: String

    init?(_ isGood: Bool) {
        text = "a text that does not fit into a string itself"
        guard isGood else { return nil }
    }

    struct Refusal: Error {}

    init(throwing: Bool) throws {
        guard !throwing else { throw Refusal() }
        text = ""
    }
}

class Base {
    var base = 1
}

class Derived: Base {
    var derived = 2
}

final class MostDerived: Derived {
    var mostDerived = 3
}

/// Has another one's contents, which two may share.
final class Holder {
    var content: [Int] = []
    var notMine: [Int] = []
    var other: AnyObject?
}
