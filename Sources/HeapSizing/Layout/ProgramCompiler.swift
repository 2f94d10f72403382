internal import SwiftRuntimeABI

/// Flattens layouts into the programs that the walker runs.
extension TypeLayout {
    /// Fills `program`; the nested layouts must be complete, their programs may follow.
    func compile() {
        program.pointee.set(steps(at: 0))
    }

    /// Returns the steps for a value of the type at the offset `base` of a larger value.
    func steps(at base: Int) -> [Step] {
        switch content {
        case .nothing, .opaque: []
        case .reference: [Step(.reference, base)]
        case .string: [Step(.reference, base + Int(ValueWords.stringObject), StringStorage.withoutObject)]
        case .closure: [Step(.reference, base + Int(ValueWords.functionContext))]
        case .existential: [Step(.existential, base)]
        case .fields(let fields): fields.flatMap { $0.steps(at: base) }
        case .cases(let layout): layout.steps(at: base)
        case .hidden: [Step(.scan, base, UInt(size))]
        case .repeated(let count, let element):
            if element.holdsNothing || count == 0 {
                []
            } else if count <= 8 {
                (0..<count).flatMap { element.steps(at: base + $0 * element.stride) }
            } else {
                [Step(.repetition, base, Repetition(count: count, program: UnsafePointer(element.program)))]
            }
        }
    }
}

extension Field {
    func steps(at base: Int) -> [Step] {
        guard let ownedBlock else { return layout.steps(at: base + offset) }
        return [Step(.owned, base + offset, ownedBlock)]
    }

    /// The pointer in the form that the walker reads, relative to the field.
    var ownedBlock: OwnedBlock? {
        owned.map { owned in
            OwnedBlock(
                countOffset: owned.count.map { $0.offset - offset } ?? 0,
                countBytes: owned.count?.bytes ?? 0,
                program: owned.element.map { UnsafePointer($0.program) },
                deallocatorOffset: owned.deallocator.map { $0 - offset } ?? 0
            )
        }
    }
}

extension EnumLayout {
    func steps(at base: Int) -> [Step] {
        let lists = cases.map { $0.steps(at: 0) }
        if lists.allSatisfy(\.isEmpty) { return [] }
        switch selector {
        case .absent(let offset, let mask, let values):
            let payload = cases[0].steps(at: base)
            if values.isEmpty { return payload }
            // The word of an absent reference shows the absence itself.
            if payload.count == 1, values.allSatisfy({ $0 < Architecture.leastAddress }), mask == .max,
                payload[0].offset == base + offset, [.reference, .box].contains(payload[0].kind)
            {
                return payload
            }
            let copy = UnsafeMutableBufferPointer<UInt>.allocate(capacity: values.count)
            _ = copy.initialize(from: values)
            let test = PresenceTest(mask: mask, values: copy, steps: payload.count)
            return [Step(.presence, base + offset, test)] + payload
        case .tags(let offset, let mask, let values):
            let entries = zip(values, lists).filter { !$0.1.isEmpty }
                .map { TagTable.Entry(value: $0, program: Self.program($1)) }
            let copy = UnsafeMutableBufferPointer<TagTable.Entry>.allocate(capacity: entries.count)
            _ = copy.initialize(from: entries)
            return [Step(.tags, base, TagTable(wordOffset: UInt(offset), mask: mask, entries: copy))]
        case .witness:
            let programs = lists.map(Self.program)
            let copy = UnsafeMutableBufferPointer<UnsafePointer<Program>>.allocate(capacity: programs.count)
            _ = copy.initialize(from: programs)
            let table = WitnessTable(
                payload: EnumPayload(of: metadata),
                size: size,
                programs: copy
            )
            return [Step(.witness, base, table)]
        }
    }

    private static func program(_ steps: [Step]) -> UnsafePointer<Program> {
        let program = UnsafeMutablePointer<Program>.allocate(capacity: 1)
        program.initialize(to: Program(stride: 0))
        program.pointee.set(steps)
        return UnsafePointer(program)
    }
}

extension EnumLayout.Case {
    func steps(at base: Int) -> [Step] {
        guard isIndirect else { return layout.steps(at: base) }
        return [Step(.box, base, UInt(bitPattern: layout.program))]
    }
}

extension ObjectPlan {
    mutating func compile(_ layout: ObjectLayout) {
        program.set(layout.fields.flatMap { $0.steps(at: 0) })
        isOpaque = layout.isOpaque
        isBox = layout.metadata.kind == .heapLocal || layout.metadata.kind == .genericBox
        self.layout = .passRetained(layout)
        switch layout.tail {
        case .none: break
        case .elements(let element, let offset, let count):
            setElements(element, at: offset, shape: .elements)
            countOffset = UInt(count.offset)
            countBytes = count.bytes
        case .ring(let element, let offset, let capacity, let count, let start):
            setElements(element, at: offset, shape: .ring)
            capacityOffset = UInt(capacity)
            countOffset = UInt(count)
            countBytes = 8
            startOffset = UInt(start)
        case .unknown(let element, let offset): setElements(element, at: offset, shape: .unknownTail)
        case .hashTree(let item, let offset):
            // Children are followed whatever the items are.
            shape = .hashTree
            element = UnsafePointer(item.program)
            tailOffset = UInt(offset)
        case .dictionary(let key, let mapped):
            if key.holdsNothing && mapped?.holdsNothing ?? true { break }
            shape = .dictionary
            element = UnsafePointer(key.program)
            value = mapped.map { UnsafePointer($0.program) }
        case .nativeString: shape = .nativeString
        case .errorBox: shape = .errorBox
        case .genericCaptures(let count, let firstCapture):
            shape = .genericCaptures
            bindings = count
            dependsOnCapture = firstCapture
        }
        isPlain = shape == .fixed && !isOpaque
        isSimple = isPlain && (0..<program.count).allSatisfy { program.steps[$0].kind == .reference }
    }

    private mutating func setElements(_ layout: TypeLayout, at offset: Int, shape: Shape) {
        guard !layout.holdsNothing else { return }
        self.shape = shape
        element = UnsafePointer(layout.program)
        tailOffset = UInt(offset)
    }
}
