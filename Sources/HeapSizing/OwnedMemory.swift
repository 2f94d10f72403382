internal import CTrackingRuntime

/// Memory that a type owns though its metadata does not say so: what a raw pointer points to, what follows the header
/// of a `ManagedBuffer`.
///
/// A declaration, not a function: while an object is sized its owner may change it, and no code of the host may run on
/// what it leaves. Properties are named by path: `base`, `header.count`.
///
/// ```swift
/// final class Arena: MemoryOwning {
///     static let ownedMemory: [OwnedMemory] = [.elements("nodes", count: "used", of: Node.self)]
///     private var nodes: UnsafeMutablePointer<Node>
///     private var used = 0
/// }
/// ```
public enum OwnedMemory: Sendable {
    /// The property points to a block of malloc's, with no references in it that count.
    case block(String)

    /// The property points to a block of malloc's that begins with initialised values of a type, as many as the integer
    /// at the path tells.
    case elements(String, count: String, of: Any.Type)

    /// As many elements of this `ManagedBuffer` are initialised as the integer at the path tells.
    case tail(count: String)
}

/// A type that says which memory it owns beyond what its stored properties tell.
public protocol MemoryOwning: ~Copyable {
    /// The memory that each value of the type owns.
    static var ownedMemory: [OwnedMemory] { get }
}

/// What has been declared so far.
struct OwnedMemoryDeclarations {
    var byType: [Metadata: [OwnedMemory]] = [:]
    var byName: [String: [OwnedMemory]] = [:]
    /// What types have said themselves.
    var byConformance: [Metadata: [OwnedMemory]] = [:]
    /// Types that have to be asked first.
    var unasked: [ConformingOwner] = []

    mutating func owned(by metadata: Metadata) -> [OwnedMemory] {
        if let declared = byType[metadata] ?? byConformance[metadata] { return declared }
        guard let descriptor = metadata.descriptor else { return [] }
        let path = descriptor.path
        if let declared = byName[path] ?? KnownOwners.declarations[path] { return declared }
        // A cast asks the runtime for a conformance; what is met most has none and need not be asked for.
        guard !path.hasPrefix("Swift."), RuntimeAccess.canSearch, let type = metadata.type as? any MemoryOwning.Type
        else { return [] }
        unasked.append(ConformingOwner(metadata: metadata, type: type))
        return []
    }
}

/// A type that says itself what it owns.
struct ConformingOwner {
    let metadata: Metadata
    let type: any MemoryOwning.Type
    private let fingerprint: UInt64

    init(metadata: Metadata, type: any MemoryOwning.Type) {
        self.metadata = metadata
        self.type = type
        fingerprint = metadata.fingerprint()
    }

    /// Asks the type, in code of the host's; nothing where its library is gone by now.
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
    /// Where the integer at a path of stored properties stands, and how many bytes it has.
    mutating func integer(at path: String, in metadata: Metadata) -> (offset: Int, bytes: Int)? {
        guard let (start, type) = property(at: path, in: metadata) else { return nil }
        // Integers are structs of one builtin field; an index wrapped in a struct is the same to memory.
        let bytes = type.valueWitnesses.size
        return [1, 2, 4, 8].contains(bytes) && type.valueWitnesses.isTrivial ? (start, bytes) : nil
    }

    /// Where the property at a path stands, and its type.
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
