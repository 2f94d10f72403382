internal import SwiftRuntimeABI
internal import TrackingRecords

/// Sizes an object property by property, a few levels deep.
///
/// The levels that are listed are read here, by layouts with names; the walker sizes everything below. Values that only
/// wrap another one, an `Array` around its storage or an `Optional` around its payload, are no level of their own. Each
/// block is one level, so the recursion here is no deeper than the number of levels.
///
/// Nothing is allocated with malloc: the result is a tree without names.
struct ReferentReader: ~Copyable {
    /// The largest number of elements of an array that are listed; the others are summed up in one referent.
    static let maximumElements = 1000
    /// The largest number of levels that are listed, even if more were requested: the stack may be small.
    static let maximumLevels = 32

    typealias Node = ReferentTree.Node

    var walker: Walker
    private(set) var tree: ReferentTree

    init(_ walker: consuming Walker, _ tree: consuming ReferentTree) {
        self.walker = walker
        self.tree = tree
    }

    /// Returns the walker, and hands the tree over.
    consuming func finish(_ tree: inout ReferentTree) -> Walker {
        tree = self.tree
        return walker
    }

    /// Returns the place of a requested object, by itself or in a sum of several.
    mutating func place(of number: Int, isSum: Bool) -> Node { isSum ? tree.sum(number) : tree.object(number) }

    /// Adds an object that has just been marked.
    mutating func addObject(at address: UInt, levels: Int, to node: Node) {
        let levels = min(levels, Self.maximumLevels)
        let before = walker.bytes
        let layout = walker.beginObject(at: address)
        tree.add(flat: walker.bytes - before, to: node)
        if let layout {
            if levels > 0 {
                addFields(of: layout, at: address, levels: levels - 1, to: node)
                addTail(layout, of: address, levels: levels - 1, to: node)
            } else {
                walker.visitRoot(address)
                walker.drain()
            }
        }
        tree.add(size: walker.bytes - before, to: node)
    }

    // MARK: Properties

    private mutating func addFields(of layout: ObjectLayout, at base: UInt, levels: Int, to node: Node) {
        for index in layout.fields.indices {
            add(layout.fields[index], .field(index, of: layout), at: base, levels: levels, to: node)
        }
    }

    private mutating func addFields(
        _ fields: [Field],
        of layout: TypeLayout,
        at base: UInt,
        levels: Int,
        to node: Node
    ) {
        for index in fields.indices {
            add(fields[index], .field(index, of: layout), at: base, levels: levels, to: node)
        }
    }

    private mutating func add(
        _ field: Field,
        _ label: ReferentLabel,
        at base: UInt,
        levels: Int,
        to node: Node
    ) {
        let address = base &+ UInt(field.offset)
        if let owned = field.ownedBlock {
            addBlock(label, owned, at: address, to: node)
        } else {
            addValue(label, field.layout, at: address, levels: levels, to: node)
        }
    }

    /// Adds a value, unless its type has no references.
    private mutating func addValue(
        _ label: ReferentLabel,
        _ layout: TypeLayout,
        at address: UInt,
        levels: Int,
        to node: Node
    ) {
        if layout.holdsNothing { return }
        // Hidden storage has no type except that of its owner.
        if case .hidden = layout.content {
            addSum(of: layout, at: address, to: tree.child(of: node, label))
        } else {
            addContent(of: layout, at: address, levels: levels, to: tree.child(of: node, label.typed(layout)))
        }
    }

    private mutating func addContent(of layout: TypeLayout, at address: UInt, levels: Int, to node: Node) {
        switch layout.content {
        case .nothing, .opaque: return
        case .reference: addReference(word(address), levels: levels, to: node)
        case .closure: addReference(word(address &+ ValueWords.functionContext), levels: levels, to: node)
        case .string:
            let object = word(address &+ ValueWords.stringObject)
            addReference(object & StringStorage.withoutObject == 0 ? object : 0, levels: levels, to: node)
        case .fields(let fields):
            if let only = Self.onlyHolder(fields) {
                let field = fields[only]
                addContent(of: field.layout, at: address &+ UInt(field.offset), levels: levels, to: node)
            } else if levels > 0 {
                let before = walker.bytes
                addFields(fields, of: layout, at: address, levels: levels - 1, to: node)
                tree.add(size: walker.bytes - before, to: node)
            } else {
                addSum(of: layout, at: address, to: node)
            }
        case .existential: addExistential(layout, at: address, levels: levels, to: node)
        case .cases(let cases): addPayload(cases, of: layout, at: address, levels: levels, to: node)
        case .hidden: addSum(of: layout, at: address, to: node)
        case .repeated(let count, let element):
            if levels > 0 {
                let before = walker.bytes
                addElements(element, at: address, count: count, levels: levels - 1, to: node)
                tree.add(size: walker.bytes - before, to: node)
            } else {
                addSum(of: layout, at: address, to: node)
            }
        }
    }

