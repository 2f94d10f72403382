// The three names of a type: in declarations of owned memory, in patterns for classes, and in manglings.
extension ContextDescriptor {
    /// More than any source nests; the bound is for a word that was never a descriptor.
    private static let maximumDepth = 32

    /// The names from the module inwards, `Module.Outer.Inner`, without contexts that have no name, such as an extension.
    package var path: String {
        var names: [String] = []
        var context: ContextDescriptor? = self
        while let current = context, names.count < Self.maximumDepth {
            if let name = current.name { names.append(name) }
            context = current.parent
        }
        return names.reversed().joined(separator: ".")
    }

    /// The names from the module inwards, as the users of the type see them.
    ///
    /// A type in an extension is within the extended type, whatever the module of the extension is. The name of a private or
    /// local type is in parentheses. `nil` if the descriptor is gone.
    package var visibleNames: [String]? { visibleNames(depth: 0) }

    private func visibleNames(depth: Int) -> [String]? {
        guard depth < Self.maximumDepth, address >= Architecture.leastAddress, canRead(address) else { return nil }
        switch kind {
        case .module: return visibleName.map { [$0] }
        case .classType, .structType, .enumType:
            guard let name = visibleName, let parent, let around = parent.visibleNames(depth: depth + 1) else {
                return nil
            }
            return around + [parent.kind == .anonymous ? "(\(name))" : name]
        case .extensionContext:
            return extendedType?.visibleNames(depth: depth + 1) ?? parent?.visibleNames(depth: depth + 1)
        case .anonymous, .protocolType, nil: return parent?.visibleNames(depth: depth + 1)
        }
    }

    private var visibleName: String? { name.flatMap { $0.isEmpty ? nil : $0 } }

    // MARK: Manglings

    /// The letter for the kind of type in manglings.
    private var operation: UInt8? {
        switch kind {
        case .classType: UInt8(ascii: "C")
        case .structType: UInt8(ascii: "V")
        case .enumType: UInt8(ascii: "O")
        default: nil
        }
    }

    /// Returns whether this describes a type with the given name.
    func isType(named other: [UInt8]) -> Bool {
        guard operation != nil, !other.isEmpty, let nameAddress else { return false }
        for (index, character) in other.enumerated() where byte(at: nameAddress &+ UInt(index)) != character {
            return false
        }
        return byte(at: nameAddress &+ UInt(other.count)) == 0
    }

    /// The path of the type in a mangling without references.
    ///
    /// `nil` if the parents do not name it: in extensions and functions, and for private types.
    var mangledPath: [UInt8]? { mangledPath(depth: 0) }

    private func mangledPath(depth: Int) -> [UInt8]? {
        guard depth < Self.maximumDepth, !isImported, kind == .module || operation != nil, let name else { return nil }
        // Other alphabets are mangled in Punycode.
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let identifier = Array("\(name.utf8.count)\(name)".utf8)
        guard let operation else { return name == "Swift" ? [UInt8(ascii: "s")] : identifier }
        return parent?.mangledPath(depth: depth + 1).map { $0 + identifier + [operation] }
    }
}
