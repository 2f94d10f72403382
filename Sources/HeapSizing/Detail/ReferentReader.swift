internal import TrackingRecords

/// Sizes an object property by property, a few levels deep.
///
/// The levels that are listed are read here, by the layouts with their names; everything below is the walker's. Values
/// that only wrap another, an `Array` around its storage or an `Optional` around its payload, are no level of their own.
/// Each block is: what is read here calls itself, and must do so no deeper than there are levels.
struct ReferentReader: ~Copyable {
    /// More elements of one array than this are summed up in one referent.
    static let maximumElements = 1000
    /// More levels than this are not listed, whatever was asked for: the stack may be a small one.
    static let maximumLevels = 32

    var walker: Walker

    init(_ walker: Walker) { self.walker = walker }

    /// An object that has just been marked.
    mutating func object(_ name: String, at address: UInt, levels: Int) -> SizedObject {
        let levels = min(levels, Self.maximumLevels)
        let before = walker.bytes
        var result = SizedObject(name: name, size: 0, flat: 0)
        if let layout = walker.beginObject(at: address) {
            result.flat = walker.bytes - before
            if levels > 0 {
                result.referents = referents(layout.fields, at: address, levels: levels - 1)
                addTail(layout, of: address, to: &result.referents, levels: levels - 1)
            } else {
                walker.visitRoot(address)
                walker.drain()
            }
        } else {
            result.flat = walker.bytes - before
        }
        result.size = walker.bytes - before
        return result
    }

    private mutating func referents(_ fields: [Field], at base: UInt, levels: Int) -> [SizedObject] {
        var list: [SizedObject] = []
        for field in fields {
            if let owned = field.ownedBlock {
                list.append(block(field.name, owned, at: base &+ UInt(field.offset)))
            } else if let value = value(field.name, field.layout, at: base &+ UInt(field.offset), levels: levels) {
                list.append(value)
            }
        }
        return list
    }

    /// A value, or `nil` where its type holds nothing.
    private mutating func value(_ name: String, _ layout: TypeLayout, at address: UInt, levels: Int) -> SizedObject? {
        if layout.holdsNothing { return nil }
        // Hidden storage has no type but that of its owner.
        if case .hidden = layout.content { return sum(name, layout, at: address) }
        return content("\(name): \(layout.metadata.name)", layout, at: address, levels: levels)
    }

    private mutating func content(_ name: String, _ layout: TypeLayout, at address: UInt, levels: Int) -> SizedObject {
        switch layout.content {
        case .nothing, .opaque: return SizedObject(name: name, size: 0, flat: 0)
        case .reference: return reference(name, word(address), levels: levels)
        case .closure: return reference(name, word(address &+ 8), levels: levels)
        case .string:
            let object = word(address &+ 8)
            return reference(name, object & Step.stringWithoutObject == 0 ? object : 0, levels: levels)
        case .fields(let fields):
            let holding = fields.filter { $0.owned != nil || !$0.layout.holdsNothing }
            if holding.count == 1, holding[0].owned == nil {
                return content(name, holding[0].layout, at: address &+ UInt(holding[0].offset), levels: levels)
            }
            guard levels > 0 else { return sum(name, layout, at: address) }
            return group(name) { $0.referents(holding, at: address, levels: levels - 1) }
        case .existential: return existential(name, layout, at: address, levels: levels)
        case .cases(let cases): return payload(name, cases, at: address, levels: levels)
        case .hidden: return sum(name, layout, at: address)
        case .repeated(let count, let element):
            guard levels > 0 else { return sum(name, layout, at: address) }
            return group(name) { reader in
                var list: [SizedObject] = []
                reader.addElements(element, at: address, count: count, to: &list, levels: levels - 1)
                return list
            }
        }
    }

    private mutating func reference(_ name: String, _ word: UInt, levels: Int) -> SizedObject {
        let address = word & Architecture.addressMask
        // What was met before belongs to whom it was met from.
        guard walker.marks.insert(address) else { return SizedObject(name: name, size: 0, flat: 0) }
        return object(name, at: address, levels: levels)
    }