    /// Returns the index of the only field with references, if it is a value.
    private static func onlyHolder(_ fields: [Field]) -> Int? {
        var only: Int?
        for index in fields.indices where fields[index].owned != nil || !fields[index].layout.holdsNothing {
            if only != nil || fields[index].owned != nil { return nil }
            only = index
        }
        return only
    }

    private mutating func addReference(_ word: UInt, levels: Int, to node: Node) {
        let address = word & Architecture.addressMask
        // An object already visited is charged to its first referrer.
        if walker.marks.insert(address) { addObject(at: address, levels: levels, to: node) }
    }

    private mutating func addExistential(_ container: TypeLayout, at address: UInt, levels: Int, to node: Node) {
        guard let layout = walker.layout(ofValue: word(address &+ ValueWords.existentialType)) else {
            addSum(of: container, at: address, to: node)
            return
        }
        if layout.program.pointee.isInline {
            addContent(of: layout, at: address, levels: levels, to: node)
        } else {
            let box = word(address) & Architecture.addressMask
            addBox(of: .word(.value), layout, at: box, levels: levels, to: node)
        }
    }

    /// Adds a value in a box of its own, which is a level like any object.
    private mutating func addBox(
        of payload: ReferentLabel,
        _ layout: TypeLayout,
        at box: UInt,
        levels: Int,
        to node: Node
    ) {
        guard walker.marks.insert(box) else { return }
        let before = walker.bytes
        let isBox = walker.beginObject(at: box) != nil
        tree.add(flat: walker.bytes - before, to: node)
        if isBox {
            let place = box &+ BoxLayout.value(alignmentMask: layout.alignmentMask)
            if levels > 0 {
                addParts(payload, layout, at: place, levels: levels - 1, to: node)
            } else {
                walker.runRoot(UnsafePointer(layout.program), at: place)
                walker.drain()
            }
        }
        tree.add(size: walker.bytes - before, to: node)
    }

    private mutating func addParts(
        _ label: ReferentLabel,
        _ layout: TypeLayout,
        at place: UInt,
        levels: Int,
        to node: Node
    ) {
        switch layout.content {
        case .fields(let fields): addFields(fields, of: layout, at: place, levels: levels, to: node)
        case .repeated(let count, let element):
            addElements(element, at: place, count: count, levels: levels, to: node)
        default: addValue(label, layout, at: place, levels: levels, to: node)
        }
    }

    private mutating func addPayload(
        _ cases: EnumLayout,
        of layout: TypeLayout,
        at address: UInt,
        levels: Int,
        to node: Node
    ) {
        guard let copy = walker.takeScratch(cases.size) else { return }
        defer { walker.scratchUsed = copy.before }
        readBytes(to: copy.place, from: address, count: cases.size)
        let isInCopy = !walker.isLearning
        guard let tag = cases.payload.take(from: copy.place, cases: cases.cases.count, isInCopy: isInCopy) else {
            return
        }
        let payload = cases.cases[tag]
        let place = UInt(bitPattern: copy.place)
        if payload.isIndirect {
            let box = word(place) & Architecture.addressMask
            addBox(of: .enumCase(tag, of: layout), payload.layout, at: box, levels: levels, to: node)
        } else {
            addContent(of: payload.layout, at: place, levels: levels, to: node)
        }
    }

    /// Adds a block that a pointer owns.
    private mutating func addBlock(_ label: ReferentLabel, _ owned: OwnedBlock, at address: UInt, to node: Node) {
        let node = tree.child(of: node, label)
        let before = walker.bytes
        withUnsafePointer(to: owned) { walker.runOwned($0, at: address) }
        tree.add(flat: walker.bytes - before, to: node)
        walker.drain()
        tree.add(size: walker.bytes - before, to: node)
    }

    private mutating func addSum(of layout: TypeLayout, at address: UInt, to node: Node) {
        let before = walker.bytes
        walker.runRoot(UnsafePointer(layout.program), at: address)
        walker.drain()
        tree.add(size: walker.bytes - before, to: node)
    }

    // MARK: Elements

