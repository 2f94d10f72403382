internal import SwiftRuntimeABI

extension LayoutCompiler {
    mutating func structContent(of layout: TypeLayout, owned: [OwnedMemory]) -> TypeLayout.Content {
        let metadata = layout.metadata
        guard let descriptor = metadata.descriptor else { return .opaque }
        if descriptor.isGeneric, let known = synchronizationContent(of: layout, path: descriptor.path) { return known }
        guard let records = descriptor.fields, let offsets = metadata.structFieldOffsets else { return .opaque }
        // Storage that only the type itself knows how to use, and imported C++ types.
        if records.count == 0 { return .opaque }
        var starts = (0..<records.count).map { Int(halfWord(offsets &+ UInt($0) * 4)) }
        starts.append(layout.size)
        return .fields(fields(of: metadata, records: records, starts: starts, owned: owned))
    }

    /// The stored properties that one declaration has, in its order.
    ///
    /// - Parameters:
    ///   - metadata: The type that declares them.
    ///   - records: Their descriptions.
    ///   - starts: Their offsets, and at the end that of what follows.
    ///   - owned: Memory that the type has declared to own.
    /// - Returns: The fields that hold something, or could.
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
            // The order in memory is that of the source, but for what the compiler may do one day.
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

    /// A noncopyable field or payload: by its type where that can be told, else bytes to be looked through.
    mutating func hiddenLayout(_ name: MangledName, in metadata: Metadata, bytes: Int) -> TypeLayout {
        if let type = hiddenType(name, in: metadata, bytes: bytes) { return layout(of: type) }
        return searchedLayout(in: metadata, bytes: bytes)
    }

    /// Bytes that are looked through.
    private func searchedLayout(in metadata: Metadata, bytes: Int) -> TypeLayout {
        let layout = TypeLayout(metadata: metadata, size: bytes, stride: bytes, alignmentMask: 7)
        layout.fill(.hidden)
        layout.compile()
        return layout
    }

    /// The type of a noncopyable field, where the program has its symbols.
    func hiddenType(_ name: MangledName, in metadata: Metadata, bytes: Int) -> Metadata? {
        HiddenFieldTypes.metadata(
            ofFieldNamedAt: name.address,
            genericContext: metadata.descriptor?.address ?? 0,
            genericArguments: metadata.descriptor?.isGeneric == true ? metadata.genericArguments ?? 0 : 0,
            fitting: bytes
        )
        .map { Metadata($0) }
    }

    /// A type that the runtime could not name: nothing is known but its bytes.
    ///
    /// Where it only may not look for it, they are looked through.
    func unresolvedLayout(bytes: Int) -> TypeLayout {
        guard RuntimeAccess.canSearch else { return searchedLayout(in: Metadata(Void.self), bytes: bytes) }
        let layout = TypeLayout(metadata: Metadata(Void.self), size: bytes, stride: bytes, alignmentMask: 7)
        layout.fill(.opaque)
        return layout
    }

    /// The types of the Synchronization module, whose storage is raw to every reader of metadata.
    private mutating func synchronizationContent(of layout: TypeLayout, path: String) -> TypeLayout.Content? {
        guard path.hasPrefix("Synchronization."), let argument = layout.metadata.genericArgument(0),
            let offsets = layout.metadata.structFieldOffsets
        else { return nil }
        switch path {
        case "Synchronization.Mutex":
            // The lock, then the value in a cell.
            let value = self.layout(of: argument)
            return .fields([Field(name: "value", offset: Int(halfWord(offsets &+ 4)), layout: value)])
        case "Synchronization._Cell":
            return .fields([Field(name: "value", offset: 0, layout: self.layout(of: argument))])
        case "Synchronization.AtomicLazyReference":
            // An unmanaged reference in an atomic, retained by hand.
            return .reference
        // An atomic value's representation is a number; it holds nothing.
        case "Synchronization.Atomic": return .nothing
        default: return nil
        }
    }
}
