/// The types of mangled names, from the runtime.
extension MangledName {
    /// Returns the type with this name in a generic context.
    ///
    /// - Parameters:
    ///   - context: The descriptor of the type that the field belongs to.
    ///   - arguments: The address of that type's generic arguments.
    /// - Returns: The type, or `nil` if the runtime does not know it, or would have to search and cannot.
    package func resolve(in context: ContextDescriptor?, arguments: UInt?) -> Metadata? {
        guard let name = UnsafePointer<UInt8>(bitPattern: address), RuntimeAccess.canSearch || needsNoSearch
        else { return nil }
        let type = _getTypeByMangledNameInContext(
            name,
            length,
            genericContext: context.flatMap { UnsafeRawPointer(bitPattern: $0.address) },
            genericArguments: arguments.flatMap { UnsafeRawPointer(bitPattern: $0) }
        )
        return type.map { Metadata($0) }
    }

    /// Returns the type with this name, with these arguments for its generic parameters.
    package func resolve(arguments: [UInt]) -> Metadata? {
        guard !needsMoreThanTypes, RuntimeAccess.canSearch || needsNoSearch else { return nil }
        guard let name = UnsafePointer<UInt8>(bitPattern: address) else { return nil }
        // The generic environment of one level of parameters: flags, the number of parameters, and for each one that it is a
        // type with an argument of its own (GenericEnvironmentDescriptor in ABI/Metadata.h).
        var environment: [UInt8] = [1, 0, 0, 0, UInt8(arguments.count & 0xFF), UInt8(arguments.count >> 8)]
        environment += Array(repeating: 0x80, count: arguments.count)
        environment += [0, 0, 0, 0]
        return
            environment.withUnsafeBytes { environment in
                arguments.withUnsafeBytes { arguments in
                    _getTypeByMangledNameInEnvironment(
                        name,
                        length,
                        genericEnvironment: environment.baseAddress,
                        genericArguments: arguments.baseAddress
                    )
                }
            }
            .map { Metadata($0) }
    }

    // MARK: Searches

    /// Indicates whether the runtime finds the type without a search, and without a library that may be unloaded meanwhile.
    ///
    /// This is a type of the standard library by its short name, a type without generic parameters that is never unloaded and is
    /// referred to by its descriptor, and optionals and arrays of these. The runtime keeps its results by the
    /// address of the metadata.
    private var needsNoSearch: Bool {
        let part = unwrapped ?? element ?? self
        return part.isStandard || part.nominal.map { !$0.isGenericInside && $0.isPermanent } ?? false
    }

    private var isStandard: Bool {
        length == 2 && (byte(at: address) == UInt8(ascii: "S") || byte(at: address) == UInt8(ascii: "y"))
    }

    /// Indicates whether the name contains a pack, for which the runtime needs more than types, and ends the process without it.
    ///
    /// The other operators with `Q` are associated types, for which the runtime looks up the conformance.
    private var needsMoreThanTypes: Bool {
        var position = address
        let end = address &+ length
        while position < end {
            switch byte(at: position) {
            case 0x01...0x17: position &+= 5
            case 0x18...0x1F: position &+= 9
            case UInt8(ascii: "Q"):
                guard "xyzXYZ".utf8.contains(byte(at: position &+ 1)) else { return true }
                position &+= 2
            // An identifier with words of earlier ones is not read, because types are given by address here.
            case UInt8(ascii: "0"): return true
            case UInt8(ascii: "1")...UInt8(ascii: "9"):
                var count: UInt = 0
                while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte(at: position)), count < length {
                    count = count * 10 + UInt(byte(at: position) - UInt8(ascii: "0"))
                    position &+= 1
                }
                position &+= count
            default: position &+= 1
            }
        }
        return false
    }
}