    private mutating func existential(
        _ name: String,
        _ container: TypeLayout,
        at address: UInt,
        levels: Int
    ) -> SizedObject {
        let type = word(address &+ 24)
        guard walker.isMetadataOfValue(type) else { return sum(name, container, at: address) }
        let layout = LayoutCatalog.shared.layout(of: Metadata(type))
        if layout.program.pointee.isInline { return content(name, layout, at: address, levels: levels) }
        return box(name, of: "value", layout, at: word(address) & Architecture.addressMask, levels: levels)
    }

    /// A value in a box of its own, which is a level as any object is.
    private mutating func box(
        _ name: String,
        of payload: String,
        _ layout: TypeLayout,
        at box: UInt,
        levels: Int
    ) -> SizedObject {
        guard walker.marks.insert(box) else { return SizedObject(name: name, size: 0, flat: 0) }
        let before = walker.bytes
        let isBox = walker.beginObject(at: box) != nil
        var result = SizedObject(name: name, size: 0, flat: walker.bytes - before)
        if isBox {
            let place = box &+ aligned(16, mask: layout.alignmentMask)
            if levels > 0 {
                result.referents = parts(payload, layout, at: place, levels: levels - 1)
            } else {
                walker.runRoot(UnsafePointer(layout.program), at: place)
                walker.drain()
            }
        }
        result.size = walker.bytes - before
        return result
    }

    private mutating func parts(_ name: String, _ layout: TypeLayout, at place: UInt, levels: Int) -> [SizedObject] {
        var list: [SizedObject] = []
        switch layout.content {
        case .fields(let fields): list = referents(fields, at: place, levels: levels)
        case .repeated(let count, let element):
            addElements(element, at: place, count: count, to: &list, levels: levels)
        default: list = value(name, layout, at: place, levels: levels).map { [$0] } ?? []
        }
        return list
    }

    private mutating func payload(
        _ name: String,
        _ cases: EnumLayout,
        at address: UInt,
        levels: Int
    ) -> SizedObject {
        withUnsafeTemporaryAllocation(byteCount: max(16, cases.size), alignment: 64) { copy in
            guard let base = copy.baseAddress else { return SizedObject(name: name, size: 0, flat: 0) }
            readBytes(to: base, from: address, count: cases.size)
            let witnesses = cases.metadata.valueWitnesses
            let tag = Int(witnesses.tag(of: base))
            guard tag < cases.cases.count else { return SizedObject(name: name, size: 0, flat: 0) }
            witnesses.projectPayload(in: base)
            let payload = cases.cases[tag]
            let place = UInt(bitPattern: base)
            if payload.isIndirect {
                let address = word(place) & Architecture.addressMask
                return box(name, of: payload.name, payload.layout, at: address, levels: levels)
            }
            return content(name, payload.layout, at: place, levels: levels)
        }
    }

    /// A block that a pointer owns.
    private mutating func block(_ name: String, _ owned: OwnedBlock, at address: UInt) -> SizedObject {
        let before = walker.bytes
        withUnsafePointer(to: owned) { walker.runOwned($0, at: address) }
        let flat = walker.bytes - before
        walker.drain()
        return SizedObject(name: name, size: walker.bytes - before, flat: flat)
    }

    // MARK: Sums

    private mutating func sum(_ name: String, _ layout: TypeLayout, at address: UInt) -> SizedObject {
        total(name) { $0.runRoot(UnsafePointer(layout.program), at: address) }
    }

    private mutating func total(_ name: String, _ start: (inout Walker) -> Void) -> SizedObject {
        let before = walker.bytes
        start(&walker)
        walker.drain()
        return SizedObject(name: name, size: walker.bytes - before, flat: 0)
    }

    private mutating func group(
        _ name: String,
        _ referents: (inout ReferentReader) -> [SizedObject]
    ) -> SizedObject {
        let before = walker.bytes
        let list = referents(&self)
        return SizedObject(name: name, size: walker.bytes - before, flat: 0, referents: list)
    }

    // MARK: Elements

