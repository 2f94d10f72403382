import TrackingTestSupport

/// Makes values that depend on nothing but the seed.
struct RandomValueGenerator {
    private var random: SeededGenerator
    private var budget: Int
    /// Objects made so far, for later values to share.
    private var objects: [RandomObject] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        budget = 4 + random.below(40)
    }

    static func value(seed: UInt64) -> RandomValue {
        var generator = RandomValueGenerator(seed: seed)
        return generator.value()
    }

    private mutating func value() -> RandomValue {
        budget -= 1
        guard budget > 0 else { return leaf() }
        return switch random.below(4) {
        case 0: leaf()
        case 1: container()
        case 2: holder()
        default: erased()
        }
    }

    private mutating func leaf() -> RandomValue {
        switch random.below(8) {
        case 0: .nothing
        case 1: .number(random.below(1 << 60))
        case 2: .flag(random.below(2) == 0, UInt8(random.below(256)))
        case 3: .string(string())
        case 4: .substring(string().dropFirst(random.below(9)))
        case 5: .optional(random.below(2) == 0 ? nil : string())
        case 6: .list(list(random.below(4)))
        default: .type(random.below(2) == 0 ? Int.self : RandomObject.self)
        }
    }

    private mutating func container() -> RandomValue {
        switch random.below(7) {
        case 0: .pair(value(), value())
        case 1: .array(values())
        case 2: .strings(ContiguousArray((0..<random.below(5)).map { _ in string() }))
        case 3: .slice(values().dropFirst(random.below(3)))
        case 4: .byName(dictionary())
        case 5: .byNumber(objectsByNumber())
        default: .names(Set((0..<random.below(20)).map { _ in string() }))
        }
    }

    private mutating func holder() -> RandomValue {
        switch random.below(8) {
        case 0: .object(object())
        case 1: .closure(closure())
        case 2: variable()
        case 3: .either(random.below(2) == 0 ? .left(object()) : .right(value()))
        case 4: .wrapped(Wrap(value: (value(), Int8(random.below(100)), string())))
        case 5: weak()
        case 6: .result(random.below(2) == 0 ? .success(object()) : .failure(fault()))
        default: .object(subobject())
        }
    }

    private mutating func erased() -> RandomValue {
        switch random.below(5) {
        case 0: .plain(thing())
        case 1: .any(anything())
        case 2: .anys((0..<random.below(4)).map { _ in anything() })
        case 3: .error(fault())
        default: .hashable(hashable())
        }
    }

    private mutating func thing() -> any RandomThing {
        switch random.below(5) {
        case 0: RandomSmall(value: value(), flag: true)
        case 1: RandomLarge(first: value(), name: string(), second: nil, object: object(), thing: nil)
        case 2: RandomLarge(first: .nothing, name: string(), second: value(), object: nil, thing: thing())
        case 3: RandomBox(values(), random.below(2) == 0)
        default: object()
        }
    }

    private mutating func anything() -> Any {
        switch random.below(9) {
        case 0: random.below(1000)
        case 1: string()
        case 2: values()
        case 3: (object(), string())
        case 4: (string(), value(), string(), true)
        case 5: closure()
        case 6: Optional(value()) as Any
        case 7: RandomBox((value(), UInt8(3), string()), false)
        default: thing()
        }
    }

    private mutating func fault() -> RandomFault {
        switch random.below(3) {
        case 0: .small
        case 1: .text(string())
        default: .value(object(), random.below(9))
        }
    }

    private mutating func hashable() -> AnyHashable {
        switch random.below(4) {
        case 0: AnyHashable(random.below(100))
        case 1: AnyHashable(string())
        case 2: AnyHashable([string(), string()])
        default: AnyHashable(RandomKey(name: string(), numbers: Array(0..<random.below(20))))
        }
    }

    private mutating func closure() -> () -> RandomValue {
        let number = random.below(100)
        let name = string()
        let value = value()
        switch random.below(5) {
        case 0: return { .number(number) }
        case 1: return { .string(name) }
        case 2: return { value }
        case 3: return { .pair(value, .string(name)) }
        default:
            // Held by the inner closure: what only weak references refer to leaves a block behind that nothing owns.
            let object = object()
            let inner = { number > 50 ? RandomValue.object(object) : value }
            return { [weak object] in object == nil ? .nothing : inner() }
        }
    }

    private mutating func variable() -> RandomValue {
        var count = random.below(100)
        var kept = [value()]
        return .variable(
            { count + kept.count },
            { next in
                count = next
                kept.append(.number(next))
            }
        )
    }

    private mutating func object() -> RandomObject {
        if !objects.isEmpty, random.below(3) == 0 { return objects[random.below(objects.count)] }
        let object = RandomObject(value(), random.below(100))
        objects.append(object)
        return object
    }

    private mutating func weak() -> RandomValue {
        let object = object()
        return .weak(RandomWeak(object: random.below(2) == 0 ? object : nil, strong: object))
    }

    private mutating func subobject() -> RandomObject {
        let object = RandomSubobject(value(), 3)
        object.more = random.below(2) == 0 ? nil : value()
        object.name = string()
        return object
    }

    private mutating func values() -> [RandomValue] { (0..<random.below(4)).map { _ in value() } }

    private mutating func dictionary() -> [String: RandomValue] {
        var dictionary: [String: RandomValue] = [:]
        for _ in 0..<random.below(5) { dictionary[string()] = value() }
        return dictionary
    }

    private mutating func objectsByNumber() -> [Int: RandomObject?] {
        var dictionary: [Int: RandomObject?] = [:]
        for number in 0..<random.below(6) {
            dictionary.updateValue(random.below(3) == 0 ? nil : object(), forKey: number)
        }
        if random.below(2) == 0 { dictionary.removeValue(forKey: 1) }
        return dictionary
    }

    private mutating func string() -> String { text(random.below(45), of: random.below(9) == 0 ? "\u{e9}" : "x") }

    private mutating func list(_ count: Int) -> List<String> {
        count == 0 ? .end : .node(string(), list(count - 1))
    }
}
