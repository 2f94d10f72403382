internal import SwiftRuntimeABI

/// What the walker does with a value, as a flat list: the type layout without its names.
///
/// Programs are never freed: there are as many as there are types, and another thread may be reading them.
struct Program {
    var steps: UnsafePointer<Step>
    var count: Int
    /// From one value to the next in an array.
    var stride: Int
    var alignmentMask: UInt
    /// An existential keeps the value in its own words.
    var isInline: Bool
    /// What the walker's entries name a boxed value by; 0 where it has nothing to look at.
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

/// One thing to do with a value.
struct Step {
    enum Kind: UInt32 {
        /// A strong reference; there is none where the word has one of the bits in `extra`.
        case reference
        /// An opaque existential container.
        case existential
        /// Leaves steps out unless there is a payload; `extra` is a `PresenceTest`.
        case presence
        /// Runs one of several programs; `extra` is a `TagTable`.
        case tags
        /// Asks the enum's witnesses; `extra` is a `WitnessTable`.
        case witness
        /// A reference to an indirect case's box; `extra` is the payload's `Program`.
        case box
        /// Looks for references in `extra` bytes.
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

    /// A step with a structure beside it, which lives as long as the step.
    init<Extra>(_ kind: Kind, _ offset: Int, _ extra: Extra) {
        let copy = UnsafeMutablePointer<Extra>.allocate(capacity: 1)
        copy.initialize(to: extra)
        self.init(kind, offset, UInt(bitPattern: copy))
    }

    @inline(__always)
    func structure<Extra>(_ type: Extra.Type) -> UnsafePointer<Extra> {
        // The initialiser above made it of a pointer.
        UnsafePointer(bitPattern: extra).unsafelyUnwrapped
    }
}

struct PresenceTest {
    var mask: UInt
    var values: UnsafeMutableBufferPointer<UInt>
    /// How many steps belong to the payload.
    var steps: Int
}

struct TagTable {
    struct Entry {
        var value: UInt
        var program: UnsafePointer<Program>
    }

    /// Of the tag's word, from the enum's beginning.
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
    /// From the pointer; 0 where the block has no references in it.
    var countOffset: Int
    var countBytes: Int
    var program: UnsafePointer<Program>?
    /// From the pointer; 0 where `free` frees the block.
    var deallocatorOffset: Int
}

/// How the walker visits the objects of one class.
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
    /// A box of captures, of an indirect case or of an existential.
    var isBox = false
    /// There is nothing to look at beyond `program`.
    var isPlain = false
    /// `program` has nothing but references.
    var isSimple = false
    /// Bytes that a block must have to be one of these.
    var minimumSize: Int
    var program = Program(stride: 0)
    var element: UnsafePointer<Program>?
    var value: UnsafePointer<Program>?
    var tailOffset: UInt = 0
    var countOffset: UInt = 0
    var countBytes = 0
    var capacityOffset: UInt = 0
    var startOffset: UInt = 0
    /// How many words of generic arguments a box of captures has.
    var bindings = 0
    var dependsOnCapture = false
    var layout: Unmanaged<ObjectLayout>?

    init(minimumSize: Int) { self.minimumSize = max(16, minimumSize) }
}
