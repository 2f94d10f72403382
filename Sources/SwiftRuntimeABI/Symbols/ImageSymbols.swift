internal import CTrackingRuntime
internal import Glibc

/// The hidden fields of one loaded image, and the types that they may have, read from its symbols.
package final class ImageSymbols: Sendable {
    /// A type, and the position of the mangled name in its descriptor's symbol among the names.
    private struct Nominal {
        let descriptor: UInt
        let start: UInt32
        let length: UInt32
    }

    /// The mangled type of each hidden field, by the address to which its record refers.
    private let fieldTypes: [UInt: [UInt8]]
    private let nominals: [Nominal]
    /// The mangled names of all types in one buffer: a large program has tens of thousands.
    private let names: [UInt8]

    /// The number of hidden fields in the image.
    package var fieldCount: Int { fieldTypes.count }

    /// The number of types of the image that have symbols.
    package var typeCount: Int { nominals.count }

    /// Reads the symbols of a file.
    ///
    /// - Parameters:
    ///   - file: The file that the image was loaded from.
    ///   - bias: The difference between addresses in memory and in the file.
    /// - Throws: `SymbolFile.Failure` if there are none to be read.
    package init(file: borrowing SymbolFile, bias: UInt) throws(SymbolFile.Failure) {
        var fieldTypes: [UInt: [UInt8]] = [:]
        var ambiguous: Set<UInt> = []
        var nominals: [Nominal] = []
        var names: [UInt8] = []
        try file.readSymbols { name in
            Self.isFieldType(name) || Self.isDescriptor(name)
        } visit: { name, address, size in
            guard let offset = UInt(exactly: address) else { return }
            let address = bias &+ offset
            if name.first == UInt8(ascii: "$") {
                // Every descriptor has at least flags, parent and name.
                guard ct_image_contains(bias, address, 12) != 0 else { return }
                let mangled = name.dropFirst(2).dropLast(2)
                guard let start = UInt32(exactly: names.count) else { return }
                nominals.append(Nominal(descriptor: address, start: start, length: UInt32(mangled.count)))
                names += mangled
            } else if size == 6, let type = Self.mangledType(of: name) {
                if let known = fieldTypes.updateValue(type, forKey: address), known != type {
                    ambiguous.insert(address)
                }
            }
        }
        for address in ambiguous { fieldTypes[address] = nil }
        self.fieldTypes = fieldTypes
        self.nominals = nominals
        self.names = names
    }

    /// Returns the mangled type of the field whose record refers to `address`, from the compiler's symbol.
    package func mangledType(at address: UInt) -> [UInt8]? { fieldTypes[address] }

    /// Returns the descriptor of the type with this path, or `nil` if there is none or more than one.
    ///
    /// It finds types whose parents do not name them: private types, types in a function, and types in an extension.
    func descriptor(of path: ArraySlice<UInt8>, named name: [UInt8]) -> UInt? {
        var found: UInt?
        for nominal in nominals where ContextDescriptor(nominal.descriptor).isType(named: name) {
            let mangled = names[Int(nominal.start)..<Int(nominal.start) + Int(nominal.length)]
            guard let piece = MangledTypeReader.type(Array(mangled)), piece.bytes.elementsEqual(path) else { continue }
            guard found == nil || found == nominal.descriptor else { return nil }
            found = nominal.descriptor
        }
        return found
    }

    // MARK: - Names

    private static let fieldPrefix = "get_type_metadata "
    private static let fieldSuffix = " noncopyable."

    private static func isFieldType(_ name: UnsafeRawBufferPointer) -> Bool {
        guard name.count > fieldPrefix.utf8.count, let base = name.baseAddress else { return false }
        return memcmp(base, fieldPrefix, fieldPrefix.utf8.count) == 0
    }

    private static func isDescriptor(_ name: UnsafeRawBufferPointer) -> Bool {
        guard name.count > 5, let base = name.baseAddress else { return false }
        return memcmp(base, "$s", 2) == 0 && memcmp(base + name.count - 2, "Mn", 2) == 0
    }

    /// Returns the type in `get_type_metadata <type> noncopyable.<number>`.
    static func mangledType(of symbol: [UInt8]) -> [UInt8]? {
        let rest = symbol.dropFirst(fieldPrefix.utf8.count)
        guard let space = rest.firstIndex(of: UInt8(ascii: " ")), space > rest.startIndex,
            rest[space...].starts(with: fieldSuffix.utf8)
        else { return nil }
        return Array(rest[..<space])
    }
}

extension ImageSymbols {
    /// Reads the symbols of an image.
    ///
    /// - Parameters:
    ///   - image: The image.
    ///   - address: An address in it.
    /// - Returns: `nil` if the file cannot be read, has no symbols or is not the one that was loaded.
    package static func load(_ image: LoadedImage, at address: UInt) -> ImageSymbols? {
        do {
            let file = try SymbolFile(of: image)
            guard try isSame(file, image, address) else { return nil }
            return try ImageSymbols(file: file, bias: image.bias)
        } catch {
            return nil
        }
    }

    /// Returns whether the file is the one in memory: an update may have replaced it since.
    static func isSame(
        _ file: borrowing SymbolFile,
        _ image: LoadedImage,
        _ address: UInt
    ) throws(SymbolFile.Failure) -> Bool {
        if let buildID = image.buildID { return try file.buildID() == buildID }
        // /proc/self/exe is the file in memory, even if it has been replaced or deleted.
        if image.path == nil { return true }
        var device: UInt64 = 0
        var inode: UInt64 = 0
        guard ct_mapped_file(address, &device, &inode) == 0 else { return false }
        return file.identity == (device, inode)
    }
}
