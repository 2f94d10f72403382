internal import SwiftRuntimeABI

/// Compiles metadata into layouts.
struct LayoutCompiler: ~Copyable {
    private var types: [Metadata: TypeLayout] = [:]
    /// Payloads of indirect cases, which are compiled after the enum, because they may contain it.
    private var unfilled: [Metadata] = []
    private var objects: [Metadata: ObjectLayout] = [:]
    private var captures: [UInt: ObjectLayout] = [:]
    private var boxes: UInt = 0
    private static let maximumCaptures = 1 << 16
    private var excess: [Metadata: ObjectLayout] = [:]
    var declarations = OwnedMemoryDeclarations()

    /// The fingerprint of each type when its layout was compiled, by its metadata.
    private var fingerprints: [Metadata: UInt64] = [:]
    /// The layouts added by the last attempt.
    private var fresh: [Metadata] = []

    /// Compiles a layout, unless a type has to declare its owned memory first; then nothing is stored.
    mutating func attempt<Layout>(
        _ body: (inout LayoutCompiler) -> Layout?
    ) -> (layout: Layout?, asked: [ConformingOwner]) {
        fresh.removeAll(keepingCapacity: true)
        let layout = body(&self)
        guard !declarations.unasked.isEmpty else { return (layout, []) }
        for metadata in fresh {
            types[metadata] = nil
            objects[metadata] = nil
            excess[metadata] = nil
            fingerprints[metadata] = nil
        }
        let forgotten = Set(fresh)
        captures = captures.filter { !forgotten.contains($0.value.metadata) }
        unfilled = []
        let asked = declarations.unasked
        declarations.unasked = []
        return (nil, asked)
    }

    private mutating func remember(_ metadata: Metadata) {
        fresh.append(metadata)
        if fingerprints[metadata] == nil { fingerprints[metadata] = metadata.fingerprint() }
    }

    /// Removes the layouts of types whose libraries were unloaded, and of those that refer to them.
    mutating func forgetLost(_ trust: MetadataTrust) {
        var lost = Set(
            fingerprints.filter { !trust.isWhole($0.key) || $0.key.fingerprint() != $0.value }.keys
        )
        guard !lost.isEmpty else { return }
        // A layout that refers to a lost one is lost too; repeated until nothing is added.
        var count = 0
        while count != lost.count {
            count = lost.count
            for (metadata, layout) in types where !lost.contains(metadata) && layout.content.refers(to: lost) {
                lost.insert(metadata)
            }
        }
        for metadata in lost {
            types[metadata] = nil
            fingerprints[metadata] = nil
            declarations.byConformance[metadata] = nil
        }
        objects = objects.filter { !lost.contains($0.key) && !$0.value.refers(to: lost) }
        captures = captures.filter { !lost.contains($0.value.metadata) && !$0.value.refers(to: lost) }
        excess = excess.filter { !lost.contains($0.key) }
    }

    // MARK: Values

    mutating func finishedLayout(of metadata: Metadata) -> TypeLayout {
        let result = layout(of: metadata)
        while let next = unfilled.popLast() {
            if let layout = types[next] { fill(layout) }
        }
        return result
    }

    mutating func layout(of metadata: Metadata) -> TypeLayout {
        if let known = types[metadata] {
            if let position = unfilled.firstIndex(of: metadata) {
                unfilled.remove(at: position)
                fill(known)
            }
            return known
        }
        let layout = emptyLayout(of: metadata)
        fill(layout)
        return layout
    }

    /// Returns the layout of an indirect case's payload.
    mutating func boxedLayout(of metadata: Metadata) -> TypeLayout {
        types[metadata] ?? emptyLayout(of: metadata, later: true)
    }

    private mutating func emptyLayout(of metadata: Metadata, later: Bool = false) -> TypeLayout {
        let witnesses = metadata.valueWitnesses
        let layout = TypeLayout(
            metadata: metadata,
            size: witnesses.exist ? witnesses.size : 8,
            stride: witnesses.exist ? witnesses.stride : 8,
            alignmentMask: witnesses.exist ? witnesses.alignmentMask : 7,
            isInline: !witnesses.exist || witnesses.isInline
        )
        // Even if it is never boxed: once other code has the layout it cannot be changed.
        if !witnesses.exist || !witnesses.isTrivial || !declarations.owned(by: metadata).isEmpty {
            boxes += 1
            layout.program.pointee.boxIndex = boxes
        }
        types[metadata] = layout
        remember(metadata)
        if later { unfilled.append(metadata) }
        return layout
    }

    private mutating func fill(_ layout: TypeLayout) {
        layout.fill(content(of: layout))
        layout.compile()
    }

