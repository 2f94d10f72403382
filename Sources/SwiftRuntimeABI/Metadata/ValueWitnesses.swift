/// The value witnesses of a type: the layout of its values, and operations on them.
///
/// The order is that of ABI/ValueWitness.def in the Swift repository.
package struct ValueWitnesses: Sendable {
    package let table: UInt
    private let metadata: Metadata

    /// The functions that every table has; the size and the stride follow them.
    static let valueFunctions: Range<UInt> = 0..<8
    /// The functions that the table of an enum has besides.
    static let enumFunctions: Range<UInt> = 11..<14

    init(table: UInt, metadata: Metadata) {
        self.table = table
        self.metadata = metadata
    }

    /// Indicates whether there is a table; the metadata of some C function types has none.
    package var exist: Bool { table != 0 }

    package var size: Int { Int(bitPattern: word(table &+ 64)) }
    package var stride: Int { Int(bitPattern: word(table &+ 72)) }
    private var flags: UInt32 { halfWord(table &+ 80) }
    package var alignmentMask: UInt { UInt(flags & 0xFF) }

    /// Indicates whether a copy of a value is a copy of its bytes: it owns nothing.
    package var isTrivial: Bool { flags & 0x10000 == 0 }

    /// Indicates whether an existential keeps a value of the type in its own three words.
    package var isInline: Bool { flags & 0x20000 == 0 }

    /// Returns the address of a function.
    func function(_ index: UInt) -> UInt { word(table &+ index &* 8) }

    // MARK: Enums. These functions look at the bytes of the value alone, and follow nothing.

    private typealias GetTag = @convention(c) (UnsafeRawPointer, UInt) -> UInt32
    private typealias Project = @convention(c) (UnsafeMutableRawPointer, UInt) -> Void
    private typealias Inject = @convention(c) (UnsafeMutableRawPointer, UInt32, UInt) -> Void

    /// The address of the function that returns the case.
    var tagFunction: UInt { function(11) }

    /// Returns the case of the enum: an index into the field descriptor's records.
    package func tag(of value: UnsafeRawPointer) -> UInt32 {
        unsafeBitCast(function(11), to: GetTag.self)(value, metadata.address)
    }

    /// Replaces the enum by its payload, in the same memory.
    func projectPayload(in value: UnsafeMutableRawPointer) {
        unsafeBitCast(function(12), to: Project.self)(value, metadata.address)
    }

    /// Makes an enum from the payload in this memory.
    package func inject(_ tag: UInt32, into value: UnsafeMutableRawPointer) {
        unsafeBitCast(function(13), to: Inject.self)(value, tag, metadata.address)
    }
}
