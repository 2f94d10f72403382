import Testing

@testable import SwiftRuntimeABI

private final class Concealed {}

enum DescriptorSamples {
    final class Inner {}
    final class Generic<Value> { var value: Value? }
    struct Pair {
        var number: UInt8
        var leaf: Leaf?
    }
    enum Choice {
        case leaf(Leaf)
        indirect case number(Int)
        case none
    }
}

extension Duration {
    final class InExtension {}
}

private protocol Sounding {}

@Suite("Descriptors and metadata")
struct DescriptorTests {
    private func descriptor(_ type: Any.Type) throws -> ContextDescriptor { try #require(Metadata(type).descriptor) }

    @Test("A type has a name for declarations, one for patterns and one for manglings")
    func names() throws {
        func local() -> AnyClass {
            final class Local {}
            return Local.self
        }
        let module = "SwiftRuntimeABITests"
        let inner = try descriptor(DescriptorSamples.Inner.self)
        #expect(inner.path == "\(module).DescriptorSamples.Inner")
        #expect(inner.visibleNames == [module, "DescriptorSamples", "Inner"])
        #expect(inner.mangledPath == Array("20\(module)17DescriptorSamplesO5InnerC".utf8))
        #expect(try descriptor(Int.self).mangledPath == Array("s3IntV".utf8))

        let concealed = try descriptor(Concealed.self)
        #expect(concealed.path == "\(module).Concealed")
        #expect(concealed.visibleNames == [module, "(Concealed)"])
        #expect(concealed.mangledPath == nil)
        #expect(try descriptor(local()).visibleNames == [module, "DescriptorTests", "(Local)"])

        let extended = try descriptor(Duration.InExtension.self)
        #expect(extended.path == "\(module).InExtension")
        #expect(extended.visibleNames == ["Swift", "Duration", "InExtension"])
        #expect(extended.mangledPath == nil)
    }

    @Test("A type is found by its mangled path")
    func search() throws {
        let inner = try descriptor(DescriptorSamples.Inner.self)
        let path = try #require(inner.mangledPath)
        #expect(ContextDescriptor.find(path: path[...], named: Array("Inner".utf8)) == inner)
        #expect(ContextDescriptor.find(path: path[...], named: Array("Inne".utf8)) == nil)
        #expect(ContextDescriptor.find(path: (path + path)[...], named: Array("Inner".utf8)) == nil)
    }

    @Test("Fields, offsets and generic arguments are those of the compiler")
    func fields() throws {
        let metadata = Metadata(DescriptorSamples.Pair.self)
        let fields = try #require(metadata.descriptor?.fields)
        #expect((0..<fields.count).map { fields[$0].name } == ["number", "leaf"])
        let offsets = try #require(metadata.structFieldOffsets)
        #expect([halfWord(offsets), halfWord(offsets + 4)] == [0, 8])
        #expect(fields[1].mangledType?.resolve(in: nil, arguments: nil) == Metadata(Leaf?.self))
        let cases = try #require(descriptor(DescriptorSamples.Choice.self).fields)
        #expect((0..<cases.count).map { cases[$0].isIndirect } == [false, true, false])
        #expect(cases[2].mangledType == nil)
        #expect(Metadata(DescriptorSamples.Generic<Int>.self).genericArgument(0) == Metadata(Int.self))
        #expect(
            try descriptor(DescriptorSamples.Generic<Int>.self) == descriptor(DescriptorSamples.Generic<String>.self)
        )
    }

    @Test("Types without a name are told by what they are made of")
    func structure() throws {
        let tuple = Metadata((first: Int, UInt8).self)
        #expect(tuple.tupleElements.map(\.name) == ["first", ".1"])
        #expect(tuple.tupleElements.map(\.offset) == [0, 8])
        #expect(tuple.tupleElements.map(\.type) == [Metadata(Int.self), Metadata(UInt8.self)])
        let function = Metadata(((Int, String) -> Bool).self)
        #expect(function.convention == .swift)
        #expect(Array(function.functionTypes) == [Metadata(Bool.self), Metadata(Int.self), Metadata(String.self)])
        #expect(Metadata((@convention(c) (Int) -> Void).self).convention == .thin)
        #expect(Metadata((any Sounding).self).existentialStorage == .container)
        #expect(Metadata((any Sounding & AnyObject).self).existentialStorage == .reference)
        #expect(Metadata((any Error).self).existentialStorage == .reference)
        #expect(Metadata((any Sounding & Leaf).self).protocols.count == 1)
        // The only property of an `InlineArray`.
        let inline = Metadata([3 of Int].self)
        let storage = try #require(inline.descriptor?.fields?[0].mangledType)
        let array = try #require(storage.resolve(in: inline.descriptor, arguments: inline.genericArguments))
        #expect(array.kind == .fixedArray)
        #expect(array.arrayCount == 3)
        #expect(array.arrayElement == Metadata(Int.self))
    }

    @Test("The way to a generic argument of a closure is read")
    func argumentSources() {
        func source(_ path: String) -> ArgumentSource? {
            var rest = Array(path.utf8)[...]
            return ArgumentSource(&rest)
        }
        #expect(source("B12") == .binding(12))
        #expect(source("R0") == .classOfFirstCapture)
        #expect(source("M0") == .firstCapture)
        #expect(source("G1G0R0__") == .genericArgument(1, of: .genericArgument(0, of: .classOfFirstCapture)))
        for path in ["", "R1", "M1", "G0", "G0R1_", "X"] { #expect(source(path) == nil, "\(path)") }
    }

    @Test("Metadata is told from what only looks like it")
    func trust() {
        let (images, code) = (ImageRanges(), ImageRanges(withCodeOnly: true))
        defer {
            images.deallocate()
            code.deallocate()
        }
        let trust = MetadataTrust(images: images, code: code, nativeWitnesses: StandardStorage.shared.nativeWitnesses)
        let types: [Any.Type] = [
            Int.self, Leaf.self, Leaf?.self, (Int, Int).self, [String: [Leaf]].self, (any Error).self,
        ]
        for type in types { #expect(trust.isMetadataOfValue(Metadata(type).address), "\(type)") }
        #expect(trust.isMetadataOfObject(Metadata(Leaf.self).address))
        #expect(!trust.isMetadataOfObject(Metadata(Int.self).address))
        let copy = UnsafeMutablePointer<UInt>.allocate(capacity: 16)
        defer { copy.deallocate() }
        copy.initialize(repeating: 0x800, count: 16)
        #expect(!trust.isMetadataOfObject(UInt(bitPattern: copy + 2)))
        #expect(!trust.isMetadataOfValue(UInt(bitPattern: copy + 2)))
    }

    @Test("An object's counters tell a new object, a side table and an immortal object")
    func counters() {
        func counters(of object: AnyObject) -> ObjectCounters {
            ObjectCounters(word(RuntimeCheck.address(of: object) + ObjectCounters.offset))
        }
        let leaf = RuntimeCheck.Leaf()
        withExtendedLifetime(leaf) {
            #expect(counters(of: leaf).word & ObjectCounters.rare == 0)
            weak let observer = leaf
            #expect(observer != nil)
            #expect(counters(of: leaf).isInSideTable)
            #expect(word(counters(of: leaf).sideTable) == RuntimeCheck.address(of: leaf))
        }
        #expect(ObjectCounters(.max).isImmortal)
        #expect(!ObjectCounters(ObjectCounters.new).isImmortal)
    }
}
