import CTrackingRuntime

/// A class as the Swift runtime describes it, whether or not it has been used yet.
struct ClassDescription: Equatable {
    /// Where the compiler's description lies; all specialisations of a generic class have the same.
    let descriptor: UInt
    /// With its module and the types around it: `MyApp.Outer.Inner`; a private or local one in parentheses.
    let name: String

    /// What a pattern may say: the parentheses of a private class need not be written.
    var spellings: [String] {
        let plain = name.filter { $0 != "(" && $0 != ")" }
        return plain == name ? [name] : [name, plain]
    }
}

/// All classes of the program and its libraries.
enum ClassCatalog {
    /// Modules whose classes nobody means.
    private static let ownModules: Set<String> = [
        "ClassTracking", "HeapSizing", "ProcessSampling", "TrackingRecords", "TrackingSinks",
    ]

    /// The classes that the runtime knows now, but for the tracker's own.
    static func classes() -> [ClassDescription] {
        var guardState = ct_guard()
        // Without it, a library that is unloaded meanwhile could end the process.
        guard ct_guard_enter(&guardState) == 0 else { return [] }
        defer { ct_guard_leave(&guardState) }
        return descriptors()
            .compactMap { descriptor in
                guard let path = Context(address: descriptor).path(), let module = path.first,
                    !ownModules.contains(module)
                else { return nil }
                return ClassDescription(descriptor: descriptor, name: path.joined(separator: "."))
            }
    }

    private static func descriptors() -> Set<UInt> {
        // Libraries may be loaded between the two calls; what comes too late announces itself.
        let capacity = ct_class_descriptors(nil, 0)
        guard capacity > 0 else { return [] }
        return Set(
            [UInt](unsafeUninitializedCapacity: capacity) { buffer, count in
                count = min(ct_class_descriptors(buffer.baseAddress, buffer.count), buffer.count)
            }
        )
    }
}

/// The compiler's description of a type, or of what is around one (`TargetContextDescriptor` in the Swift repository).
private struct Context {
    let address: UInt

    private enum Kind {
        static let module: UInt32 = 0
        static let `extension`: UInt32 = 1
        static let anonymous: UInt32 = 2
        static let types: ClosedRange<UInt32> = 16...31
    }

    private var kind: UInt32 { ct_read32(address) & 0x1F }

    /// The names from the module to here.
    func path(depth: Int = 0) -> [String]? {
        guard depth < 32, canRead(address) else { return nil }
        if kind == Kind.module { return name.map { [$0] } }
        guard let parent else { return nil }
        switch kind {
        case Kind.types:
            guard let name, let around = parent.path(depth: depth + 1) else { return nil }
            return around + [parent.kind == Kind.anonymous ? "(\(name))" : name]
        case Kind.extension:
            // Who uses it sees a type within the extended one.
            return extendedType?.path(depth: depth + 1) ?? parent.path(depth: depth + 1)
        default: return parent.path(depth: depth + 1)
        }
    }

    private var name: String? {
        guard let start = target(of: address + 8) else { return nil }
        var bytes: [UInt8] = []
        while bytes.count < 1024 {
            let byte = ct_read8(start + UInt(bytes.count))
            if byte == 0 { return bytes.isEmpty ? nil : String(validating: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }

    private var parent: Context? {
        guard let target = target(of: address + 4, hasTag: true) else { return nil }
        return Context(address: target)
    }

    /// The type that this extends, where its mangled name is nothing but a reference to it.
    private var extendedType: Context? {
        guard let mangled = target(of: address + 8) else { return nil }
        // With arguments of a generic type, other letters follow or stand before it.
        let kind = ct_read8(mangled)
        guard kind == 1 || kind == 2, let target = target(of: mangled + 1) else { return nil }
        return Context(address: kind == 1 ? target : UInt(ct_read64(target)))
    }

    /// What the 32-bit distance at `address` leads to; with a tag, its lowest bit says that the address stands there.
    private func target(of address: UInt, hasTag: Bool = false) -> UInt? {
        let distance = Int(Int32(bitPattern: ct_read32(address)))
        guard distance != 0 else { return nil }
        let target = address &+ UInt(bitPattern: hasTag ? distance & ~1 : distance)
        return hasTag && distance & 1 != 0 ? UInt(ct_read64(target)) : target
    }

    private func canRead(_ address: UInt) -> Bool { address >= 4096 && ct_can_read(address) != 0 }
}
