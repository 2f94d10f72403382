import HeapSizing
import Testing

@Suite("Zoo: managed buffers and declared memory", .countedAllocations)
struct ManagedBufferZooTests {
    /// Declarations are for the whole process, so all are made before the first case.
    private static let declared: Void = {
        let types: [Any.Type] = [Tail<String>.self, Tail<Twig>.self, Tail<Int>.self, Tail<Either<Twig, String>>.self]
        for type in types {
            do {
                try HeapSizer.register(type, owning: [.tail(count: "header.count")])
            } catch {
                Issue.record("\(type) could not be declared: \(error)")
            }
        }
        HeapSizer.register(typeNamed: "HeapSizingTests.NamedTail", owning: [.tail(count: "header.counts.initialised")])
        HeapSizer.register(
            typeNamed: "HeapSizingTests.ForeignVector",
            owning: [.elements("storage.base", count: "storage.count", of: String.self)]
        )
        HeapSizer.register(typeNamed: "HeapSizingTests.Outside.Bytes", owning: [.block("base")])
    }()

    @Test(
        "A managed buffer is sized to the byte",
        arguments: ManagedBufferZooTests.plain + ManagedBufferZooTests.tails
    )
    func exact(_ zoo: ZooCase) {
        Self.declared
        zoo.expectExact()
    }

    @Test("Declared memory is sized to the byte", arguments: ManagedBufferZooTests.owners)
    func declared(_ zoo: ZooCase) {
        Self.declared
        zoo.expectExact()
    }

    @Test(
        "Buffers and declared memory within every container are sized to the byte",
        arguments: ManagedBufferZooTests.plain + ManagedBufferZooTests.tails + ManagedBufferZooTests.owners
    )
    func nested(_ zoo: ZooCase) {
        Self.declared
        zoo.expectExactNested()
    }

    @Test("A declaration of a property that the type does not have is refused")
    func refused() {
        #expect(throws: HeapSizingError.self) { try HeapSizer.register(Undeclared.self, owning: [.block("no")]) }
        #expect(throws: HeapSizingError.self) {
            try HeapSizer.register(Undeclared.self, owning: [.elements("pointer", count: "no", of: Int.self)])
        }
        #expect(throws: HeapSizingError.self) {
            try HeapSizer.register(Undeclared.self, owning: [.tail(count: "pointer.no")])
        }
    }

    @Test("Memory that is not declared is not counted")
    func undeclared() {
        let measurement = measure { Undeclared() }
        #expect(measurement.size > 0)
        #expect(measurement.growth - measurement.size >= 500)
    }

    @ZooBuilder static var plain: [ZooCase] {
        zoo("managed buffer of numbers") { ManagedBuffer<Int, Int>.create(minimumCapacity: 100) { _ in opaque(5) } }
        zoo("managed buffer with a header of references") {
            ManagedBuffer<(Twig, String), UInt8>.create(minimumCapacity: 50) { _ in (Twig(), text(20)) }
        }
        zoo("managed buffer without tail") { ManagedBuffer<Twig, Void>.create(minimumCapacity: 0) { _ in Twig() } }
        zoo("subclass of a managed buffer of numbers") { NumberBuffer.filled(40) }
        zoo("generic subclass of a managed buffer, header only") { HeaderOnly<[String]>.filled([text(20)]) }
        zoo("buffer pointer of a managed buffer") {
            ManagedBufferPointer<Twig, Int>(bufferClass: PointedNumbers.self, minimumCapacity: 20) { _, _ in Twig() }
        }
    }

    @ZooBuilder static var tails: [ZooCase] {
        zoo("tail of numbers") { Tail<Int>.filled(capacity: 20, (0..<opaque(10)).map { $0 }) }
        zoo("tail of strings") { Tail<String>.filled(capacity: 5, [text(20), text(3), text(30)]) }
        zoo("tail of objects") { Tail<Twig>.filled(capacity: 9, (0..<opaque(4)).map { Twig($0) }) }
        zoo("tail of enums") { Tail<Either<Twig, String>>.filled(capacity: 3, [.left(Twig()), .right(text(20))]) }
        zoo("empty tail of strings") { Tail<String>.filled(capacity: 5, []) }
        zoo("tail declared by name, of strings") { NamedTail<String>.filled([text(20), text(30)]) }
        zoo("tail declared by name, of arrays") { NamedTail<[Twig]>.filled([[Twig()], [], [Twig(), Twig()]]) }
        zoo("tail declared by its class, of strings") { OwningTail<String>.filled([text(20), text(30)]) }
        zoo("tail declared by its class, of optionals") { OwningTail<Twig?>.filled([Twig(), nil]) }
    }

    @ZooBuilder static var owners: [ZooCase] {
        zoo("object that owns a block") { Blocked(count: 500) }
        zoo("object that owns no block yet") { Blocked(count: 0) }
        zoo("object that owns elements") { Vector([text(20), text(30), text(3)]) }
        zoo("object that owns objects") { Vector([Twig(), Twig()]) }
        zoo("object that owns no elements") { Vector([String]()) }
        zoo("struct that owns elements through a named declaration") { ForeignVector([text(20), text(30)]) }
        zoo("nested type that owns a block through a named declaration") { Outside.Bytes(300) }
        zoo("object that owns two blocks") { Doubly() }
        zoo("subclass of an object that owns a block") { Sub() }
    }
}
