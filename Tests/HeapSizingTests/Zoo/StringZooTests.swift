import Testing

@Suite("Zoo: strings and other values of the standard library", .countedAllocations)
struct StringZooTests {
    @Test("A string is sized to the byte", arguments: StringZooTests.strings + StringZooTests.values)
    func exact(_ zoo: ZooCase) { zoo.expectExact() }

    @Test(
        "Strings within every container are sized to the byte",
        arguments: StringZooTests.strings + StringZooTests.values
    )
    func nested(_ zoo: ZooCase) { zoo.expectExactNested() }

    @ZooBuilder static var strings: [ZooCase] {
        zoo("empty string") { opaque("") }
        zoo("small string") { text(15) }
        zoo("shortest string on the heap") { text(16) }
        zoo("long string") { text(100_000) }
        zoo("string literal") { opaque("a literal that is longer than fifteen bytes") }
        zoo("string appended to a literal") { opaque("a literal that is longer than fifteen bytes") + text(1) }
        zoo("interpolated string") { "a number of some length: \(opaque(1_234_567)), and text \(text(20))" }
        zoo("string with reserved capacity") { reserved(text(1), 400) }
        zoo("empty string with reserved capacity") { reserved("", 100) }
        zoo("string that grew") { grown(300) }
        zoo("string beyond ASCII") { text(20, of: "\u{e9}") }
        zoo("string with breadcrumbs") { crumbled(text(400, of: "\u{e9}")) }
        zoo("string with breadcrumbs of an odd length") { crumbled(text(333, of: "\u{20ac}")) }
        zoo("string read as UTF-16, ASCII") { crumbled(text(400)) }
        zoo("copies of one string") { copies(text(30)) }
        zoo("substring of a heap string") { text(100).dropFirst(opaque(90)) }
        zoo("substring of a small string") { text(10).dropFirst(opaque(4)) }
        zoo("substring of a literal") { opaque("a literal that is longer than fifteen bytes").dropFirst(4) }
        zoo("substrings of one string") { text(100).split(separator: "y") + text(40).split(separator: "y") }
        zoo("string of a substring") { String(text(100).dropFirst(opaque(30))) }
        zoo("uppercased string") { text(60).uppercased() }
        zoo("string from bytes") { String(decoding: [UInt8](repeating: 65, count: opaque(50)), as: UTF8.self) }
        zoo("character") { opaque(Character("a")) }
        zoo("character of a long grapheme cluster") { cluster() }
        zoo("characters of a string") { Array(text(5)) }
        zoo("UTF-8 view") { text(40).utf8 }
        zoo("UTF-16 view") { text(40).utf16 }
        zoo("scalars view") { text(40).unicodeScalars }
        zoo("substring's UTF-8 view") { text(40).dropFirst(3).utf8 }
        zoo("string index") { text(40).startIndex }
        zoo("range of string indices") { range(text(40)) }
        zoo("string iterator") { text(40).makeIterator() }
        zoo("static string") { opaque("static" as StaticString) }
        zoo("unicode scalar") { opaque("a" as Unicode.Scalar) }
    }

    @ZooBuilder static var values: [ZooCase] {
        zoo("object identifier") { ObjectIdentifier(Twig()) }
        zoo("integers of every width") { (opaque(Int8(1)), opaque(UInt128(2)), opaque(Int32(1)), opaque(UInt64.max)) }
        zoo("floating point") { (opaque(1.5), opaque(Float(2.5))) }
        zoo("range") { 0..<opaque(100) }
        zoo("closed range of strings") { text(20)...text(30, of: "y") }
        zoo("partial range of strings") { text(20)... }
        zoo("stride") { stride(from: 0, to: opaque(10), by: 3) }
        zoo("duration and instant") { (Duration.seconds(opaque(4)), ContinuousClock.now) }
        zoo("hasher") { hasher() }
        zoo("generator") { SystemRandomNumberGenerator() }
        zoo("mirror of an object") { Mirror(reflecting: Twig()) }
        zoo("vectors") { (opaque(SIMD2<Double>(1, 2)), opaque(SIMD32<UInt8>(repeating: 3))) }
        zoo("collection difference") { [text(20), text(21)].difference(from: [text(22)]) }
        zoo("unsafe pointer that nobody owns") { UnsafeMutablePointer<Int>(bitPattern: opaque(64)) }
        zoo("raw buffer pointer that nobody owns") { UnsafeRawBufferPointer(start: nil, count: 0) }
        zoo("dictionary literal") { [text(20): Twig(), text(21): Twig()] as KeyValuePairs }
        zoo("empty dictionary literal") { [:] as KeyValuePairs<String, Twig> }
        zoo("regular expression's captures") { (text(20).startIndex, opaque(4) as Int?, nil as Twig?) }
    }
}

private func reserved(_ string: String, _ capacity: Int) -> String {
    var string = string
    string.reserveCapacity(capacity)
    return string
}

private func grown(_ count: Int) -> String {
    var string = ""
    for number in 0..<opaque(count) { string += "\(number)" }
    return string
}

/// Indexing by UTF-16 offset leaves an index of offsets behind in the string's storage.
private func crumbled(_ string: String) -> String {
    let utf16 = string.utf16
    _ = opaque(utf16[utf16.index(utf16.startIndex, offsetBy: utf16.count - 3)])
    return string
}

private func copies(_ string: String) -> [String] { [string, string, string] }

private func cluster() -> Character {
    var string = text(1)
    for _ in 0..<opaque(20) { string.unicodeScalars.append("\u{301}") }
    return string.first ?? " "
}

private func range(_ string: String) -> Range<String.Index> { string.startIndex..<string.endIndex }

private func hasher() -> Hasher {
    var hasher = Hasher()
    hasher.combine(text(20))
    return hasher
}
