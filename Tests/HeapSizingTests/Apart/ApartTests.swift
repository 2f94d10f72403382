import Dispatch
import Foundation
import HeapSizing
import Testing

@Suite("Apart: what by nature cannot be sized to the byte", .countedAllocations)
struct ApartTests {
    @Test("The size is the same every time and on the right side of the growth", arguments: ApartTests.cases)
    func sane(_ apart: ApartCase) { apart.expectSane() }

    private static let cached = "Foundation keeps one object per name and hands it to all"
    private static let dispatch = "an object of libdispatch, which no Swift metadata describes"
    private static let core = "an object of CoreFoundation, which no Swift metadata describes"
    private static let pthread = "the lock is a block behind a raw pointer"

    @Test("A type that refers to objects of CoreFoundation is named as opaque, and one that does not is not")
    func opaqueTypes() {
        let sizer = HeapSizer()
        _ = sizer.size(of: NSMutableString(string: text(100)))
        #expect(sizer.opaqueTypes.isEmpty)
        let formatter = DateFormatter()
        formatter.dateFormat = "yyyy"
        #expect(formatter.string(from: Date(timeIntervalSince1970: 1_000_000_000)) == "2001")
        _ = sizer.size(of: formatter)
        #expect(sizer.opaqueTypes == ["Box"])
        #expect(sizer.opaqueTypePaths.first?.hasPrefix("Foundation.DateFormatter") == true)
    }

    @Test("The side table of an object that is gone is kept by the weak references to it, which own nothing")
    func dangling() {
        let measurement = measure { dangling(to: Twig()) }
        #expect(measurement.growth - measurement.size == 40)
        #expect(measurement.secondSize == measurement.size)
        #expect(measurement.residue == 0)
    }

    private func dangling(to leaf: Twig) -> WeakStruct {
        let leaf = Twig(leaf.number)
        let weak = WeakStruct(leaf)
        _ = opaque(leaf)
        return weak
    }

    static var cases: [ApartCase] { shared + foreign }

    private static var shared: [ApartCase] {
        [
            ApartCase("locale", .either, because: cached) { Locale(identifier: "de_DE") },
            ApartCase("current locale", .either, because: cached) { Locale.current },
            ApartCase("calendar", .either, because: cached) { Calendar(identifier: .gregorian) },
            ApartCase("time zone", .either, because: cached) { TimeZone(identifier: "Europe/Berlin") },
            ApartCase("date components with a calendar", .either, because: cached) {
                DateComponents(calendar: Calendar(identifier: .gregorian), timeZone: .gmt, year: opaque(2026))
            },
            ApartCase("key path", .reachesMore, because: "the runtime keeps one object per literal") {
                \Wrap<String>.value.count
            },
            ApartCase("default notification center", .reachesMore, because: "one for the process") {
                NotificationCenter.default
            },
            ApartCase("shared object", .reachesMore, because: "it was there before") { Standing.leaf },
            ApartCase("static array", .reachesMore, because: "on the heap without optimization only") {
                Standing.numbers
            },
        ]
    }

    private static var foreign: [ApartCase] {
        [
            ApartCase("dispatch queue", .hidesSome, because: dispatch) { DispatchQueue(label: text(20)) },
            ApartCase("dispatch group", .hidesSome, because: dispatch) { DispatchGroup() },
            ApartCase("dispatch semaphore", .hidesSome, because: dispatch) { DispatchSemaphore(value: 0) },
            ApartCase("dispatch work item", .hidesSome, because: dispatch) { workItem(Twig()) },
            ApartCase("character set", .either, because: core) { CharacterSet(charactersIn: "abc" + text(20)) },
            ApartCase("lock", .hidesSome, because: pthread) { NSLock() },
            ApartCase("recursive lock", .hidesSome, because: pthread) { NSRecursiveLock() },
            ApartCase("condition", .hidesSome, because: pthread) { NSCondition() },
            ApartCase("date formatter", .either, because: core) { DateFormatter() },
            ApartCase("number formatter", .either, because: core) { NumberFormatter() },
            ApartCase("regular expression", .either, because: core) { try? NSRegularExpression(pattern: text(20)) },
            ApartCase("NSData", .hidesSome, because: "its bytes are behind a raw pointer") {
                NSMutableData(data: Data(repeating: 1, count: opaque(300)))
            },
            ApartCase("NSUUID", .hidesSome, because: "its bytes are behind a raw pointer") { NSUUID() },
            ApartCase("NSURL", .hidesSome, because: core) { NSURL(string: "https://example.org/" + text(30)) },
            ApartCase("parsed JSON", .either, because: "numbers and flags may be shared") {
                try? JSONSerialization.jsonObject(with: Data(#"{"a": [1, true, "a text longer than 15"]}"#.utf8))
            },
            ApartCase("operation", .either, because: pthread) { BlockOperation(block: {}) },
        ]
    }
}

private enum Standing {
    nonisolated(unsafe) static let leaf = Twig()
    static let numbers = [10, 20, 30]
}

private func workItem(_ leaf: Twig) -> DispatchWorkItem {
    DispatchWorkItem { _ = opaque(leaf.number) }
}
