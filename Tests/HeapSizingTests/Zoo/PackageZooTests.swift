#if PackageTests
import BitCollections
import DequeModule
import HashTreeCollections
import HeapModule
import NIOCore
import OrderedCollections
import Testing

@Suite("Zoo: swift-collections and swift-nio", .countedAllocations)
struct PackageZooTests {
    @Test("A collection is sized to the byte", arguments: [1, 5, 1000])
    func counts(_ count: Int) {
        for zoo in Self.collections(of: count, { $0 }) + Self.collections(of: count, { text(20) + "\($0)" })
            + Self.collections(of: count, { Name("\($0)") })
        {
            zoo.expectExact()
        }
        for zoo in Self.bits(count) { zoo.expectExact() }
    }

    @Test("Collections within every container are sized to the byte", arguments: [1, 5])
    func nested(_ count: Int) {
        for zoo in Self.collections(of: count, { $0 }) + Self.collections(of: count, { text(20) + "\($0)" })
            + Self.collections(of: count, { Name("\($0)") }) + Self.bits(count)
        {
            zoo.expectExactNested()
        }
    }

    @Test("A buffer is sized to the byte", arguments: PackageZooTests.buffers)
    func exact(_ zoo: ZooCase) { zoo.expectExact() }

    @Test("Buffers within every container are sized to the byte", arguments: PackageZooTests.buffers)
    func nestedBuffers(_ zoo: ZooCase) { zoo.expectExactNested() }

    @Test("Empty collections and buffers share one storage each, which was there before")
    func empty() {
        #expect(measure { Deque<Twig>() }.isSharedAtMost(100))
        #expect(measure { Deque<String>() }.isSharedAtMost(100))
        #expect(measure { TreeSet<Int>() }.isSharedAtMost(100))
        #expect(measure { TreeDictionary<String, Twig>() }.isSharedAtMost(100))
        #expect(measure { ByteBuffer() }.isSharedAtMost(200))
        zoo("heap") { Heap<Int>() }.expectExact()
        zoo("ordered set") { OrderedSet<String>() }.expectExact()
        zoo("bit set") { BitSet() }.expectExact()
    }

    @ZooBuilder
    private static func collections<Element: Hashable & Comparable & SendableMetatype>(
        of count: Int,
        _ element: @escaping @Sendable (Int) -> Element
    ) -> [ZooCase] {
        zoo("deque of \(Element.self)") { Deque((0..<opaque(count)).map(element)) }
        zoo("deque of \(Element.self) that wraps around") { wrapped((0..<opaque(count)).map(element)) }
        zoo("deque of \(Element.self) with reserved capacity") { reserved((0..<opaque(count)).map(element)) }
        zoo("slice of a deque of \(Element.self)") { Deque((0..<opaque(count)).map(element)).dropFirst(2) }
        zoo("ordered set of \(Element.self)") { OrderedSet((0..<opaque(count)).map(element)) }
        zoo("ordered dictionary of \(Element.self)") {
            OrderedDictionary(uniqueKeysWithValues: (0..<opaque(count)).map { (element($0), Twig()) })
        }
        zoo("heap of \(Element.self)") { Heap((0..<opaque(count)).map(element)) }
        zoo("tree set of \(Element.self)") { TreeSet((0..<opaque(count)).map(element)) }
        zoo("tree dictionary of \(Element.self)") {
            TreeDictionary(uniqueKeysWithValues: (0..<opaque(count)).map { (element($0), element($0)) })
        }
        zoo("two versions of a tree dictionary of \(Element.self)") {
            versions(TreeDictionary(uniqueKeysWithValues: (0..<opaque(count)).map { (element($0), Twig()) }))
        }
    }

    @ZooBuilder
    private static func bits(_ count: Int) -> [ZooCase] {
        zoo("bit set") { BitSet((0..<opaque(count)).map { $0 * 3 }) }
        zoo("bit array") { BitArray((0..<opaque(count)).map { $0 % 3 == 0 }) }
    }

