internal import SwiftRuntimeABI

/// The steps of the walker for a value, as a flat list: the type layout without names.
///
/// Programs are never freed: there are as many as there are types, and another thread may be reading them.
struct Program {
    var steps: UnsafePointer<Step>
    var count: Int
    /// The bytes from one value to the next in an array.
    var stride: Int
    var alignmentMask: UInt
    /// Indicates whether an existential stores the value in its own words.
    var isInline: Bool
    /// The number by which the walker's entries identify a boxed value; 0 if the value has no references.
    var boxIndex: UInt = 0

    init(stride: Int, alignmentMask: UInt = 7, isInline: Bool = true) {
        self.alignmentMask = alignmentMask
        self.isInline = isInline
        steps = UnsafePointer(UnsafeMutablePointer<Step>.allocate(capacity: 0))
        count = 0
        self.stride = stride
    }

    mutating func set(_ list: [Step]) {
        let copy = UnsafeMutableBufferPointer<Step>.allocate(capacity: list.count)
        _ = copy.initialize(from: list)
        count = list.count
        if let base = copy.baseAddress { steps = UnsafePointer(base) }
    }
}

/// One step for a value.
struct Step {
    enum Kind: UInt32 {
        /// A strong reference; absent if the word has one of the bits in `extra`.
        case reference
        /// An opaque existential container.
        case existential
        /// Skips steps unless there is a payload; `extra` is a `PresenceTest`.
        case presence
        /// Runs one of several programs; `extra` is a `TagTable`.
        case tags
        /// Calls the enum's witnesses; `extra` is a `WitnessTable`.
        case witness
        /// A reference to an indirect case's box; `extra` is the payload's `Program`.
        case box
        /// Searches `extra` bytes for references.
        case scan
        /// Runs a program for each of several values in place; `extra` is a `Repetition`.
        case repetition
        /// A block that a pointer owns; `extra` is an `OwnedBlock`.
        case owned
    }

    var kind: Kind
    var offset: UInt32
    var extra: UInt

    init(_ kind: Kind, _ offset: Int, _ extra: UInt = 0) {
        self.kind = kind
        self.offset = UInt32(truncatingIfNeeded: offset)
        self.extra = extra
    }

    /// Creates a step with a structure, which exists as long as the step.
    init<Extra>(_ kind: Kind, _ offset: Int, _ extra: Extra) {
        let copy = UnsafeMutablePointer<Extra>.allocate(capacity: 1)
        copy.initialize(to: extra)
        self.init(kind, offset, UInt(bitPattern: copy))
    }

    @inline(__always)
    func structure<Extra>(_ type: Extra.Type) -> UnsafePointer<Extra> {
        // The initializer above stored a pointer.
        UnsafePointer(bitPattern: extra).unsafelyUnwrapped
    }
}

struct PresenceTest {
    var mask: UInt
    var values: UnsafeMutableBufferPointer<UInt>
    /// The number of steps of the payload.
    var steps: Int
}

struct TagTable {
    struct Entry {
        var value: UInt
        var program: UnsafePointer<Program>
    }

    /// The offset of the tag's word in the enum.
    var wordOffset: UInt
    var mask: UInt
    var entries: UnsafeMutableBufferPointer<Entry>
}

struct WitnessTable {
    var payload: EnumPayload
    var size: Int
    var programs: UnsafeMutableBufferPointer<UnsafePointer<Program>>
}

struct Repetition {
    var count: Int
    var program: UnsafePointer<Program>
}

struct OwnedBlock {
    /// The offset from the pointer; 0 if the block has no references in it.
    var countOffset: Int
    var countBytes: Int
    var program: UnsafePointer<Program>?
    /// The offset from the pointer; 0 if `free` frees the block.
    var deallocatorOffset: Int
}

/// The plan by which the walker visits the objects of one class.
struct ObjectPlan {
    enum Shape: UInt8 {
        case fixed
        case elements
        case ring
        case unknownTail
        case dictionary
        case nativeString
        case errorBox
        case genericCaptures
        case hashTree
    }

    var shape = Shape.fixed
    var isOpaque = false
    /// Indicates whether it is a box of captures, of an indirect case or of an existential.
    var isBox = false
    /// Indicates whether only `program` is to be visited.
    var isPlain = false
    /// Indicates whether `program` has only references.
    var isSimple = false
    /// The smallest block in bytes that can hold such an object.
    var minimumSize: Int
    var program = Program(stride: 0)
    var element: UnsafePointer<Program>?
    var value: UnsafePointer<Program>?
    var tailOffset: UInt = 0
    var countOffset: UInt = 0
    var countBytes = 0
    var capacityOffset: UInt = 0
    var startOffset: UInt = 0
    /// The number of words of generic arguments in a box of captures.
    var bindings = 0
    var dependsOnCapture = false
    var layout: Unmanaged<ObjectLayout>?

    init(minimumSize: Int) { self.minimumSize = max(16, minimumSize) }
}
