import Synchronization

final class Leaf: Hashable, Sendable {
    static func == (one: Leaf, other: Leaf) -> Bool { one === other }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

struct NoncopyableToken: ~Copyable {
    var leaf = Leaf()
    var number = 1
}

enum NoncopyableChoice: ~Copyable {
    case token(NoncopyableToken)
    case leaf(Leaf)
    case none
}

/// A generic type that is copyable if its argument is, which makes it visible in one field and hidden in the next.
struct Conditional<Value: ~Copyable>: ~Copyable {
    var number = 1
}

extension Conditional: Copyable where Value: Copyable {}

struct NoncopyablePool<Value: ~Copyable>: ~Copyable {
    var leaf: Leaf?
    var number = 1
}

enum NoncopyableOuter {
    struct Inner: ~Copyable {
        var leaf = Leaf()
    }

    struct Generic<Value> {
        struct Inner: ~Copyable {
            var value: Value?
        }

        struct Deeper<Other: ~Copyable>: ~Copyable {
            var value: Value?
        }
    }
}

extension NoncopyableOuter {
    fileprivate struct Secret: ~Copyable {
        var leaf = Leaf()
    }
}

private struct SecretState {
    var leaves: [Leaf] = []
}

private struct SecretToken: ~Copyable {
    var leaf = Leaf()
}

extension Array {
    struct NoncopyableExtension: ~Copyable {
        var element: Element?
    }
}

extension Conditional where Value: ~Copyable {
    struct Constrained: ~Copyable {
        var leaf = Leaf()
    }
}

/// Repeats words of other names, which manglings abbreviate.
final class LeafPoolTokenLeaf: Hashable, Sendable {
    static func == (one: LeafPoolTokenLeaf, other: LeafPoolTokenLeaf) -> Bool { one === other }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

protocol NoncopyableSampleProtocol: Sendable {}

/// A field of each kind that is hidden.
final class HiddenFields {
    let dictionary = Mutex<[String: Leaf]>([:])
    let optional = Mutex<Leaf?>(nil)
    let number = Mutex<Int>(0)
    let nothing = Mutex<Void>(())
    let atomic = Atomic<Int>(0)
    let lazy = AtomicLazyReference<Leaf>()
    var token = NoncopyableToken()
    var choice = NoncopyableChoice.none
    var pool = NoncopyablePool<Int>()
    var tokenPool = NoncopyablePool<NoncopyableToken>()
    var mutexPool = NoncopyablePool<Mutex<[Leaf]>>()
    var inner = NoncopyableOuter.Inner()
    var genericInner = NoncopyableOuter.Generic<Leaf>.Inner()
    var genericDeeper = NoncopyableOuter.Generic<Leaf>.Deeper<NoncopyableToken>()
    fileprivate var secretInner = NoncopyableOuter.Secret()
    fileprivate var secretToken = SecretToken()
    fileprivate let secretState = Mutex(SecretState())
    var optionalToken: NoncopyableToken?
    var optionalTwice: NoncopyableToken??
    var optionalChoice: NoncopyableChoice?
    var conditional = Conditional<NoncopyableToken>()
    var optionalConditional: Conditional<NoncopyableToken>?
    var constrained = Conditional<NoncopyableToken>.Constrained()
    var inExtension = [String].NoncopyableExtension()
    let tuple = Mutex<(Int, leaf: Leaf, String)>((0, Leaf(), ""))
    let closure = Mutex<(@Sendable (Int, Leaf) throws -> Leaf)?>(nil)
    let asynchronous = Mutex<(@MainActor @Sendable () async -> Void)?>(nil)
    let error = Mutex<(any Error)?>(nil)
    let anything = Mutex<[any NoncopyableSampleProtocol]>([])
    let composed = Mutex<(any NoncopyableSampleProtocol & Hashable)?>(nil)
    let metatype = Mutex<Leaf.Type>(Leaf.self)
    let words = Mutex<[Leaf: LeafPoolTokenLeaf]>([:])
    let repeated = Mutex<[LeafPoolTokenLeaf: [LeafPoolTokenLeaf: Leaf]]>([:])
    var array = InlineArray<3, NoncopyableToken> { _ in NoncopyableToken() }