    @ZooBuilder static var buffers: [ZooCase] {
        zoo("byte buffer with capacity") { ByteBufferAllocator().buffer(capacity: opaque(1000)) }
        zoo("byte buffer of a string") { ByteBuffer(string: text(100)) }
        zoo("byte buffer that grew") { grown() }
        zoo("slice of a byte buffer") { ByteBuffer(string: text(100)).getSlice(at: 10, length: opaque(20)) }
        zoo("copies of a byte buffer") { copies(ByteBuffer(string: text(100))) }
        zoo("byte buffer view") { ByteBuffer(string: text(100)).readableBytesView }
        zoo("byte buffers in an array") { [ByteBuffer(string: text(100)), ByteBuffer(repeating: 1, count: opaque(9))] }
        zoo("optional byte buffer") { Optional(ByteBuffer(string: text(100))) }
        zoo("circular buffer of strings") { circular((0..<opaque(5)).map { text(20 + $0) }) }
        zoo("circular buffer of objects") { circular((0..<opaque(50)).map { Twig($0) }) }
        zoo("circular buffer of byte buffers") { circular((0..<opaque(3)).map { ByteBuffer(string: text(30 + $0)) }) }
        zoo("empty circular buffer") { CircularBuffer<Twig>(initialCapacity: opaque(30)) }
        zoo("marked circular buffer") { marked() }
        zoo("IP socket address") { try? SocketAddress(ipAddress: "127.0.0.1", port: opaque(80)) }
        zoo("socket address of a path") { try? SocketAddress(unixDomainSocketPath: "/tmp/" + text(20)) }
        zoo("IO data") { IOData.byteBuffer(ByteBuffer(string: text(100))) }
        zoo("amounts of time") { (TimeAmount.seconds(opaque(4)), NIODeadline.now()) }
    }
}

extension Measurement {
    /// Nothing was built, and what is reached is no more than one small block that all share.
    fileprivate func isSharedAtMost(_ bytes: Int) -> Bool {
        growth == 0 && size <= bytes && secondSize == size && repeatedSize == 0 && unsized == 0 && residue == 0
    }
}

private final class Name: Hashable, Comparable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: Name, right: Name) -> Bool { left.text == right.text }

    static func < (left: Name, right: Name) -> Bool { left.text < right.text }

    func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

private func wrapped<Element>(_ elements: [Element]) -> Deque<Element> {
    var deque = Deque(elements)
    for element in elements.prefix(3) {
        deque.prepend(element)
        deque.removeLast()
    }
    return deque
}

private func reserved<Element>(_ elements: [Element]) -> Deque<Element> {
    var deque = Deque<Element>()
    deque.reserveCapacity(100)
    deque.append(contentsOf: elements)
    return deque
}

private func versions<Key>(_ dictionary: TreeDictionary<Key, Twig>) -> [TreeDictionary<Key, Twig>] {
    var changed = dictionary
    if let key = dictionary.keys.first { changed[key] = Twig(2) }
    return [dictionary, changed]
}

private func grown() -> ByteBuffer {
    var buffer = ByteBuffer()
    for number in 0..<opaque(300) { buffer.writeInteger(number) }
    return buffer
}

private func copies<Value>(_ value: Value) -> [Value] { [value, value] }

private func circular<Element>(_ elements: [Element]) -> CircularBuffer<Element> {
    var buffer = CircularBuffer<Element>(initialCapacity: 4)
    for element in elements {
        buffer.append(element)
        buffer.prepend(element)
        buffer.removeLast()
    }
    return buffer
}

private func marked() -> MarkedCircularBuffer<String> {
    var buffer = MarkedCircularBuffer<String>(initialCapacity: 4)
    for number in 0..<opaque(6) { buffer.append(text(20 + number)) }
    buffer.mark()
    return buffer
}
#endif
