internal import TrackingRecords

/// Finds the types of stored properties that reflection hides because they cannot be copied.
///
/// Up to Swift 6.3 the description of such a field, mostly a `Mutex`, refers to a function that returns the type `()`. The real
/// type is in the name of the symbol at that function, `get_type_metadata <mangled type> noncopyable.<number>`, by which the
/// linker merges equal functions. The symbol exists unless the program was stripped.
package enum HiddenFieldTypes {
    private struct State {
        /// The symbols by image; `nil` for a file without symbols, which is not opened again.
        var images: [LoadedImage: ImageSymbols?] = [:]
        var descriptors: [Path: UInt] = [:]
    }

    /// The path of a type within an image: private types of two images may have the same name.
    private struct Path: Hashable {
        let image: UInt
        let bytes: [UInt8]
    }

    private static let state = OrderedMutex(.hiddenFieldTypes, State())

    /// More types than programs have; the bound keeps the memory small.
    private static let maximumCachedDescriptors = 4096

    /// Returns the type of a hidden field.
    ///
    /// - Parameters:
    ///   - mangledName: The address of the type's name in the record of the field; it begins with the byte 9.
    ///   - descriptor: The descriptor of the type that has the field; 0 if it is not generic.
    ///   - genericArguments: The address of that type's generic arguments; 0 if it is not generic.
    ///   - maximumSize: The bytes between the field's offset and the next field, or the end.
    /// - Returns: The address of the type's metadata. Nil if the file has no symbols or is not the one that was loaded, if
    ///   the type is not certain, or if it has more than `maximumSize` bytes.
    package static func metadata(
        ofFieldNamedAt mangledName: UInt,
        genericContext descriptor: UInt,
        genericArguments: UInt,
        fitting maximumSize: Int
    ) -> UInt? {
        // The runtime searches the sections of all libraries.
        guard RuntimeAccess.canSearch, let image = LoadedImage(containing: mangledName),
            let symbols = symbols(of: image, at: mangledName),
            let mangled = symbols.mangledType(at: mangledName),
            let type = MangledTypeReader.type(mangled)
        else { return nil }
        let references = type.nominals.map { nominal in
            Self.descriptor(of: type.bytes[nominal.range], named: nominal.name, symbols, image)
        }
        let name = SymbolicName(type, descriptors: references)
        guard let metadata = name.metadata(genericContext: descriptor, genericArguments: genericArguments) else {
            return nil
        }
        let witnesses = metadata.valueWitnesses
        return witnesses.exist && witnesses.size <= maximumSize ? metadata.address : nil
    }

    private static func symbols(of image: LoadedImage, at address: UInt) -> ImageSymbols? {
        if let known = state.withLock({ $0.images[image] }) { return known }
        // Not under the lock, because reading takes milliseconds.
        let symbols = ImageSymbols.load(image, at: address)
        state.withLock { $0.images[image] = .some(symbols) }
        return symbols
    }

    /// Returns the descriptor of a type that a field of `image` names, or `nil`; then the runtime looks for it by name.
    private static func descriptor(
        of path: ArraySlice<UInt8>,
        named name: [UInt8],
        _ symbols: ImageSymbols,
        _ image: LoadedImage
    ) -> UInt? {
        let key = Path(image: image.bias, bytes: Array(path))
        if let known = state.withLock({ $0.descriptors[key] }) { return known }
        let found =
            symbols.descriptor(of: path, named: name) ?? ContextDescriptor.find(path: path, named: name)?.address
        guard let found else { return nil }
        state.withLock { state in
            if state.descriptors.count >= maximumCachedDescriptors { state.descriptors = [:] }
            state.descriptors[key] = found
        }
        return found
    }

    /// Forgets everything that may have been in a library that was unloaded.
    package static func forgetLost() {
        state.withLock { state in
            state.descriptors = [:]
            // Another file may have the name of one that is gone; the program's own file stays the same.
            state.images = state.images.filter { $0.key.path == nil }
        }
    }
}
