/// Makes closures, each over something else.
enum Make {
    static func number(_ number: Int) -> () -> Int { { number } }

    static func byteAndNumber(_ byte: UInt8, _ number: Int) -> () -> Int { { Int(byte) + number } }

    static func object(_ leaf: Twig) -> () -> Int { { leaf.number } }

    static func objects(_ leaf: Twig, _ box: Box<String>) -> () -> Int { { leaf.number + box.value.count } }

    static func string(_ string: String) -> () -> Int { { string.count } }

    static func array(_ array: [String]) -> () -> Int { { array.count } }

    static func many(_ leaf: Twig, _ name: String, _ number: Int, _ leaves: [Twig], _ flag: Bool) -> () -> Int {
        { leaf.number + name.count + number + leaves.count + (flag ? 1 : 0) }
    }

    static func variable() -> () -> Int {
        var count = opaque(0)
        return {
            count += 1
            return count
        }
    }

    static func variableObject(_ leaf: Twig) -> (Twig) -> Int {
        var current = leaf
        return { next in
            defer { current = next }
            return current.number
        }
    }

    static func sharedVariable(_ string: String) -> (get: () -> String, set: (String) -> Void) {
        var variable = string
        return ({ variable }, { variable = $0 })
    }

    static func sharedVariables() -> [() -> Int] {
        var names = [text(20)]
        var leaf: Twig? = Twig()
        return [
            { names.count },
            {
                leaf = nil
                return names.count
            },
            {
                names.append(text(30))
                return leaf?.number ?? 0
            },
        ]
    }

    static func closure(_ closure: @escaping () -> Int) -> () -> Int { { closure() + 1 } }

    static func compose(_ first: @escaping () -> Int, _ second: @escaping () -> Int) -> () -> Int {
        { first() + second() }
    }

    static func existential(_ value: any Marked) -> () -> any Marked { { value } }

    static func crowned(_ value: any Crowned) -> () -> any Crowned { { value } }

    static func error(_ error: any Error) -> () throws -> Void { { throw error } }

    static func any(_ value: Any) -> () -> Any { { value } }

    static func tuple(_ tuple: (Twig, String)) -> () -> Int { { tuple.0.number + tuple.1.count } }

    static func either(_ either: Either<Twig, String>) -> () -> Either<Twig, String> { { either } }

    static func list(_ list: List<Int>) -> () -> List<Int> { { list } }

    static func optional(_ string: String?) -> () -> Int? { { string?.count } }

    static func structure<Value>(_ value: Value) -> () -> Value { { value } }

    static func fromInout() -> () -> String {
        var wrap = Wrap(value: text(20))
        return changing(&wrap)
    }

    private static func changing(_ wrap: inout Wrap<String>) -> () -> String {
        wrap.value += "y"
        let copy = wrap
        wrap.value += "z"
        return { [wrap] in copy.value + wrap.value }
    }

    static func vector(_ vector: SIMD4<Double>, _ leaf: Twig) -> () -> Double { { vector.sum() + Double(leaf.number) } }

    static func metatype(_ type: Any.Type, _ leaf: Twig) -> () -> (Any.Type, Twig) { { (type, leaf) } }

    static func dictionary(_ dictionary: [String: Twig]) -> () -> Int { { dictionary.count } }

    static func actor(_ actor: Keeper<Twig>) -> () -> AnyObject { { actor } }

    static func lazy() -> () -> Twig {
        lazy var leaf = Twig()
        return { leaf }
    }

    static func generic<Value>(_ value: Value) -> () -> Value { { value } }

    static func genericPair<First, Second>(_ first: First, _ second: Second) -> () -> (First, Second) {
        { (first, second) }
    }

    static func genericArray<Value>(_ value: Value) -> () -> Int {
        let values = [value, value]
        return { values.count }
    }

    static func genericMixed<First, Second: Collection>(_ first: First, _ second: Second) -> () -> (First?, Int) {
        let optional = Optional(first)
        let elements = Array(second)
        return { (optional, elements.count) }
    }

