import Testing

@testable import ClassTracking

@Suite("Names of functions")
struct FunctionNameTests {
    @Test(
        "Modules, types and discriminators are left out",
        arguments: [
            ("example.Factory.hire(Swift.Int) -> ()", "Factory.hire(_:)"),
            ("example.Factory.hire(count: Swift.Int, at: Swift.Int) throws -> Swift.Bool", "Factory.hire(count:at:)"),
            ("static example.Factory.shared() -> example.Factory", "static Factory.shared()"),
            ("example.Site.__allocating_init(name: Swift.Int) -> example.Site", "Site.__allocating_init(name:)"),
            ("example.(Hidden in _408A76AB043BD3EF).make() -> ()", "Hidden.make()"),
            ("(extension in example):Swift.Array.twice() -> [A]", "Array.twice()"),
            ("closure #1 (Swift.Int) -> () in example.run(Swift.String) -> ()", "closure #1 in run(_:)"),
            ("example.Box.map<A>((A) -> B) -> example.Box<B>", "Box.map(_:)"),
            ("generic specialization <Swift.Int> of example.Box.get() -> A", "specialized Box.get()"),
            ("main", "main"),
            ("", ""),
        ]
    )
    func simplified(full: String, short: String) {
        #expect(FunctionName.simplified(full) == short)
    }

    @Test(
        "Brackets that do not match end nothing early and hang nothing",
        arguments: ["a.b(", "a.b)", "a.b<(c", "((((", "a.<>->("]
    )
    func unbalanced(text: String) { #expect(FunctionName.simplified(text).count <= text.count) }

    @Test("A symbol that is none of Swift's stays as it is")
    func foreign() {
        #expect(FunctionName.readable("malloc") == "malloc")
        #expect(FunctionName.readable("_ZN3foo3barEv") == "_ZN3foo3barEv")
        #expect(FunctionName.readable("$s7example7FactoryC4hireyySiF") == "Factory.hire(_:)")
    }
}
