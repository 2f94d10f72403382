internal import CTrackingRuntime
internal import SwiftRuntimeABI

/// Memory that a type owns without its metadata showing it: a block behind a raw pointer, or the elements after the
/// header of a `ManagedBuffer`.
///
/// A declaration, not a function: while an object is sized its owner may change it, and no code of the host may run on
/// an inconsistent state. Properties are named by path: `base`, `header.count`.
///
/// ```swift
/// final class Arena: MemoryOwning {
///     static let ownedMemory: [OwnedMemory] = [.elements("nodes", count: "used", of: Node.self)]
///     private var nodes: UnsafeMutablePointer<Node>
///     private var used = 0
/// }
/// ```
public enum OwnedMemory: Sendable {
    /// The property points to a malloc block without counted references in it.
    case block(String)

    /// The property points to a malloc block that begins with initialized values of a type; the integer at the path is
    /// their number.
    case elements(String, count: String, of: Any.Type)

    /// The integer at the path is the number of initialized elements of this `ManagedBuffer`.
    case tail(count: String)
}

/// A type that declares the memory that it owns beyond what its stored properties show.
public protocol MemoryOwning: ~Copyable {
    /// The memory that each value of the type owns.
    static var ownedMemory: [OwnedMemory] { get }
}

/// The declarations so far.
struct OwnedMemoryDeclarations {
    var byType: [Metadata: [OwnedMemory]] = [:]
    var byName: [String: [OwnedMemory]] = [:]
    /// The declarations of types that conform to `MemoryOwning`.
    var byConformance: [Metadata: [OwnedMemory]] = [:]
    /// Conforming types whose declarations are not read yet.
    var unasked: [ConformingOwner] = []

    mutating func owned(by metadata: Metadata) -> [OwnedMemory] {
        if let declared = byType[metadata] ?? byConformance[metadata] { return declared }
        guard let descriptor = metadata.descriptor else { return [] }
        let path = descriptor.path
        if let declared = byName[path] ?? KnownOwners.declarations[path] { return declared }
        // A cast makes the runtime search for a conformance; the most frequent types have none and are skipped.
        guard !path.hasPrefix("Swift."), RuntimeAccess.canSearch, let type = metadata.type as? any MemoryOwning.Type
        else { return [] }
        unasked.append(ConformingOwner(metadata: metadata, type: type))
        return []
    }
}

/// A type that declares its owned memory by a conformance.
struct ConformingOwner {
    let metadata: Metadata
    let type: any MemoryOwning.Type
    private let fingerprint: UInt64

    init(metadata: Metadata, type: any MemoryOwning.Type) {
        self.metadata = metadata
        self.type = type
        fingerprint = metadata.fingerprint()
    }

    /// Calls the type, which runs code of the host; returns nothing if its library was unloaded.
    func ownedMemory() -> [OwnedMemory] {
        var handle: UnsafeMutableRawPointer?
        var guarded = ct_guard()
        guard ct_guard_enter(&guarded) == 0 else { return [] }
        let isHeld = metadata.descriptor.map { ct_hold_image($0.address, &handle) != 0 } ?? false
        let isSame = isHeld && metadata.fingerprint() == fingerprint
        ct_guard_leave(&guarded)
        defer { if isHeld { ct_release_image(handle) } }
        return isSame ? type.ownedMemory : []
    }
}

extension LayoutCompiler {
    /// Returns the offset and the size in bytes of the integer at a path of stored properties.
    mutating func integer(at path: String, in metadata: Metadata) -> (offset: Int, bytes: Int)? {
        guard let (start, type) = property(at: path, in: metadata) else { return nil }
        // Integers are structs of one builtin field; an index wrapped in a struct has the same representation.
        let bytes = type.valueWitnesses.size
        return [1, 2, 4, 8].contains(bytes) && type.valueWitnesses.isTrivial ? (start, bytes) : nil
    }

    /// Returns the offset and the type of the property at a path.
    mutating func property(at path: String, in metadata: Metadata) -> (offset: Int, type: Metadata)? {
        var place = (offset: 0, type: metadata)
        for name in path.split(separator: ".") {
            guard let next = property(named: String(name), of: place.type) else { return nil }
            place = (place.offset + next.offset, next.type)
        }
        return place
    }

    private func property(named name: String, of metadata: Metadata) -> (offset: Int, type: Metadata)? {
        if metadata.kind == .tuple {
            return metadata.tupleElements.first { $0.name == name }.map { ($0.offset, $0.type) }
        }
        guard let descriptor = metadata.descriptor else { return nil }
        if let records = descriptor.fields {
            for index in 0..<records.count where records[index].name == name {
                guard
                    let type = records[index].mangledType?.resolve(in: descriptor, arguments: metadata.genericArguments)
                else { return nil }
                if metadata.kind == .structType {
                    return metadata.structFieldOffsets.map { (Int(halfWord($0 &+ UInt(index) * 4)), type) }
                }
                return metadata.classFieldOffsets.map { (Int(bitPattern: word($0 &+ UInt(index) * 8)), type) }
            }
        }
        guard metadata.kind == .classType, let superclass = metadata.superclass else { return nil }
        return property(named: name, of: superclass)
    }

    func check(_ owned: [OwnedMemory], of metadata: Metadata) throws(HeapSizingError) {
        for declaration in owned {
            let paths =
                switch declaration {
                case .block(let pointer): [pointer]
                case .elements(let pointer, let count, _): [pointer, count]
                case .tail(let count): [count]
                }
            for path in paths where !exists(path, in: metadata) {
                throw .noSuchProperty(path, type: metadata.qualifiedName)
            }
        }
    }

    private func exists(_ path: String, in metadata: Metadata) -> Bool {
        var type = metadata
        for name in path.split(separator: ".") {
            guard let next = property(named: String(name), of: type) else { return false }
            type = next.type
        }
        return true
    }

    /// Adds the declared blocks to the fields of a type.
    mutating func attach(_ owned: [OwnedMemory], to fields: inout [Field], of metadata: Metadata) {
        attachKnownPointer(to: &fields, of: metadata)
        for declaration in owned {
            switch declaration {
            case .block(let path):
                guard let place = property(at: path, in: metadata) else { continue }
                attach(OwnedPointer(), at: place, path, to: &fields)
            case .elements(let path, let count, let type):
                guard let place = property(at: path, in: metadata), let number = integer(at: count, in: metadata)
                else { continue }
                let pointer = OwnedPointer(count: number, element: layout(of: Metadata(type)))
                attach(pointer, at: place, path, to: &fields)
            case .tail: continue
            }
        }
    }

    mutating func attach(
        _ pointer: OwnedPointer,
        at place: (offset: Int, type: Metadata),
        _ path: String,
        to fields: inout [Field]
    ) {
        fields.removeAll { $0.offset == place.offset }
        fields.append(Field(name: path, offset: place.offset, layout: layout(of: place.type), owned: pointer))
    }
}
