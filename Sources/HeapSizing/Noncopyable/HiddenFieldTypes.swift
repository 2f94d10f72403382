internal import TrackingRecords

/// Finds the types of stored properties that reflection hides because they cannot be copied.
///
/// Up to Swift 6.3 the description of such a field, a `Mutex` above all, leads to a function that says its type is `()`.
/// What the type really is stands in a symbol at the place where the description refers to, for the linker to merge equal
/// ones: `get_type_metadata <mangled type> noncopyable.<number>`. It is there unless the program was stripped.
package enum HiddenFieldTypes {
    private struct State {
        /// By what is loaded where; nil for a file without symbols, which is not opened again.
        var images: [LoadedImage: ImageSymbols?] = [:]
        var descriptors: [Path: UInt] = [:]
    }

    /// A type, as an image names it: private types of two images may have the same name.
    private struct Path: Hashable {
        let image: UInt
        let bytes: [UInt8]
    }

    private static let state = OrderedMutex(.hiddenFieldTypes, State())

    /// Keeps the memory for them small; programs have fewer.
    private static let maximumCachedDescriptors = 4096

    /// The type of a hidden field.
    ///
    /// - Parameters:
    ///   - mangledName: Where the type's name in the record of the field begins: with the byte 9.
    ///   - descriptor: The descriptor of the type that has the field; 0 if it is not generic.
    ///   - genericArguments: Where the generic arguments of that type begin; 0 if it is not generic.
    ///   - maximumSize: The bytes between the field's offset and the next field, or the end.
    /// - Returns: The address of the type's metadata. Nil if the file has no symbols or is not the one that was loaded, if
    ///   the type cannot be told for certain, or if it takes more than `maximumSize` bytes.
    package static func metadata(
        ofFieldNamedAt mangledName: UInt,
        genericContext descriptor: UInt,
        genericArguments: UInt,
        fitting maximumSize: Int
    ) -> UInt? {
        // It is looked for in what all libraries have brought along.
        guard RuntimeAccess.canSearch, let image = LoadedImage(containing: mangledName),
            let symbols = symbols(of: image, at: mangledName),
            let mangled = symbols.mangledType(at: mangledName),
            let type = MangledTypeReader.type(mangled)
        else { return nil }
        let references = type.nominals.map { nominal in
            Self.descriptor(of: type.bytes[nominal.range], named: nominal.name, symbols, image)
        }
        let name = SymbolicName(type, descriptors: references)
        guard let metadata = name.metadata(genericContext: descriptor, genericArguments: genericArguments),
            let size = size(of: metadata), size <= maximumSize
        else { return nil }
        return metadata
    }

    private static func symbols(of image: LoadedImage, at address: UInt) -> ImageSymbols? {
        if let known = state.withLock({ $0.images[image] }) { return known }
        // Reading takes milliseconds, for which nobody else has to wait.
        let symbols = ImageSymbols.load(image, at: address)
        state.withLock { $0.images[image] = .some(symbols) }
        return symbols
    }

    /// The descriptor of a type that a field of `image` names, or nil, in which case the runtime is left to find it.
    private static func descriptor(
        of path: ArraySlice<UInt8>,
        named name: [UInt8],
        _ symbols: ImageSymbols,
        _ image: LoadedImage
    ) -> UInt? {
        let key = Path(image: image.bias, bytes: Array(path))
        if let known = state.withLock({ $0.descriptors[key] }) { return known }
        let found = symbols.descriptor(of: path, named: name) ?? TypeDescriptor.find(path: path, named: name)?.address
        guard let found else { return nil }
        state.withLock { state in
            if state.descriptors.count >= maximumCachedDescriptors { state.descriptors = [:] }
            state.descriptors[key] = found
        }
        return found
    }

    /// Forgets what may have been in a library that was unloaded.
    static func forgetLost() {
        state.withLock { state in
            state.descriptors = [:]
            // Another file may have the name of one that is gone; the program's own is never another one.
            state.images = state.images.filter { $0.key.path == nil }
        }
    }

    /// The size of a type, from the value witness table that stands before its metadata.
    private static func size(of metadata: UInt) -> Int? {
        guard let word = UnsafePointer<UInt>(bitPattern: metadata &- 8),
            let table = UnsafePointer<Int>(bitPattern: word.pointee)
        else { return nil }
        return table[8]
    }
}
