internal import SwiftRuntimeABI

/// Types of well-known packages that own memory through raw pointers, with their layouts.
///
/// They are identified by name, so that neither Foundation nor any package has to be linked.
enum KnownOwners {
    static let declarations: [String: [OwnedMemory]] = [
        "NIOCore.ByteBuffer._Storage": [.block("bytes")],
        "Foundation.NSUUID": [.block("buffer")],
        "RopeModule.Rope._Storage": [.tail(count: "header._childCount")],
        "_RopeModule.Rope._Storage": [.tail(count: "header._childCount")],
        "_FoundationCollections.Rope._Storage": [.tail(count: "header._childCount")],
    ]

    /// Storage whose block may belong to another owner, which frees it by the function in another property.
    static let withDeallocator: [String: (pointer: String, deallocator: String)] = [
        "FoundationEssentials.__DataStorage": ("_bytes", "_deallocator"),
        "Foundation.__DataStorage": ("_bytes", "_deallocator"),
    ]
}

extension LayoutCompiler {
    /// Returns the tail of a buffer whose elements are not a plain row.
    mutating func specialTail(of isa: Metadata, offset: Int, element: TypeLayout) -> ObjectLayout.Tail? {
        switch isa.descriptor?.path {
        case "DequeModule._DequeBuffer":
            guard let capacity = integer(at: "header.capacity", in: isa),
                let count = integer(at: "header.count", in: isa),
                let start = integer(at: "header.startSlot", in: isa)
            else { return nil }
            return .ring(
                element,
                offset: offset,
                capacity: capacity.offset,
                count: count.offset,
                start: start.offset
            )
        case "HashTreeCollections._HashNode.Storage":
            guard RuntimeAccess.canSearch, let key = isa.genericArgument(0), let value = isa.genericArgument(1) else {
                return nil
            }
            return .hashTree(layout(of: Metadata(Self.pair(key.type, value.type))), offset: offset)
        default: return nil
        }
    }

    private static func pair(_ first: Any.Type, _ second: Any.Type) -> Any.Type {
        func withFirst<First>(_ first: First.Type) -> Any.Type {
            func withSecond<Second>(_ second: Second.Type) -> Any.Type { (First, Second).self }
            return _openExistential(second, do: withSecond)
        }
        return _openExistential(first, do: withFirst)
    }

    /// Adds the pointer of a type in ``KnownOwners/withDeallocator``.
    mutating func attachKnownPointer(to fields: inout [Field], of metadata: Metadata) {
        guard let path = metadata.descriptor?.path, let known = KnownOwners.withDeallocator[path],
            let pointer = property(at: known.pointer, in: metadata),
            let deallocator = property(at: known.deallocator, in: metadata)
        else { return }
        attach(OwnedPointer(deallocator: deallocator.offset), at: pointer, known.pointer, to: &fields)
    }
}
