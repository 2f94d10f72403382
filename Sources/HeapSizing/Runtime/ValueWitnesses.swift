/// The operations on a type's values that say how they are laid out.
struct ValueWitnesses {
    let table: UInt
    let metadata: Metadata

    /// False for the metadata of some C function types, which has none.
    var exist: Bool { table != 0 }

    var size: Int { Int(bitPattern: word(table &+ 64)) }
    var stride: Int { Int(bitPattern: word(table &+ 72)) }
    private var flags: UInt32 { halfWord(table &+ 80) }
    var alignmentMask: UInt { UInt(flags & 0xFF) }

    /// Copying a value is copying its bytes: it owns nothing.
    var isTrivial: Bool { flags & 0x10000 == 0 }

    /// An existential keeps a value of the type in its own three words.
    var isInline: Bool { flags & 0x20000 == 0 }

    // MARK: Enums. Each of these looks at the bytes of the value alone and follows nothing.

    private typealias GetTag = @convention(c) (UnsafeRawPointer, UInt) -> UInt32
    private typealias Project = @convention(c) (UnsafeMutableRawPointer, UInt) -> Void
    private typealias Inject = @convention(c) (UnsafeMutableRawPointer, UInt32, UInt) -> Void

    private func function<Function>(_ index: UInt, as type: Function.Type) -> Function {
        unsafeBitCast(word(table &+ index * 8), to: type)
    }

    /// Where the function lies that tells the case.
    var tagFunction: UInt { word(table &+ 88) }

    /// Which case the enum has: an index into the field descriptor's records.
    func tag(of value: UnsafeRawPointer) -> UInt32 { function(11, as: GetTag.self)(value, metadata.address) }

    /// Leaves the payload alone in the place of the enum.
    func projectPayload(in value: UnsafeMutableRawPointer) { function(12, as: Project.self)(value, metadata.address) }

    /// Makes an enum of the payload that is there.
    func inject(_ tag: UInt32, into value: UnsafeMutableRawPointer) {
        function(13, as: Inject.self)(value, tag, metadata.address)
    }
}
