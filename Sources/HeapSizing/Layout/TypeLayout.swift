internal import SwiftRuntimeABI

/// The positions of strong references in the values of one type.
///
/// It is filled while the catalog is locked and never changed afterwards, so that threads can share it.
final class TypeLayout: @unchecked Sendable {
    let metadata: Metadata
    /// The name without the module, which remains valid after its library is unloaded.
    let name: String
    let size: Int
    let stride: Int
    let alignmentMask: UInt
    fileprivate(set) var content = Content.nothing

    /// The same layout for the walker; the address is fixed from the beginning, because a type can contain itself
    /// through an indirect case.
    let program: UnsafeMutablePointer<Program>

    /// The content of a value.
    enum Content {
        /// No references: numbers, metatypes, weak references.
        case nothing
        /// One word, an object or null.
        case reference
        /// The two words of a `String`.
        case string
        /// A function and its context, which is an object or null.
        case closure
        /// Three words, a type and its conformances.
        case existential
        /// The parts of a struct or tuple.
        case fields([Field])
        /// One of several payloads.
        case cases(EnumLayout)
        /// Noncopyable storage whose type cannot be determined.
        case hidden
        /// The elements of an `InlineArray`.
        case repeated(Int, TypeLayout)
        /// A value with references that no metadata describes.
        case opaque
    }

    init(metadata: Metadata, size: Int, stride: Int, alignmentMask: UInt, isInline: Bool = true) {
        self.metadata = metadata
        name = metadata.name
        self.size = size
        self.stride = stride
        self.alignmentMask = alignmentMask
        program = .allocate(capacity: 1)
        program.initialize(to: Program(stride: stride, alignmentMask: alignmentMask, isInline: isInline))
    }

    func fill(_ content: Content) { self.content = content }

    /// Indicates whether a value has no references.
    var holdsNothing: Bool {
        switch content {
        case .nothing, .opaque: true
        case .fields(let fields): Self.holdNothing(fields)
        case .repeated(let count, let element): count == 0 || element.holdsNothing
        case .reference, .string, .closure, .existential, .cases, .hidden: false
        }
    }

    /// Indicates whether a value refers to objects that no metadata describes, such as those of CoreFoundation.
    var hidesContents: Bool {
        switch content {
        // The compiler's own types, such as the storage of an actor's queue, hold nothing.
        case .opaque: metadata.kind != .opaque
        case .fields(let fields): fields.contains { $0.layout.hidesContents }
        case .cases(let layout): layout.cases.contains { !$0.isIndirect && $0.layout.hidesContents }
        case .repeated(let count, let element): count > 0 && element.hidesContents
        case .nothing, .reference, .string, .closure, .existential, .hidden: false
        }
    }

    /// Not by `allSatisfy`, which allocates if it is not optimized; this is called in copies of the process.
    private static func holdNothing(_ fields: [Field]) -> Bool {
        for index in fields.indices where fields[index].owned != nil || !fields[index].layout.holdsNothing {
            return false
        }
        return true
    }
}

extension TypeLayout.Content {
    /// A layout in it is of one of these types.
    func refers(to types: Set<Metadata>) -> Bool {
        switch self {
        case .nothing, .reference, .string, .closure, .existential, .hidden, .opaque: false
        case .fields(let fields): fields.contains { $0.refers(to: types) }
        case .cases(let layout): layout.cases.contains { types.contains($0.layout.metadata) }
        case .repeated(_, let element): types.contains(element.metadata)
        }
    }
}

/// A stored property.
struct Field: Sendable {
    /// The name in the source; an index if it has none.
    var name: String
    /// The offset in its owner, in bytes.
    var offset: Int
    var layout: TypeLayout
    /// Memory that belongs to the owner although the property's type is only a pointer.
    var owned: OwnedPointer?

    fileprivate func refers(to types: Set<Metadata>) -> Bool {
        types.contains(layout.metadata) || owned?.element.map { types.contains($0.metadata) } ?? false
    }
}

/// A pointer to a malloc block that its owner frees.
struct OwnedPointer: Sendable {
    /// The offset of the number of elements in the same owner, and its size in bytes; `nil` for a block of bytes.
    var count: (offset: Int, bytes: Int)?
    var element: TypeLayout?
    /// The offset of a function that frees the block instead of `free`; the block is malloc's only if this is null.
    var deallocator: Int?
}

/// The cases of an enum that have payloads.
struct EnumLayout: Sendable {
    struct Case: Sendable {
        var name: String
        /// Indicates whether the payload is in a box of its own.
        var isIndirect: Bool
        var layout: TypeLayout
    }

    var metadata: Metadata
    var payload: EnumPayload
    var size: Int
    /// In the order of their tags.
    var cases: [Case]
    var selector: Selector

    /// The way to determine the case of a value.
    enum Selector: Sendable {
        /// The payload of the only case is present unless the masked word is one of these.
        case absent(offset: Int, mask: UInt, values: [UInt])
        /// The masked word is the case at the same index.
        case tags(offset: Int, mask: UInt, values: [UInt])
        /// The type's witnesses have to be called.
        case witness
    }
}

/// The layout of the objects of one class, or of the boxes of one kind.
final class ObjectLayout: Sendable {
    let metadata: Metadata
    let name: String
    let fields: [Field]
    let tail: Tail
    let isOpaque: Bool
    /// The name of an opaque type with its module and the types around it.
    let path: String?
    nonisolated(unsafe) let plan: UnsafeMutablePointer<ObjectPlan>

    /// The content that follows the stored properties in the same block.
    enum Tail: Sendable {
        case none
        /// Elements from an offset on, as many as the count says.
        case elements(TypeLayout, offset: Int, count: (offset: Int, bytes: Int))
        /// As above, in a ring that begins at any slot.
        case ring(TypeLayout, offset: Int, capacity: Int, count: Int, start: Int)
        /// Elements whose initialized number is not known.
        case unknown(TypeLayout, offset: Int)
        case dictionary(key: TypeLayout, value: TypeLayout?)
        case nativeString
        /// A value of the type that the box itself identifies.
        case errorBox
        /// Captures whose types depend on the given number of words of generic arguments in the same block, or on the
        /// class of the first capture.
        case genericCaptures(Int, firstCapture: Bool)
        /// Children from the front, items from the end.
        case hashTree(TypeLayout, offset: Int)
    }

    /// A layout in it is of one of these types.
    func refers(to types: Set<Metadata>) -> Bool {
        if fields.contains(where: { $0.refers(to: types) }) { return true }
        switch tail {
        case .none, .nativeString, .errorBox, .genericCaptures: return false
        case .elements(let element, _, _), .ring(let element, _, _, _, _), .unknown(let element, _),
            .hashTree(let element, _):
            return types.contains(element.metadata)
        case .dictionary(let key, let value):
            return types.contains(key.metadata) || value.map { types.contains($0.metadata) } ?? false
        }
    }

    init(metadata: Metadata, name: String, fields: [Field], tail: Tail = .none, size: Int, isOpaque: Bool = false) {
        path = isOpaque ? metadata.descriptor?.path : nil
        self.metadata = metadata
        self.name = name
        self.fields = fields
        self.tail = tail
        self.isOpaque = isOpaque
        plan = .allocate(capacity: 1)
        plan.initialize(to: ObjectPlan(minimumSize: size))
        plan.pointee.compile(self)
    }
}
