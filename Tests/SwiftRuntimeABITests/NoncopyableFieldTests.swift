import Foundation
import SwiftRuntimeABI
import Synchronization
import Testing

@Suite("Noncopyable fields")
struct NoncopyableFieldTests {
    @Test("The type of each hidden field of a class is found", arguments: HiddenFields.expected.map(\.name))
    func plain(name: String) throws {
        let expected = try #require(HiddenFields.expected.first { $0.name == name })
        try expect(HiddenFields.self, [expected])
    }

    @Test("Types that depend on generic arguments are found")
    func generic() throws {
        try expect(HiddenBox<Leaf>.self, HiddenBox<Leaf>.expected)
        try expect(HiddenBox<Int>.self, HiddenBox<Int>.expected)
        try expect(HiddenPair<Int, [String]>.self, HiddenPair<Int, [String]>.expected)
        try expect(HiddenPair<NoncopyableToken, Set<Leaf>>.self, HiddenPair<NoncopyableToken, Set<Leaf>>.expected)
        try expect(HiddenPair<Int, [Int]>.Nested<String>.self, HiddenPair<Int, [Int]>.Nested<String>.expected)
    }

    @Test("Member types of generic arguments are not mistaken")
    func memberTypes() throws {
        let fields = try hiddenFields(of: HiddenPair<Int, [String]>.self)
        for (name, metadata) in HiddenPair<Int, [String]>.ambiguous {
            let field = try #require(fields.first { $0.name == name })
            #expect([nil, metadata].contains(resolve(field)))
        }
    }

    @Test("A type that is local to a function is found")
    func local() throws {
        let (holder, expected): (AnyClass, UInt) = localType()
        try expect(holder, [("local", expected)])
    }

    @Test("Types of another image, private ones among them, are found")
    func otherImage() throws {
        let fields = try hiddenFields(of: NotificationCenter.self)
        let found = fields.compactMap { field in
            resolve(field).map { _typeName(unsafeBitCast($0, to: Any.Type.self)) }
        }
        #expect(found.count == fields.count)
        #expect(found.contains { $0.hasPrefix("Synchronization.Mutex<Swift.Dictionary<") })
    }

    @Test("A type that does not fit is refused")
    func fit() throws {
        let field = try #require(try hiddenFields(of: HiddenFields.self).first { $0.name == "dictionary" })
        #expect(resolve(field, fitting: MemoryLayout<Mutex<[String: Leaf]>>.size) != nil)
        #expect(resolve(field, fitting: MemoryLayout<Mutex<[String: Leaf]>>.size - 1) == nil)
    }

    @Test("Addresses that are no field's, and in no image, have no type")
    func elsewhere() throws {
        let field = try #require(try hiddenFields(of: HiddenFields.self).first)
        let heap = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 16)
        defer { heap.deallocate() }
        let others = [0, 1, 4096, UInt.max, UInt(bitPattern: heap), field.record + 1, address(HiddenFields.self)]
        for other in others {
            let type = HiddenFieldTypes.metadata(
                ofFieldNamedAt: other,
                genericContext: 0,
                genericArguments: 0,
                fitting: .max
            )
            #expect(type == nil)
        }
    }

    @Test("Many threads may ask at once")
    func concurrently() async throws {
        let fields = try hiddenFields(of: HiddenFields.self)
        let expected = Dictionary(HiddenFields.expected.map { ($0.name, $0.metadata) }) { first, _ in first }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { fields.allSatisfy { resolve($0) == expected[$0.name] } }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    private func expect(_ type: AnyClass, _ expected: [(name: String, metadata: UInt)]) throws {
        let fields = try hiddenFields(of: type)
        for (name, metadata) in expected {
            let field = try #require(fields.first { $0.name == name }, "\(name) is not hidden")
            #expect(resolve(field) == metadata, "\(name)")
        }
    }
}

/// A field whose record leads to an accessor function instead of a type.
struct HiddenField: Sendable {
    let name: String
    let record: UInt
    let descriptor: UInt
    let genericArguments: UInt
}

func resolve(_ field: HiddenField, fitting size: Int = .max) -> UInt? {
    HiddenFieldTypes.metadata(
        ofFieldNamedAt: field.record,
        genericContext: field.descriptor,
        genericArguments: field.genericArguments,
        fitting: size
    )
}

/// The hidden fields that a class itself declares.
func hiddenFields(of type: AnyClass) throws -> [HiddenField] {
    let metadata = unsafeBitCast(type, to: UnsafePointer<UInt>.self)
    let descriptor = try #require(UnsafeRawPointer(bitPattern: metadata[5]))
    let fields = target(descriptor + 16)
    let words = descriptor.assumingMemoryBound(to: UInt32.self)
    let arguments = metadata + Int(words[7] - words[8])
    let count = Int(fields.load(fromByteOffset: 12, as: UInt32.self))
    return (0..<count)
        .compactMap { index in
            let record = fields + 16 + index * 12
            let name = target(record + 4)
            guard name.load(as: UInt8.self) == 9 else { return nil }
            return HiddenField(
                name: String(cString: target(record + 8).assumingMemoryBound(to: CChar.self)),
                record: UInt(bitPattern: name),
                descriptor: UInt(bitPattern: descriptor),
                genericArguments: UInt(bitPattern: arguments)
            )
        }
}

private func target(_ pointer: UnsafeRawPointer) -> UnsafeRawPointer {
    pointer + Int(pointer.load(as: Int32.self))
}