    static func genericVariable<Value>(_ value: Value) -> (Value) -> Value {
        var variable = value
        return { next in
            defer { variable = next }
            return variable
        }
    }

    static func curried(_ leaf: Twig) -> (String) -> () -> Int {
        { name in { name.count + leaf.number } }
    }

    static func auto(_ value: @autoclosure @escaping () -> Int) -> () -> Int { value }

    static func sendable(_ name: String, _ number: Int) -> @Sendable () -> Int { { name.count + number } }

    static func asynchronous(_ leaf: Twig, _ name: String) -> () async -> Int { { leaf.number + name.count } }

    static func asynchronousThrowing(_ leaf: Twig) -> () async throws -> Int { { leaf.number } }

    static func main(_ name: String, _ number: Int) -> @MainActor () -> Int { { name.count + number } }

    static func throwing(_ leaf: Twig, _ number: Int) -> () throws(CancellationError) -> Int {
        { () throws(CancellationError) in
            guard number > 0 else { throw CancellationError() }
            return leaf.number
        }
    }

    static func modifying<Value>(_ value: Value) -> (inout [Value]) -> Void { { $0.append(value) } }

    static func mapping(_ leaf: Twig) -> (Int) -> String? { { text($0 + leaf.number) } }

    static func localFunction(_ name: String) -> (Int) -> Int {
        func count(_ number: Int) -> Int { name.count + number }
        return count
    }

    static func recursiveFunction(_ leaf: Twig) -> (Int) -> Int {
        func descend(_ number: Int) -> Int { number == 0 ? leaf.number : descend(number - 1) }
        return descend
    }

    static func cFunction() -> @convention(c) (Int32) -> Int32 { { $0 + 1 } }

    static func keyPath(_ function: @escaping (String) -> Int) -> (String) -> Int { function }
}

/// Makes closures in generic code that is compiled once for all types.
enum Unspecialised {
    @inline(never)
    @_optimize(none)
    static func value<Value>(_ value: Value) -> () -> Value { { value } }

    @inline(never)
    @_optimize(none)
    static func pair<First, Second>(_ first: First, _ second: Second) -> () -> (First, Second) { { (first, second) } }

    @inline(never)
    @_optimize(none)
    static func array<Value>(_ value: Value) -> () -> Int {
        let values = [value, value]
        return { values.count }
    }

    @inline(never)
    @_optimize(none)
    static func dictionary<Key: Hashable, Value>(_ key: Key, _ value: Value) -> () -> Value? {
        let values = [key: Optional(value)]
        return { values[key] ?? nil }
    }

    @inline(never)
    @_optimize(none)
    static func either<Left, Right>(_ left: Left, _ right: Right) -> () -> [Either<Left, Right>] {
        let first = Either<Left, Right>.left(left)
        let second = Either<Left, Right>.right(right)
        return { [first, second] }
    }

    @inline(never)
    @_optimize(none)
    static func variable<Value>(_ value: Value) -> (Value) -> Value {
        var variable = value
        return { next in
            defer { variable = next }
            return variable
        }
    }

    @inline(never)
    @_optimize(none)
    static func collection<Elements: Collection>(_ elements: Elements) -> () -> Elements.Element? {
        let first = elements.first
        let rest = elements.dropFirst()
        return { rest.first ?? first }
    }

    @inline(never)
    @_optimize(none)
    static func object<Object: AnyObject>(_ object: Object) -> () -> Object { { object } }

    @inline(never)
    @_optimize(none)
    static func existential<Value>(_ value: Value) -> () -> Any {
        let any = Wrap(value: (value, value)) as any Marked
        return { any }
    }

    @inline(never)
    @_optimize(none)
    static func type<Value>(of value: Value) -> () -> Any.Type {
        { Value.self }
    }

    /// A generic class that makes closures over itself.
    final class Owner<Value> {
        private let value: Value

        init(_ value: Value) { self.value = value }

        @inline(never)
        @_optimize(none)
        func closure() -> () -> [Value] { { [self.value] } }

        func read() -> Value { value }
    }
}
