import Synchronization

/// Every kind of container that any value can be put into.
enum Nests {
    static func measurements<Value>(of make: @Sendable () -> Value) -> [(nest: String, measurement: Measurement)] {
        inCollections(make) + inEnums(make) + inObjects(make) + inClosures(make) + inMovables(make)
    }

    private static func inCollections<Value>(
        _ make: @Sendable () -> Value
    ) -> [(nest: String, measurement: Measurement)] {
        [
            ("three in an array", measure { [make(), make(), make()] }),
            ("in an array of optionals", measure { [make(), nil, make()] as [Value?] }),
            ("in a slice", measure { ([make(), make(), make()] as [Value])[1...] }),
            ("in a dictionary", measure { [1: make(), opaque(2): make()] }),
            ("in a dictionary of arrays", measure { [text(20): [make()], text(1): [make(), make()]] }),
            ("in a tuple", measure { (make(), opaque(true), make()) }),
            ("in an inline array", measure { InlineArray<2, Value> { _ in make() } }),
            ("in a lazy collection", measure { [make(), make()].lazy.filter { _ in true }.map { [$0] } }),
        ]
    }

    private static func inEnums<Value>(_ make: @Sendable () -> Value) -> [(nest: String, measurement: Measurement)] {
        [
            ("in an optional", measure { Optional(make()) }),
            ("nil", measure { opaque(Value?.none) }),
            ("in three optionals", measure { Value???.some(make()) }),
            ("nil in an optional", measure { opaque(Value???.some(.some(nil))) }),
            ("on the left", measure { Either<Value, Twig>.left(make()) }),
            ("on the right", measure { Either<Int, Value>.right(make()) }),
            ("beside the same", measure { Either<Value, Value>.right(make()) }),
            ("in neither", measure { opaque(Either<Value, Value>.neither) }),
            ("in a result", measure { Result<Value, any Error>.success(make()) }),
            ("in an indirect list", measure { List.node(make(), .node(make(), .end)) }),
        ]
    }

    private static func inObjects<Value>(_ make: @Sendable () -> Value) -> [(nest: String, measurement: Measurement)] {
        [
            ("in an object", measure({ Box(make()) }, object: instance)),
            ("in a subclass", measure({ PairBox(make(), make()) }, object: instance)),
            ("in an object after a byte", measure { ByteBox(make()) }),
            ("in an actor", measure { Keeper(make()) }),
            ("in Any", measure { make() as Any }),
            ("in an existential", measure { Wrap(value: make()) as any Marked }),
            ("in an optional existential", measure { Wrap(value: make()) as (any Marked)? }),
            ("in an existential in an array", measure { [Wrap(value: make()), Box(make())] as [any Marked] }),
            ("in an error", measure { WrapError(value: make()) as any Error }),
            (
                "deep within",
                measure { [text(30): Either<[Value?], any Marked>.left([make(), nil]), "b": .right(Box([make()]))] }
            ),
        ]
    }

    private static func inClosures<Value>(_ make: @Sendable () -> Value) -> [(nest: String, measurement: Measurement)] {
        [
            ("captured", measure { capturing(make()) }),
            ("captured with a number", measure { capturing(make(), opaque(5)) }),
            ("captured as a variable", measure { capturingVariable(make()) }),
            ("captured by two closures", measure { sharing(make()) }),
            ("captured by a nested closure", measure { capturingTwice(make()) }),
        ]
    }

    private static func inMovables<Value>(_ make: @Sendable () -> Value) -> [(nest: String, measurement: Measurement)] {
        [
            ("in a noncopyable struct", measureMovable { Owned(value: make()) }),
            ("in a noncopyable struct in an object", measure { OwnedBox(make()) }),
            ("in a noncopyable optional in an object", measure { OwnedOptionalBox(make()) }),
            ("in a mutex in an object", measure { MutexBox(make()) }),
        ]
    }
}

/// The containers that a value can be moved into.
enum MovableNests {
    static func measurements<Value: ~Copyable>(
        of make: @Sendable () -> Value
    ) -> [(nest: String, measurement: Measurement)] {
        [
            ("in an optional", measureMovable { Optional(make()) }),
            ("in a noncopyable struct", measureMovable { Owned(value: make()) }),
            ("in an object", measure { OwnedBox(make()) }),
            ("in an optional in an object", measure { OwnedOptionalBox(make()) }),
            ("in an inline array", measureMovable { InlineArray<2, Value> { _ in make() } }),
            ("in an array of objects", measure { [OwnedBox(make()), OwnedBox(make())] }),
        ]
    }
}

@inline(never)
private func capturing<Value>(_ value: Value) -> () -> Value { { value } }

@inline(never)
private func capturing<Value>(_ value: Value, _ number: Int) -> () -> (Value, Int) { { (value, number) } }

@inline(never)
private func capturingVariable<Value>(_ value: Value) -> (Value) -> Value {
    var variable = value
    return { next in
        defer { variable = next }
        return variable
    }
}

@inline(never)
private func sharing<Value>(_ value: Value) -> (() -> Value, (Value) -> Void) {
    var variable = value
    return ({ variable }, { variable = $0 })
}

@inline(never)
private func capturingTwice<Value>(_ value: Value) -> () -> [Value] {
    let inner = { value }
    return { [inner(), inner()] }
}
