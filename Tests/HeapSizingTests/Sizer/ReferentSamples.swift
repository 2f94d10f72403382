import HeapSizing
import TrackingRecords

/// One object with a property of each kind.
final class Everything {
    var optional: Twig? = Twig()
    var missing: Twig?
    var pair = DrawerPair(left: Twig(), right: text(30))
    var single = Wrap(value: Twig())
    var number = opaque(5)
    var inline = text(3)
    var texts: [String] = [text(20), text(2), text(60)]
    var ages: [String: [Int]] = [text(30): [opaque(1)], "short": [opaque(2), opaque(3)]]
    var names: Set<String> = [text(33)]
    var payload = Either<Twig, [Twig]>.right([Twig(), Twig()])
    var neither = opaque(Either<Twig, [Twig]>.neither)
    var large: any Marked = Wrap(value: (Twig(), text(40), opaque(3)))
    var inlined: any Marked = DrawerPair(left: Twig(), right: text(40))
    var small: any Marked = Wrap(value: Twig())
    var anything: Any = (Twig(), text(25), opaque(3))
    var action: () -> Int
    var keeper = Keeper(text(40))
    var tuple = (first: Twig(), text(50))
    var list = List.node(text(20), .node(text(21), .end))
    var inlineArray: InlineArray<2, Twig> = [Twig(), Twig()]
    var error: any Error = WrapError(value: [Twig()])
    weak var watched: Twig?
    unowned var owner: Twig
    lazy var late = text(70)
    @Clamped var level = [opaque(3)]

    init(owner: Twig) {
        self.owner = owner
        watched = owner
        let captured = Twig()
        let label = text(45)
        action = { captured.number + label.utf8.count }
        _ = late
    }
}

struct DrawerPair: Marked {
    var left: Twig
    var right: String
}

@propertyWrapper struct Clamped<Value> {
    var wrappedValue: Value
}

final class Employee {
    let name: String
    let badge: Badge

    init(_ name: String, badge: Badge) {
        self.name = name
        self.badge = badge
    }
}

final class Badge {
    let picture = [UInt8](repeating: opaque(1), count: 100)
}

class Company {
    var employees: [Employee] = []
}

final class Subsidiary: Company {
    var motto = text(30)
}

/// A node of a list, or of a ring.
final class Link {
    var label: String
    var next: Link?

    init(_ label: String, next: Link? = nil) {
        self.label = label
        self.next = next
    }
}

extension SizedObject {
    /// The referent of that name, at the end of a path.
    subscript(_ path: String...) -> SizedObject? {
        path.reduce(Optional(self)) { object, name in object?.referents.first { $0.name == name } }
    }

    /// What is listed of each object adds up to it, as deep as it goes.
    var addsUp: Bool {
        (referents.isEmpty || flat + referents.reduce(0) { $0 + $1.size } == size) && flat <= size
            && referents.allSatisfy(\.addsUp)
    }

    var depth: Int { 1 + (referents.map(\.depth).max() ?? 0) }
}
