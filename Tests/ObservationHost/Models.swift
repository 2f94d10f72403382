import Foundation

// Unchanged classes, as a service has them.

final class Leaf {
    var value = 1
}

class Base {
    var value = 1
}

class Derived: Base {
    var text = "a text that does not fit into a string itself"
}

class Box<Value> {
    var value: Value

    init(_ value: Value) { self.value = value }
}

final class Pair<First, Second>: Box<First> {
    var second: Second

    init(_ first: First, _ second: Second) {
        self.second = second
        super.init(first)
    }
}

actor Counter {
    var count = 0
}

enum Outer {
    final class Nested {
        var value = 1
    }
}

extension Outer {
    final class Added {
        var value = 1
    }
}

private final class Hidden {
    var value = 1
}

let hiddenClass: AnyClass = Hidden.self
func makeHidden() -> AnyObject { Hidden() }

func makeLocal() -> AnyObject {
    final class Local {
        var value = 1
    }
    return Local()
}

final class Model: NSObject {
    var value = 1
}

class Fallible {
    let text: String

    struct Refusal: Error {}

    init?(_ isGood: Bool) {
        guard isGood else { return nil }
        text = "a text that does not fit into a string itself"
    }

    init(throwing: Bool) throws {
        guard !throwing else { throw Refusal() }
        text = ""
    }
}

final class FallibleHeir: Fallible {
    let object = Leaf()

    override init(throwing: Bool) throws {
        try super.init(throwing: throwing)
    }
}