    /// Adds elements that are stored consecutively; `first` is the index of the first one.
    private mutating func addElements(
        _ layout: TypeLayout,
        at base: UInt,
        count: Int,
        first: Int = 0,
        levels: Int,
        to node: Node
    ) {
        let stride = UInt(layout.stride)
        let listed = min(count, max(0, Self.maximumElements - first))
        for index in 0..<listed {
            let place = base &+ UInt(index) * stride
            addContent(of: layout, at: place, levels: levels, to: tree.child(of: node, .element(first + index)))
        }
        guard count > listed else { return }
        let before = walker.bytes
        walker.wait(
            Walker.Cursor(
                address: base &+ UInt(listed) * stride,
                remaining: UInt(count - listed),
                program: UnsafePointer(layout.program)
            )
        )
        walker.drain()
        // A ring buffer may have two such parts.
        tree.add(size: walker.bytes - before, to: tree.child(of: node, .rest, merges: true))
    }

    private mutating func addTail(_ layout: ObjectLayout, of address: UInt, levels: Int, to node: Node) {
        switch layout.tail {
        case .none: return
        case .elements(let element, let offset, let place):
            let count = walker.integer(at: address &+ UInt(place.offset), bytes: place.bytes)
            guard !element.holdsNothing, fits(count, of: element, at: offset, in: address) else { return }
            addElements(element, at: address &+ UInt(offset), count: Int(count), levels: levels, to: node)
        case .ring(let element, let offset, let capacityPlace, let countPlace, let startPlace):
            let capacity = word(address &+ UInt(capacityPlace))
            let count = word(address &+ UInt(countPlace))
            let start = word(address &+ UInt(startPlace))
            guard !element.holdsNothing, fits(capacity, of: element, at: offset, in: address), count <= capacity,
                start <= capacity
            else { return }
            let base = address &+ UInt(offset)
            let first = Int(min(count, capacity - start))
            let place = base &+ start &* UInt(element.stride)
            addElements(element, at: place, count: first, levels: levels, to: node)
            addElements(element, at: base, count: Int(count) - first, first: first, levels: levels, to: node)
        case .dictionary(let key, let value):
            guard
                let buckets = DictionaryBuckets(
                    of: address,
                    keyStride: key.stride,
                    valueStride: value?.stride,
                    usable: walker.extent(of: address).all
                )
            else {
                walker.unsized += 1
                return
            }
            buckets.forEachUsed { bucket in
                addEntry(key, value == nil ? .element : .key, at: buckets.key(bucket), levels: levels, to: node)
                if let value { addEntry(value, .value, at: buckets.value(bucket), levels: levels, to: node) }
            }
        case .errorBox:
            guard let value = walker.layout(ofValue: word(address &+ BoxLayout.errorType)) else { return }
            let place = address &+ BoxLayout.error(alignmentMask: value.alignmentMask)
            addValue(.word(.error), value, at: place, levels: levels, to: node)
        case .nativeString: addRest(.breadcrumbs, of: address, to: node)
        case .genericCaptures: addRest(.captures, of: address, to: node)
        case .unknown, .hashTree: addRest(.contents, of: address, to: node)
        }
    }

    /// Adds the memory that the walker finds in an object beyond the listed referents.
    private mutating func addRest(_ name: ReferentLabel.Word, of address: UInt, to node: Node) {
        let before = walker.bytes
        walker.visitRoot(address)
        walker.drain()
        let bytes = walker.bytes - before
        if bytes > 0 { tree.add(size: bytes, to: tree.child(of: node, .word(name))) }
    }

    /// Indicates whether `count` elements fit into the object's block, as far as it has one.
    private mutating func fits(_ count: UInt, of element: TypeLayout, at offset: Int, in address: UInt) -> Bool {
        let usable = walker.extent(of: address).all
        let (bytes, overflow) = count.multipliedReportingOverflow(by: UInt(element.stride))
        let isFitting = count == 0 || !overflow && UInt(offset) <= usable && bytes <= usable - UInt(offset)
        if !isFitting { walker.unsized += 1 }
        return isFitting
    }

    /// Adds an entry; all keys are one referent, and all values, because entries have no names.
    private mutating func addEntry(
        _ layout: TypeLayout,
        _ name: ReferentLabel.Word,
        at place: UInt,
        levels: Int,
        to node: Node
    ) {
        guard !layout.holdsNothing else { return }
        addContent(of: layout, at: place, levels: levels, to: tree.child(of: node, .word(name), merges: true))
    }
}
