/// The stored properties of a struct or class, or the cases of an enum, as the compiler describes them.
///
/// RemoteInspection/Records.h in the Swift repository. All descriptors of an image are in one section, one after the other.
package struct FieldDescriptor {
    let address: UInt

    /// The bytes before the first record.
    static let headerSize: UInt = 16

    private var recordSize: UInt { UInt(halfWord(address &+ 8) >> 16) }

    package var count: Int { min(Int(halfWord(address &+ 12)), 1 << 20) }

    /// The bytes of the descriptor with its records.
    var size: UInt { Self.headerSize &+ recordSize &* UInt(halfWord(address &+ 12)) }

    /// The described type, if its mangled name is only a reference to it.
    var type: ContextDescriptor? { relative(at: address).flatMap { MangledName(address: $0).nominal } }

    package subscript(index: Int) -> FieldRecord {
        FieldRecord(address: address &+ Self.headerSize &+ UInt(index) * recordSize)
    }
}

/// One stored property or case.
package struct FieldRecord {
    let address: UInt

    /// Indicates whether the payload is in a box of its own.
    package var isIndirect: Bool { halfWord(address) & 1 != 0 }

    /// The mangled type; `nil` for a case without payload.
    package var mangledType: MangledName? { relative(at: address &+ 4).map(MangledName.init(address:)) }

    /// The name in the source; `nil` if the program was built without names.
    package var name: String? { relative(at: address &+ 8).map(text(at:)) }
}
