import Testing

@Suite("Zoo: enums with one payload, and optionals", .countedAllocations)
struct EnumZooTests {
    @Test("An enum is sized to the byte", arguments: EnumZooTests.plain + EnumZooTests.optionals)
    func exact(_ zoo: ZooCase) { zoo.expectExact() }

    @Test(
        "Enums within every container are sized to the byte",
        arguments: EnumZooTests.plain + EnumZooTests.optionals
    )
    func nested(_ zoo: ZooCase) { zoo.expectExactNested() }

    @ZooBuilder static var plain: [ZooCase] {
        zoo("enum without payload") { opaque(Compass.west) }
        zoo("enum with a raw string") { opaque(Named.second) }
        zoo("enum with one case") { opaque(Only.one) }
        zoo("enum with one case of an object") { Sole.it(Twig(), text(20)) }
        zoo("one object and no empty case") { Single.some(Twig()) }
        zoo("one object and many empty cases, object") { Many.object(Twig()) }
        zoo("one object and many empty cases, last") { opaque(Many.sixth) }
        zoo("one string and many empty cases, string") { ManyStrings.text(text(20)) }
        zoo("one string and many empty cases, small string") { ManyStrings.text(text(5)) }
        zoo("one string and many empty cases, last") { opaque(ManyStrings.third) }
        zoo("one number and empty cases, number") { opaque(Maybe<Int>.some(3)) }
        zoo("one number and empty cases, none") { opaque(Maybe<Int>.none) }
        zoo("one flag and an object, object") { Maybe.some((opaque(true), Twig())) }
        zoo("one flag and an object, none") { opaque(Maybe<(Bool, Twig)>.never) }
        zoo("one payload of numbers and an object") { Maybe.some((opaque(1), Twig(), opaque(2))) }
        zoo("one closure") { Maybe<() -> Int>.some(counting(Twig())) }
        zoo("one closure, none") { opaque(Maybe<() -> Int>.never) }
        zoo("one existential") { Maybe<any Marked>.some(Wrap(value: text(20))) }
        zoo("one existential, none") { opaque(Maybe<any Marked>.none) }
        zoo("one Any") { Maybe<Any>.some(text(20)) }
        zoo("one class-bound existential") { Maybe<any Crowned>.some(Twig()) }
        zoo("one error") { Maybe<any Error>.some(WrapError(value: Twig())) }
        zoo("one array") { Maybe.some([text(20), text(30)]) }
        zoo("one metatype") { Maybe<Any.Type>.some(Twig.self) }
        zoo("one struct with a pointer last") { Maybe.some(Last()) }
        zoo("one enum with one enum") { Maybe.some(Maybe.some(Maybe.some(Twig()))) }
        zoo("one enum with one enum, none within") { opaque(Maybe<Maybe<Maybe<Twig>>>.some(.some(.never))) }
        zoo("one 128 byte payload") { Maybe.some(Large()) }
        zoo("one double") { opaque(Maybe<Double>.some(1)) }
        zoo("one struct of a small integer and a reference") { Maybe.some(Mixed()) }
        zoo("one weak holder") { Maybe.some(Holder()) }
    }

    @ZooBuilder static var optionals: [ZooCase] {
        zoo("optional object") { Optional(Twig()) }
        zoo("optional object, nil") { opaque(Twig?.none) }
        zoo("optional string") { Optional(text(20)) }
        zoo("optional string, nil") { opaque(String?.none) }
        zoo("optional number") { opaque(Int?.some(4)) }
        zoo("optional of optional of optional string") { String???.some(text(20)) }
        zoo("optional of optional nil") { opaque(String???.some(.some(nil))) }
        zoo("optional array") { Optional([Twig()]) }
        zoo("optional closure") { Optional(counting(Twig())) }
        zoo("optional closure, nil") { opaque((() -> Int)?.none) }
        zoo("optional Any") { Optional(text(20) as Any) }
        zoo("optional Any, nil") { opaque(Any?.none) }
        zoo("optional Any with an optional") { Optional(Optional(text(20)) as Any) }
        zoo("optional existential composition") { Optional(Twig() as any Marked & Sounding) }
        zoo("optional class-bound existential, nil") { opaque((any Crowned)?.none) }
        zoo("optional tuple") { Optional((opaque(1), text(20))) }
        zoo("optional struct with a flag first") { Optional(Flagged()) }
        zoo("optional struct of numbers only and an object last") { Optional(Last()) }
        zoo("optional large struct") { Optional(Large()) }
        zoo("optional large struct, nil") { opaque(Large?.none) }
        zoo("result, success") { Result<String, any Error>.success(text(20)) }
        zoo("result, failure") { Result<String, any Error>.failure(WrapError(value: text(30))) }
        zoo("result, failure of an enum") { Result<Twig, Fault>.failure(opaque(.timeout)) }
        zoo("result of Void") { opaque(Result<Void, any Error>.success(())) }
        zoo("result that cannot fail") { Result<Twig, Never>.success(Twig()) }
        zoo("optional slice") { Optional([Twig(), Twig()][1...]) }
        zoo("optional character") { Optional(Character("e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}")) }
        zoo("optional range of strings") { Optional(text(20)...text(30, of: "y")) }
    }
}

private func counting(_ leaf: Twig) -> () -> Int { { leaf.number } }

private enum Compass {
    case north
    case east
    case south
    case west
}

private enum Named: String {
    case first = "a rather long string that is the first"
    case second = "a rather long string that is the second"
}

private enum Only {
    case one
}

private enum Sole {
    case it(Twig, String)
}

private enum Single {
    case some(Twig)
}

private enum Many {
    case first
    case second
    case object(Twig)
    case third
    case fourth
    case fifth
    case sixth
}

private enum ManyStrings {
    case first
    case text(String)
    case second
    case third
}

private enum Maybe<Value> {
    case none
    case some(Value)
    case never
}

private enum Fault: Error {
    case timeout
    case refused(String)
}

private struct Last {
    var first = opaque(1)
    var second = opaque(2.0)
    var leaf = Twig()
}

private struct Flagged {
    var flag = opaque(true)
    var leaf = Twig()
    var name = text(19)
}

private struct Large {
    var names = (text(20), text(21), text(22), text(23), text(24), text(25), text(26))
    var leaf = Twig()
    var number = opaque(9)
}

private struct Mixed {
    var small = opaque(Int8(3))
    var leaf: Twig? = Twig()
    var flag: Bool? = opaque(nil)
}

private struct Holder {
    weak var nobody: Twig?
    var leaf = Twig()
}