    /// The types of the fields, as the compiler knows them.
    static var expected: [(name: String, metadata: UInt)] {
        [
            ("dictionary", address(Mutex<[String: Leaf]>.self)),
            ("optional", address(Mutex<Leaf?>.self)),
            ("number", address(Mutex<Int>.self)),
            ("nothing", address(Mutex<Void>.self)),
            ("atomic", address(Atomic<Int>.self)),
            ("lazy", address(AtomicLazyReference<Leaf>.self)),
            ("token", address(NoncopyableToken.self)),
            ("choice", address(NoncopyableChoice.self)),
            ("pool", address(NoncopyablePool<Int>.self)),
            ("tokenPool", address(NoncopyablePool<NoncopyableToken>.self)),
            ("mutexPool", address(NoncopyablePool<Mutex<[Leaf]>>.self)),
            ("inner", address(NoncopyableOuter.Inner.self)),
            ("genericInner", address(NoncopyableOuter.Generic<Leaf>.Inner.self)),
            ("genericDeeper", address(NoncopyableOuter.Generic<Leaf>.Deeper<NoncopyableToken>.self)),
            ("secretInner", address(NoncopyableOuter.Secret.self)),
            ("secretToken", address(SecretToken.self)),
            ("secretState", address(Mutex<SecretState>.self)),
            ("optionalToken", address(NoncopyableToken?.self)),
            ("optionalTwice", address(NoncopyableToken??.self)),
            ("optionalChoice", address(NoncopyableChoice?.self)),
            ("conditional", address(Conditional<NoncopyableToken>.self)),
            ("optionalConditional", address(Conditional<NoncopyableToken>?.self)),
            ("constrained", address(Conditional<NoncopyableToken>.Constrained.self)),
            ("inExtension", address([String].NoncopyableExtension.self)),
            ("tuple", address(Mutex<(Int, leaf: Leaf, String)>.self)),
            ("closure", address(Mutex<(@Sendable (Int, Leaf) throws -> Leaf)?>.self)),
            ("asynchronous", address(Mutex<(@MainActor @Sendable () async -> Void)?>.self)),
            ("error", address(Mutex<(any Error)?>.self)),
            ("anything", address(Mutex<[any NoncopyableSampleProtocol]>.self)),
            ("composed", address(Mutex<(any NoncopyableSampleProtocol & Hashable)?>.self)),
            ("metatype", address(Mutex<Leaf.Type>.self)),
            ("words", address(Mutex<[Leaf: LeafPoolTokenLeaf]>.self)),
            ("repeated", address(Mutex<[LeafPoolTokenLeaf: [LeafPoolTokenLeaf: Leaf]]>.self)),
            ("array", address(InlineArray<3, NoncopyableToken>.self)),
        ]
    }
}

class HiddenBox<Value> {
    let values = Mutex<[Value]>([])
    var pool = NoncopyablePool<Value>()
    var inner = NoncopyableOuter.Generic<Value>.Inner()
    let pair = Mutex<(Value, Leaf)?>(nil)

    static var expected: [(name: String, metadata: UInt)] {
        [
            ("values", address(Mutex<[Value]>.self)),
            ("pool", address(NoncopyablePool<Value>.self)),
            ("inner", address(NoncopyableOuter.Generic<Value>.Inner.self)),
            ("pair", address(Mutex<(Value, Leaf)?>.self)),
        ]
    }
}

class HiddenPair<Token: ~Copyable, Values: Sequence> where Values.Element: Hashable {
    var pool = NoncopyablePool<Token>()
    let elements = Mutex<[Values.Element]>([])
    let byElement = Mutex<[Values.Element: Values]>([:])

    static var expected: [(name: String, metadata: UInt)] {
        [
            ("pool", address(NoncopyablePool<Token>.self))
        ]
    }

    /// The compiler's symbols do not say which protocol `Element` belongs to, without which the runtime does not know it.
    static var ambiguous: [(name: String, metadata: UInt)] {
        [
            ("elements", address(Mutex<[Values.Element]>.self)),
            ("byElement", address(Mutex<[Values.Element: Values]>.self)),
        ]
    }

    class Nested<Key: Hashable> {
        let values = Mutex<[Key: Values]>([:])

        static var expected: [(name: String, metadata: UInt)] {
            [("values", address(Mutex<[Key: Values]>.self))]
        }
    }
}

/// A type that only a function knows, with the type of its field.
func localType() -> (type: AnyClass, expected: UInt) {
    struct Local: ~Copyable {
        var leaf = Leaf()
    }
    final class Holder {
        var local = Local()
    }
    return (Holder.self, address(Local.self))
}

/// The address of a type's metadata.
func address<Value: ~Copyable & ~Escapable>(_ type: Value.Type) -> UInt {
    unsafeBitCast(type, to: UInt.self)
}
