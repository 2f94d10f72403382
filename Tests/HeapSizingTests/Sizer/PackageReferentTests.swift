#if PackageTests
import DequeModule
import HeapSizing
import Testing
import TrackingRecords

@Suite("Referents in collections of packages")
struct PackageReferentTests {
    @Test("The elements of a deque are listed in their order, where it wraps around as well", arguments: [5, 1500])
    func deque(_ count: Int) {
        var deque = Deque((0..<count).map { text(20 + $0 % 3) })
        for index in 0..<count / 2 {
            deque.removeFirst()
            deque.append(text(60 + index % 40))
        }
        let box = Box(deque)
        let sized = HeapSizer().sized(box, resolutionLevel: 2)
        let elements = sized["value: Deque<String>"]?.referents ?? []
        #expect(elements.count == min(count, 1001))
        #expect(
            elements.prefix(1000).map(\.size) == deque.prefix(1000).map { HeapSizer().size(ofValue: $0) }
        )
        #expect(elements.prefix(1000).map(\.name) == (0..<min(count, 1000)).map { "[\($0)]" })
        #expect(sized.addsUp)
        #expect(sized.size == HeapSizer().size(of: box))
    }
}
#endif
