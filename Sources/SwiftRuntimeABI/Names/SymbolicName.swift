/// A mangled type in which types are given by the addresses of their descriptors instead of by their names.
///
/// The runtime finds a type by name in the list of types, which omits those that cannot be copied, and private ones
/// unless the compiler was asked to describe them. A reference needs no search.
struct SymbolicName {
    private let text: [UInt8]
    /// The offsets in `text` of the distances to the descriptors.
    private let places: [(offset: Int, descriptor: UInt)]

    /// Replaces each nominal type of `type` whose descriptor is known.
    init(_ type: MangledPiece, descriptors: [UInt?]) {
        var text: [UInt8] = []
        var places: [(Int, UInt)] = []
        var done = 0
        for (nominal, descriptor) in zip(type.nominals, descriptors) {
            guard let descriptor else { continue }
            text += type.bytes[done..<nominal.range.lowerBound]
            // An indirect reference, and space for the distance to the word that holds the address.
            text.append(2)
            places.append((text.count, descriptor))
            text += [0, 0, 0, 0]
            done = nominal.range.upperBound
        }
        text += type.bytes[done...]
        self.text = text
        self.places = places
    }

    /// Returns the type, or `nil` if the runtime does not know it.
    func metadata(genericContext: UInt, genericArguments: UInt) -> Metadata? {
        guard RuntimeAccess.canSearch else { return nil }
        // The addresses precede the text, so that 32 bits suffice for the distances.
        let words = places.count * 8
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: words + text.count + 1, alignment: 8)
        defer { memory.deallocate() }
        for (index, byte) in text.enumerated() { memory[words + index] = byte }
        memory[words + text.count] = 0
        for (index, place) in places.enumerated() {
            memory.storeBytes(of: place.descriptor, toByteOffset: index * 8, as: UInt.self)
            let at = words + place.offset
            memory.storeBytes(of: Int32(index * 8 - at), toByteOffset: at, as: Int32.self)
        }
        guard let name = memory.baseAddress?.advanced(by: words).assumingMemoryBound(to: UInt8.self) else { return nil }
        let type = _getTypeByMangledNameInContext(
            name,
            UInt(text.count),
            genericContext: UnsafeRawPointer(bitPattern: genericContext),
            genericArguments: UnsafeRawPointer(bitPattern: genericArguments)
        )
        return type.map { Metadata($0) }
    }
}
