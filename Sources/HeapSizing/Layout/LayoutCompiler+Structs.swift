internal import SwiftRuntimeABI

extension LayoutCompiler {
    mutating func structContent(of layout: TypeLayout, owned: [OwnedMemory]) -> TypeLayout.Content {
        let metadata = layout.metadata
        guard let descriptor = metadata.descriptor else { return .opaque }
        if descriptor.isGeneric, let known = synchronizationContent(of: layout, path: descriptor.path) { return known }
        guard let records = descriptor.fields, let offsets = metadata.structFieldOffsets else { return .opaque }
        // Storage that only the type itself can interpret, and imported C++ types.
        if records.count == 0 { return .opaque }
        var starts = (0..<records.count).map { Int(halfWord(offsets &+ UInt($0) * 4)) }
        starts.append(layout.size)
        return .fields(fields(of: metadata, records: records, starts: starts, owned: owned))
    }

    /// Returns the stored properties of one declaration, in its order.
    ///
    /// - Parameters:
    ///   - metadata: The type that declares them.
    ///   - records: Their descriptions.
    ///   - starts: Their offsets, followed by the offset after the last one.
    ///   - owned: Memory that the type has declared to own.
    /// - Returns: The fields that have references, or may have some.
    mutating func fields(
        of metadata: Metadata,
        records: FieldDescriptor,
        starts: [Int],
        owned: [OwnedMemory]
    ) -> [Field] {
        let descriptor = metadata.descriptor
        let arguments = metadata.genericArguments
        let upwards = starts.sorted()
        var fields: [Field] = []
        for index in 0..<records.count {
            let record = records[index]
            guard let name = record.mangledType, !name.isNotStrong else { continue }
            let start = starts[index]
            // The order in memory is that of the source, unless a later compiler changes it.
            let end = upwards.first { $0 > start } ?? start
            let layout: TypeLayout
            if name.isHidden {
                layout = hiddenLayout(name, in: metadata, bytes: end - start)
            } else if let type = name.resolve(in: descriptor, arguments: arguments) {
                layout = self.layout(of: type)
            } else {
                layout = unresolvedLayout(bytes: end - start)
            }
            fields.append(Field(name: displayName(record.name, at: index), offset: start, layout: layout))
        }
        attach(owned, to: &fields, of: metadata)
        return fields
    }

    private func displayName(_ name: String?, at index: Int) -> String {
        guard let name, !name.isEmpty else { return "property \(index)" }
        let lazyPrefix = "$__lazy_storage_$_"
        return name.hasPrefix(lazyPrefix) ? String(name.dropFirst(lazyPrefix.count)) : name
    }

    /// Returns the layout of a noncopyable field or payload: that of its type if it can be determined, else bytes to be
    /// searched.
    mutating func hiddenLayout(_ name: MangledName, in metadata: Metadata, bytes: Int) -> TypeLayout {
        if let type = hiddenType(name, in: metadata, bytes: bytes) { return layout(of: type) }
        return searchedLayout(in: metadata, bytes: bytes)
    }

    /// Returns a layout of bytes to be searched for references.
    private func searchedLayout(in metadata: Metadata, bytes: Int) -> TypeLayout {
        let layout = TypeLayout(metadata: metadata, size: bytes, stride: bytes, alignmentMask: 7)
        layout.fill(.hidden)
        layout.compile()
        return layout
    }

    /// Returns the type of a noncopyable field, if the program has its symbols.
    func hiddenType(_ name: MangledName, in metadata: Metadata, bytes: Int) -> Metadata? {
        HiddenFieldTypes.metadata(
            ofFieldNamedAt: name.address,
            genericContext: metadata.descriptor?.address ?? 0,
            genericArguments: metadata.descriptor?.isGeneric == true ? metadata.genericArguments ?? 0 : 0,
            fitting: bytes
        )
        .map { Metadata($0) }
    }

    /// Returns the layout of a type that the runtime could not find: only its size is known.
    ///
    /// If the runtime must not search for it, the bytes are searched for references.
    func unresolvedLayout(bytes: Int) -> TypeLayout {
        guard RuntimeAccess.canSearch else { return searchedLayout(in: Metadata(Void.self), bytes: bytes) }
        let layout = TypeLayout(metadata: Metadata(Void.self), size: bytes, stride: bytes, alignmentMask: 7)
        layout.fill(.opaque)
        return layout
    }

    /// Returns the layout of a type of the Synchronization module, whose storage is raw memory in the metadata.
    private mutating func synchronizationContent(of layout: TypeLayout, path: String) -> TypeLayout.Content? {
        guard path.hasPrefix("Synchronization."), let argument = layout.metadata.genericArgument(0),
            let offsets = layout.metadata.structFieldOffsets
        else { return nil }
        switch path {
        case "Synchronization.Mutex":
            // The lock, followed by the value in a cell.
            let value = self.layout(of: argument)
            return .fields([Field(name: "value", offset: Int(halfWord(offsets &+ 4)), layout: value)])
        case "Synchronization._Cell":
            return .fields([Field(name: "value", offset: 0, layout: self.layout(of: argument))])
        case "Synchronization.AtomicLazyReference":
            // An unmanaged reference in an atomic, which the type retains itself.
            return .reference
        // An atomic value's representation is a number without references.
        case "Synchronization.Atomic": return .nothing
        default: return nil
        }
    }
}