    private mutating func content(of layout: TypeLayout) -> TypeLayout.Content {
        let metadata = layout.metadata
        let witnesses = metadata.valueWitnesses
        guard witnesses.exist else { return .nothing }
        if metadata == Self.string { return .string }
        let owned = declarations.owned(by: metadata)
        if witnesses.isTrivial && owned.isEmpty { return .nothing }
        switch metadata.kind {
        case .structType: return structContent(of: layout, owned: owned)
        case .enumType, .optionalType: return enumContent(of: layout)
        case .classType: return .reference
        case .opaque: return layout.size == 8 ? .reference : .opaque
        case .tuple: return tupleContent(of: metadata)
        case .function: return functionContent(of: metadata)
        case .existential, .extendedExistential: return existentialContent(of: metadata)
        case .metatype, .existentialMetatype: return .nothing
        case .fixedArray: return .repeated(metadata.arrayCount, self.layout(of: metadata.arrayElement))
        case .foreignClass, .foreignReference, .heapLocal, .genericBox, .errorBox, .task: return .opaque
        // A kind above 0x7ff is a class.
        case nil: return .reference
        }
    }

    private static let string = Metadata(String.self)

    private mutating func tupleContent(of metadata: Metadata) -> TypeLayout.Content {
        .fields(
            metadata.tupleElements.map { element in
                Field(name: element.name, offset: element.offset, layout: layout(of: element.type))
            }
        )
    }

    private func functionContent(of metadata: Metadata) -> TypeLayout.Content {
        switch metadata.convention {
        case .swift: .closure
        case .block: .opaque
        case .thin: .nothing
        }
    }

    private func existentialContent(of metadata: Metadata) -> TypeLayout.Content {
        switch metadata.existentialStorage {
        case .container: .existential
        case .reference: .reference
        case .metatype: .nothing
        }
    }

    // MARK: Objects

    mutating func objectLayout(of isa: Metadata) -> ObjectLayout {
        if let known = objects[isa] { return known }
        remember(isa)
        let layout = makeObjectLayout(of: isa)
        while let next = unfilled.popLast() {
            if let layout = types[next] { fill(layout) }
        }
        objects[isa] = layout
        return layout
    }

    private mutating func makeObjectLayout(of isa: Metadata) -> ObjectLayout {
        switch isa.kind {
        case .heapLocal: return closureLayout(of: isa)
        case .genericBox:
            let offset = isa.boxOffset
            let boxed = layout(of: isa.boxedType)
            return ObjectLayout(
                metadata: isa,
                name: "Box<\(boxed.name)>",
                fields: [Field(name: "value", offset: offset, layout: boxed)],
                size: offset + boxed.size
            )
        case .errorBox:
            return ObjectLayout(metadata: isa, name: "any Error", fields: [], tail: .errorBox, size: 32)
        case .task:
            return ObjectLayout(metadata: isa, name: "Task", fields: [], size: 16, isOpaque: true)
        default: return classLayout(of: isa)
        }
    }

    mutating func captureLayout(of captured: CapturedArguments) -> ObjectLayout {
        if let known = captures[captured.key] { return known }
        // Words of freed boxes produce ever new layouts.
        remember(captured.isa)
        if captures.count >= Self.maximumCaptures {
            if let known = excess[captured.isa] { return known }
            let layout = ObjectLayout(metadata: captured.isa, name: "closure", fields: [], size: 16, isOpaque: true)
            excess[captured.isa] = layout
            return layout
        }
        let layout = genericClosureLayout(of: captured)
        while let next = unfilled.popLast() {
            if let layout = types[next] { fill(layout) }
        }
        captures[captured.key] = layout
        return layout
    }

    // MARK: Teaching

    /// Copies all compiled layouts into a walker's tables.
    func teach(_ walker: inout Walker) -> Bool {
        for (isa, layout) in objects where !walker.objects.insert(isa.address, UInt(bitPattern: layout.plan)) {
            return false
        }
        for (key, layout) in captures where !walker.captures.insert(key, UInt(bitPattern: layout.plan)) { return false }
        for (type, layout) in types {
            let address = UInt(bitPattern: Unmanaged.passUnretained(layout).toOpaque())
            guard walker.values.insert(type.address, UInt(bitPattern: layout.program)),
                walker.layouts.insert(type.address, address)
            else { return false }
        }
        return true
    }

    mutating func declare(_ owned: [OwnedMemory], for metadata: Metadata) throws(HeapSizingError) {
        try check(owned, of: metadata)
        declarations.byType[metadata] = owned
    }
}
