internal import CTrackingRuntime
internal import Glibc

/// The compiler's description of a structure, enumeration or class, or of a context around one.
struct TypeDescriptor {
    let address: UInt

    private var flags: UInt32 { Self.load(address) }

    /// Its name is not its own but that of an imported declaration, which is mangled differently.
    private var isImported: Bool { flags & 0x40000 != 0 }

    /// The letter that the kind of type has in manglings.
    private var operation: UInt8? {
        switch flags & 0x1f {
        case 16: UInt8(ascii: "C")
        case 17: UInt8(ascii: "V")
        case 18: UInt8(ascii: "O")
        default: nil
        }
    }

    private var isModule: Bool { flags & 0x1f == 0 }

    private var name: UnsafePointer<CChar>? {
        guard isModule || operation != nil else { return nil }
        return Self.target(of: address + 8).flatMap { UnsafePointer(bitPattern: $0) }
    }

    private var parent: TypeDescriptor? {
        let offset: Int32 = Self.load(address + 4)
        let target = (address + 4) &+ UInt(bitPattern: Int(offset & ~1))
        guard offset != 0 else { return nil }
        return TypeDescriptor(address: offset & 1 == 0 ? target : Self.load(target))
    }

    /// Whether this describes a type with the given name.
    func isNamed(_ other: [UInt8]) -> Bool {
        guard operation != nil, !other.isEmpty, let name else { return false }
        return strncmp(name, other, other.count) == 0 && name[other.count] == 0
    }

    /// The path of the type as a mangling without references has it.
    ///
    /// Nil where the parent chain does not tell it: in extensions and functions, and for private types.
    func path(depth: Int = 0) -> [UInt8]? {
        guard depth < 32, !isImported, let name else { return nil }
        let text = UnsafeRawBufferPointer(start: name, count: strlen(name))
        // Other alphabets are mangled in Punycode.
        guard !text.isEmpty, text.allSatisfy({ $0 < 0x80 }) else { return nil }
        let identifier = Array(String(text.count).utf8) + text
        if isModule {
            return text.elementsEqual("Swift".utf8) ? [UInt8(ascii: "s")] : identifier
        }
        guard let operation, let parent = parent?.path(depth: depth + 1) else { return nil }
        return parent + identifier + [operation]
    }

    // MARK: - Search

    /// The descriptor of the type with this path in any image, or nil if there is none or more than one.
    ///
    /// The field descriptions are gone through, because the list of types leaves out those that are not copyable.
    static func find(path: ArraySlice<UInt8>, named name: [UInt8]) -> TypeDescriptor? {
        var found: UInt?
        var isAmbiguous = false
        for section in fieldSections() {
            forEachType(in: section) { descriptor in
                guard descriptor.isNamed(name), descriptor.path()?.elementsEqual(path) == true else { return }
                isAmbiguous = isAmbiguous || (found != nil && found != descriptor.address)
                found = descriptor.address
            }
        }
        return isAmbiguous ? nil : found.map(TypeDescriptor.init)
    }

    private static func fieldSections() -> [ct_field_section] {
        // Images may be loaded between the two calls; what comes too late is found the next time.
        let capacity = ct_field_sections(nil, 0)
        guard capacity > 0 else { return [] }
        return Array(unsafeUninitializedCapacity: capacity) { buffer, count in
            count = min(ct_field_sections(buffer.baseAddress, buffer.count), buffer.count)
        }
    }

    private static func forEachType(in section: ct_field_section, _ body: (TypeDescriptor) -> Void) {
        var at = section.start
        let end = section.start + UInt(section.length)
        while end - at >= 16 {
            let recordSize: UInt16 = load(at + 10)
            let count: UInt32 = load(at + 12)
            let size = 16 + UInt(recordSize) * UInt(count)
            guard size <= end - at else { return }
            if let type = target(of: at).flatMap(type(mangledAt:)) { body(type) }
            at += size
        }
    }

    /// The type that a mangled name consists of, if it is nothing but a reference to a descriptor.
    private static func type(mangledAt name: UInt) -> TypeDescriptor? {
        let kind: UInt8 = load(name)
        guard kind == 1 || kind == 2, let target = target(of: name + 1), load(name + 5) as UInt8 == 0 else {
            return nil
        }
        return TypeDescriptor(address: kind == 1 ? target : load(target))
    }

    // MARK: - Memory

    /// What the 32-bit distance at `address` leads to, or nil if it is zero.
    private static func target(of address: UInt) -> UInt? {
        let offset: Int32 = load(address)
        return offset == 0 ? nil : address &+ UInt(bitPattern: Int(offset))
    }

    /// Reads what the compiler has laid down in a loaded image.
    private static func load<Value: FixedWidthInteger>(_ address: UInt) -> Value {
        guard let pointer = UnsafeRawPointer(bitPattern: address) else { return 0 }
        return pointer.loadUnaligned(as: Value.self)
    }
}
