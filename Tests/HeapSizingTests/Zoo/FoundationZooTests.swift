import Foundation
import Testing

@Suite("Zoo: Foundation", .countedAllocations)
struct FoundationZooTests {
    @Test("A value of Foundation is sized to the byte", arguments: FoundationZooTests.data + FoundationZooTests.values)
    func exact(_ zoo: ZooCase) { zoo.expectExact() }

    @Test(
        "Values of Foundation within every container are sized to the byte",
        arguments: FoundationZooTests.data + FoundationZooTests.values
    )
    func nested(_ zoo: ZooCase) { zoo.expectExactNested() }

    @Test("An object of Foundation is sized to the byte", arguments: FoundationZooTests.objects)
    func exactObjects(_ zoo: ZooCase) { zoo.expectExact() }

    @Test("Objects of Foundation within every container are sized to the byte", arguments: FoundationZooTests.objects)
    func nestedObjects(_ zoo: ZooCase) { zoo.expectExactNested() }

    @ZooBuilder static var data: [ZooCase] {
        zoo("empty data") { Data() }
        zoo("inline data") { Data([1, 2, opaque(3)]) }
        zoo("small data") { Data(repeating: 1, count: opaque(40)) }
        zoo("data of 1 KiB") { Data(repeating: 1, count: opaque(1024)) }
        zoo("data of 1 MiB") { Data(repeating: 1, count: opaque(1 << 20)) }
        zoo("data from an array") { Data([UInt8](repeating: 1, count: opaque(100))) }
        zoo("data that grew") { grown(300) }
        zoo("data with reserved capacity") { Data(capacity: opaque(1000)) }
        zoo("zeroed data") { Data(count: opaque(5000)) }
        zoo("slice of data") { Data(repeating: 1, count: opaque(100))[10..<30] }
        zoo("slice of large data") { Data(repeating: 1, count: opaque(100_000))[10..<90_000] }
        zoo("copies of data") { copies(Data(repeating: 1, count: opaque(100))) }
        zoo("data in an array") { [Data(repeating: 1, count: opaque(100)), Data([opaque(1)]), Data()] }
        zoo("data in a dictionary") { [text(20): Data(repeating: 1, count: opaque(40))] }
        zoo("optional data") { Optional(Data(repeating: 1, count: opaque(40))) }
        zoo("data of a string") { Data(text(40).utf8) }
        zoo("base64 data") { Data(repeating: 1, count: opaque(40)).base64EncodedData() }
        zoo("data captured") { Make.structure(Data(repeating: 1, count: opaque(40))) }
    }

    @ZooBuilder static var values: [ZooCase] {
        zoo("UUID") { UUID() }
        zoo("date") { Date(timeIntervalSince1970: opaque(5)) }
        zoo("date interval") { DateInterval(start: Date(), duration: opaque(4)) }
        zoo("URL") { URL(string: "https://www.example.org/" + text(30)) }
        zoo("URL with query and fragment") { URL(string: "https://example.org:8080/" + text(30) + "?q=a%20b#f") }
        zoo("file URL") { URL(fileURLWithPath: "/" + text(30), isDirectory: false) }
        zoo("relative URL") { URL(string: text(20), relativeTo: URL(string: "https://example.org/" + text(20))) }
        zoo("URL components") { URLComponents(string: "https://example.org/" + text(30) + "?a=b") }
        zoo("URL query item") { URLQueryItem(name: text(20), value: text(30)) }
        zoo("date components") { DateComponents(year: opaque(2026), month: 11) }
        zoo("decimal") { Decimal(opaque(12.5)) }
        zoo("index path of one") { IndexPath(index: opaque(1)) }
        zoo("index path of two") { IndexPath(indexes: [opaque(1), 2]) }
        zoo("index path of five") { IndexPath(indexes: [opaque(1), 2, 3, 4, 5]) }
        zoo("index set") { IndexSet([opaque(1), 2, 3, 9]) }
        zoo("empty index set") { IndexSet() }
        zoo("notification") { Notification(name: .init(text(20)), object: Twig(), userInfo: [text(20): Twig()]) }
        zoo("notification name") { Notification.Name(text(20)) }
        zoo("person name") { PersonNameComponents(givenName: text(20), familyName: text(30)) }
        zoo("attributed string, empty") { AttributedString() }
        zoo("attributed string") { AttributedString(text(30)) }
        zoo("coding user info") { CodingUserInfoKey(rawValue: text(20)) }
        zoo("affine values") { (CGPoint(x: opaque(1), y: 2), CGRect.zero, NSRange(location: opaque(1), length: 2)) }
        zoo("closures that make data") { [text(20): { Data([1]) } as () -> Data] }
    }

    @ZooBuilder static var objects: [ZooCase] {
        zoo("NSObject") { NSObject() }
        zoo("subclass of NSObject") { Derived() }
        zoo("subclass of a formatter") { Formatted() }
        zoo("subclass of NSObject with a closure") { Observer() }
        zoo("NSString") { NSString(string: text(40)) }
        zoo("NSMutableString") { NSMutableString(string: text(40)) }
        zoo("NSNumber") { NSNumber(value: opaque(123_456_789)) }
        zoo("NSNumber of a double") { NSNumber(value: opaque(1.25)) }
        zoo("NSArray of objects") { NSArray(array: [Twig(), Twig()]) }
        zoo("NSMutableArray") { mutableArray() }
        zoo("NSDictionary") { NSDictionary(dictionary: [text(20): Twig()]) }
        zoo("NSMutableSet") { NSMutableSet(array: [NSString(string: text(20))]) }
        zoo("NSDate") { NSDate(timeIntervalSince1970: opaque(5)) }
        zoo("NSError") { NSError(domain: text(20), code: opaque(5), userInfo: [text(30): text(40)]) }
        zoo("NSError as any Error") { NSError(domain: text(20), code: opaque(5)) as any Error }
        zoo("Swift error as NSError") { WrapError(value: text(20)) as NSError }
        zoo("URLError") { URLError(.badURL, userInfo: [text(20): text(30)]) }
        zoo("CocoaError as any Error") { CocoaError(.fileNoSuchFile, userInfo: [text(20): 4]) as any Error }
        zoo("NSNull") { NSNull() }
        zoo("NSRange value") { NSValue(range: NSRange(location: opaque(1), length: 2)) }
        zoo("JSON decoder") { JSONDecoder() }
        zoo("JSON encoder") { JSONEncoder() }
        zoo("notification center of one's own") { NotificationCenter() }
    }
}

private func grown(_ count: Int) -> Data {
    var data = Data()
    for byte in 0..<opaque(count) { data.append(UInt8(truncatingIfNeeded: byte)) }
    return data
}

private func copies<Value>(_ value: Value) -> [Value] { [value, value] }

private func mutableArray() -> NSMutableArray {
    let array = NSMutableArray()
    for number in 0..<opaque(20) { array.add(Twig(number)) }
    return array
}

private final class Derived: NSObject {
    let name = text(20)
    let leaf = Twig()
    let data = Data(repeating: 1, count: opaque(50))
}

private final class Formatted: Formatter {
    let name = text(20)
    let prefixes = [text(30): Twig()]

    override func string(for object: Any?) -> String? { name }
}

private final class Observer: NSObject {
    let action = Make.object(Twig())
    var context: (any Marked)? = Wrap(value: text(20))
}