    /// Adds elements that stand one after another; `first` is the index of the first one.
    private mutating func addElements(
        _ layout: TypeLayout,
        at base: UInt,
        count: Int,
        first: Int = 0,
        to list: inout [SizedObject],
        levels: Int
    ) {
        let stride = UInt(layout.stride)
        let listed = min(count, max(0, Self.maximumElements - first))
        for index in 0..<listed {
            let place = base &+ UInt(index) * stride
            list.append(content("[\(first + index)]", layout, at: place, levels: levels))
        }
        if count > listed {
            let rest = Walker.Cursor(
                address: base &+ UInt(listed) * stride,
                remaining: UInt(count - listed),
                program: UnsafePointer(layout.program)
            )
            add(total("[\(Self.maximumElements)...]") { $0.wait(rest) }, to: &list)
        }
    }

    private mutating func addTail(
        _ layout: ObjectLayout,
        of address: UInt,
        to list: inout [SizedObject],
        levels: Int
    ) {
        switch layout.tail {
        case .none: return
        case .elements(let element, let offset, let place):
            let count = walker.integer(at: address &+ UInt(place.offset), bytes: place.bytes)
            guard !element.holdsNothing, fits(count, of: element, at: offset, in: address) else { return }
            addElements(element, at: address &+ UInt(offset), count: Int(count), to: &list, levels: levels)
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
            addElements(element, at: place, count: first, to: &list, levels: levels)
            addElements(element, at: base, count: Int(count) - first, first: first, to: &list, levels: levels)
        case .dictionary(let key, let value):
            guard
                let buckets = DictionaryBuckets(
                    of: address,
                    keyStride: key.stride,
                    valueStride: value?.stride,
                    usable: walker.room(of: address).all
                )
            else {
                walker.unsized += 1
                return
            }
            var sums: [SizedObject] = []
            buckets.forEachUsed { bucket in
                add(key, value == nil ? "element" : "key", at: buckets.key(bucket), levels: levels, to: &sums)
                if let value { add(value, "value", at: buckets.value(bucket), levels: levels, to: &sums) }
            }
            list += sums
        case .errorBox:
            let type = word(address &+ 16)
            guard walker.isMetadataOfValue(type) else { return }
            let value = LayoutCatalog.shared.layout(of: Metadata(type))
            let place = address &+ aligned(32, mask: value.alignmentMask)
            if let referent = self.value("error", value, at: place, levels: levels) { list.append(referent) }
        case .nativeString: addRest("breadcrumbs", of: address, to: &list)
        case .genericCaptures: addRest("captures", of: address, to: &list)
        case .unknown, .hashTree: addRest("contents", of: address, to: &list)
        }
    }

    /// What the walker finds in an object beyond what has been listed.
    private mutating func addRest(_ name: String, of address: UInt, to list: inout [SizedObject]) {
        let rest = total(name) { $0.visitRoot(address) }
        if rest.size > 0 { list.append(rest) }
    }

    /// So many elements are within the object's block, as far as it has one.
    private mutating func fits(_ count: UInt, of element: TypeLayout, at offset: Int, in address: UInt) -> Bool {
        let usable = walker.room(of: address).all
        let (bytes, overflow) = count.multipliedReportingOverflow(by: UInt(element.stride))
        let isFitting = count == 0 || !overflow && UInt(offset) <= usable && bytes <= usable - UInt(offset)
        if !isFitting { walker.unsized += 1 }
        return isFitting
    }

    /// Entries have no names of their own: all keys are one referent, and all values.
    private mutating func add(
        _ layout: TypeLayout,
        _ name: String,
        at place: UInt,
        levels: Int,
        to sums: inout [SizedObject]
    ) {
        guard !layout.holdsNothing else { return }
        add(content(name, layout, at: place, levels: levels), to: &sums)
    }

    private func add(_ object: SizedObject, to sums: inout [SizedObject]) {
        if let position = sums.lastIndex(where: { $0.name == object.name }) {
            sums[position].merge(object)
        } else {
            sums.append(object)
        }
    }
}
