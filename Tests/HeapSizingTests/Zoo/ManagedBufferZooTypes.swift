import HeapSizing

final class NumberBuffer: ManagedBuffer<(count: Int, leaf: Twig), Int> {
    static func filled(_ count: Int) -> AnyObject {
        let buffer = create(minimumCapacity: opaque(count)) { _ in (opaque(count), Twig()) }
        buffer.withUnsafeMutablePointerToElements { $0.initialize(repeating: 7, count: count) }
        return buffer
    }
}

final class PointedNumbers: ManagedBuffer<Twig, Int> {}

final class HeaderOnly<Header>: ManagedBuffer<Header, Void> {
    static func filled(_ header: Header) -> AnyObject { create(minimumCapacity: 0) { _ in header } }
}

final class Tail<Element>: ManagedBuffer<(label: String, count: Int), Element> {
    static func filled(capacity: Int, _ elements: [Element]) -> AnyObject {
        let buffer = create(minimumCapacity: opaque(capacity)) { _ in (text(20), elements.count) }
        buffer.withUnsafeMutablePointerToElements { pointer in
            for (index, element) in elements.enumerated() { (pointer + index).initialize(to: element) }
        }
        return buffer
    }

    deinit {
        _ = withUnsafeMutablePointers { header, elements in elements.deinitialize(count: header.pointee.count) }
    }
}

struct NamedTailHeader {
    struct Counts {
        var reserved: Int32
        var initialised: Int32
    }

    var flag = opaque(true)
    var counts: Counts
}

final class NamedTail<Element>: ManagedBuffer<NamedTailHeader, Element> {
    static func filled(_ elements: [Element]) -> AnyObject {
        let counts = NamedTailHeader.Counts(reserved: 20, initialised: Int32(elements.count))
        let buffer = create(minimumCapacity: opaque(20)) { _ in NamedTailHeader(counts: counts) }
        buffer.withUnsafeMutablePointerToElements { pointer in
            for (index, element) in elements.enumerated() { (pointer + index).initialize(to: element) }
        }
        return buffer
    }

    deinit {
        _ = withUnsafeMutablePointers { header, elements in
            elements.deinitialize(count: Int(header.pointee.counts.initialised))
        }
    }
}

final class OwningTail<Element>: ManagedBuffer<Int, Element>, MemoryOwning {
    static var ownedMemory: [OwnedMemory] { [.tail(count: "header")] }

    static func filled(_ elements: [Element]) -> AnyObject {
        let buffer = create(minimumCapacity: opaque(7)) { _ in elements.count }
        buffer.withUnsafeMutablePointerToElements { pointer in
            for (index, element) in elements.enumerated() { (pointer + index).initialize(to: element) }
        }
        return buffer
    }

    deinit {
        _ = withUnsafeMutablePointers { header, elements in elements.deinitialize(count: header.pointee) }
    }
}

final class Blocked: MemoryOwning {
    static var ownedMemory: [OwnedMemory] { [.block("base")] }

    private let name = text(20)
    private let base: UnsafeMutableRawPointer?

    init(count: Int) { base = count > 0 ? .allocate(byteCount: opaque(count), alignment: 8) : nil }

    deinit { base?.deallocate() }
}

final class Vector<Element>: MemoryOwning {
    static var ownedMemory: [OwnedMemory] { [.elements("base", count: "count", of: Element.self)] }

    private let base: UnsafeMutablePointer<Element>
    private let count: Int

    init(_ elements: [Element]) {
        count = elements.count
        base = .allocate(capacity: opaque(10))
        for (index, element) in elements.enumerated() { (base + index).initialize(to: element) }
    }

    deinit {
        base.deinitialize(count: count)
        base.deallocate()
    }
}

final class ForeignVector {
    private struct Storage {
        var base: UnsafeMutablePointer<String>
        var count: Int
    }

    private let label = text(20)
    private let storage: Storage

    init(_ elements: [String]) {
        let base = UnsafeMutablePointer<String>.allocate(capacity: opaque(10))
        for (index, element) in elements.enumerated() { (base + index).initialize(to: element) }
        storage = Storage(base: base, count: elements.count)
    }

    deinit {
        storage.base.deinitialize(count: storage.count)
        storage.base.deallocate()
    }
}

enum Outside {
    final class Bytes {
        private let base: UnsafeMutableBufferPointer<UInt8>
        private let flag = opaque(true)

        init(_ count: Int) { base = .allocate(capacity: opaque(count)) }

        deinit { base.deallocate() }
    }
}

final class Doubly: MemoryOwning {
    static var ownedMemory: [OwnedMemory] {
        [.block("first"), .elements("pair.second", count: "pair.count", of: Twig.self)]
    }

    private let first = UnsafeMutablePointer<Int>.allocate(capacity: opaque(30))
    private let pair: (second: UnsafeMutablePointer<Twig>, count: Int)
    private let leaf = Twig()

    init() {
        pair = (.allocate(capacity: opaque(3)), 2)
        pair.second.initialize(to: leaf)
        (pair.second + 1).initialize(to: Twig())
    }

    deinit {
        first.deallocate()
        pair.second.deinitialize(count: 2)
        pair.second.deallocate()
    }
}

class Base: MemoryOwning {
    static var ownedMemory: [OwnedMemory] { [.block("base")] }

    private let base = UnsafeMutablePointer<Int>.allocate(capacity: opaque(30))

    deinit { base.deallocate() }
}

final class Sub: Base {
    private let name = text(20)
}

final class Undeclared {
    private let pointer = UnsafeMutablePointer<UInt8>.allocate(capacity: opaque(500))
    private let leaf = Twig()

    deinit { pointer.deallocate() }
}
