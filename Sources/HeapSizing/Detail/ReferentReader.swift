internal import TrackingRecords

/// Sizes an object property by property, a few levels deep.
///
/// The levels that are listed are read here, by the layouts with their names; everything below is the walker's. Values
/// that only wrap another, an `Array` around its storage or an `Optional` around its payload, are no level of their own.
struct ReferentReader: ~Copyable {
    /// More elements of one array than this are summed up in one referent.
    static let maximumElements = 1000

    /// Boxes within boxes that are read by name; what lies deeper is summed up.
    static let maximumNesting = 16

    var walker: Walker
    private var nesting = 0

    init(_ walker: Walker) { self.walker = walker }

    /// An object that has just been marked.
    mutating func object(_ name: String, at address: UInt, levels: Int) -> SizedObject {
        guard levels > 0 else {
            var result = total(name) { $0.wait(address) }
            result.flat = min(result.size, Int(walker.room(of: address).heap))
            return result
        }
        var result = SizedObject(name: name, size: 0, flat: 0)
        let before = walker.bytes
        guard let layout = walker.beginObject(at: address) else {
            result.size = walker.bytes - before
            result.flat = result.size
            return result
        }
        result.flat = walker.bytes - before
        for field in layout.fields {
            if let referent = field.owned == nil
                ? value(field.name, field.layout, at: address &+ UInt(field.offset), levels: levels - 1)
                : owned(field, of: address)
            {
                result.referents.append(referent)
            }
        }
        addTail(layout, of: address, to: &result, levels: levels - 1)
        result.size = walker.bytes - before
        return result
    }

    /// A value, or `nil` where its type holds nothing.
    mutating func value(_ name: String, _ layout: TypeLayout, at address: UInt, levels: Int) -> SizedObject? {
        if layout.holdsNothing { return nil }
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
            return group(name) { reader in
                holding.compactMap { field in
                    field.owned == nil
                        ? reader.value(
                            field.name,
                            field.layout,
                            at: address &+ UInt(field.offset),
                            levels: levels - 1
                        )
                        : reader.owned(field, of: address)
                }
            }
        case .existential: return existential(name, layout, at: address, levels: levels)
        case .cases(let cases): return payload(name, cases, at: address, levels: levels)
        case .hidden: return sum(name, layout, at: address)
        case .repeated(let count, let element):
            guard levels > 0 else { return sum(name, layout, at: address) }
            return group(name) { $0.elements(element, at: address, count: count, levels: levels - 1) }
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
        return box(name, layout, at: word(address) & Architecture.addressMask, levels: levels)
    }

    /// A value in a box of its own, which costs the box.
    private mutating func box(_ name: String, _ layout: TypeLayout, at box: UInt, levels: Int) -> SizedObject {
        guard walker.marks.insert(box) else { return SizedObject(name: name, size: 0, flat: 0) }
        let before = walker.bytes
        let isBox = walker.beginObject(at: box) != nil
        let flat = walker.bytes - before
        guard isBox else { return SizedObject(name: name, size: flat, flat: flat) }
        let place = box &+ aligned(16, mask: layout.alignmentMask)
        // A box is no level: only here a value leads to the next as often as the data says.
        nesting += 1
        var inner =
            nesting > Self.maximumNesting
            ? sum(name, layout, at: place) : content(name, layout, at: place, levels: levels)
        nesting -= 1
        inner.size += flat
        inner.flat += flat
        return inner
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
                return box(name, payload.layout, at: word(place) & Architecture.addressMask, levels: levels)
            }
            return content(name, payload.layout, at: place, levels: levels)
        }
    }

    private mutating func owned(_ field: Field, of address: UInt) -> SizedObject? {
        guard let block = field.ownedBlock else { return nil }
        return total(field.name) { walker in
            withUnsafePointer(to: block) { walker.runOwned($0, at: address &+ UInt(field.offset)) }
        }
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

    private mutating func elements(_ layout: TypeLayout, at base: UInt, count: Int, levels: Int) -> [SizedObject] {
        var list: [SizedObject] = []
        let stride = UInt(layout.stride)
        for index in 0..<min(count, Self.maximumElements) {
            list.append(content("[\(index)]", layout, at: base &+ UInt(index) * stride, levels: levels))
        }
        if count > Self.maximumElements {
            let first = base &+ UInt(Self.maximumElements) * stride
            let rest = UInt(count - Self.maximumElements)
            list.append(
                total("[\(Self.maximumElements)...]") {
                    $0.wait(
                        Walker.Cursor(address: first, remaining: rest, program: UnsafePointer(layout.program))
                    )
                }
            )
        }
        return list
    }

    private mutating func addTail(
        _ layout: ObjectLayout,
        of address: UInt,
        to result: inout SizedObject,
        levels: Int
    ) {
        switch layout.tail {
        case .none: return
        case .elements(let element, let offset, let place):
            let count = walker.integer(at: address &+ UInt(place.offset), bytes: place.bytes)
            let room = walker.room(of: address).all
            guard !element.holdsNothing, room >= offset,
                count <= (room &- UInt(offset)) / UInt(max(1, element.stride))
            else { return }
            result.referents += elements(element, at: address &+ UInt(offset), count: Int(count), levels: levels)
        case .dictionary(let key, let value):
            guard
                let buckets = DictionaryBuckets(
                    of: address,
                    keyStride: key.stride,
                    valueStride: value?.stride,
                    usable: walker.room(of: address).all
                )
            else { return }
            var sums: [SizedObject] = []
            buckets.forEachUsed { bucket in
                add(key, value == nil ? "element" : "key", at: buckets.key(bucket), levels: levels, to: &sums)
                if let value { add(value, "value", at: buckets.value(bucket), levels: levels, to: &sums) }
            }
            result.referents += sums
        case .errorBox:
            let type = word(address &+ 16)
            guard walker.isMetadataOfValue(type) else { return }
            let value = LayoutCatalog.shared.layout(of: Metadata(type))
            let place = address &+ aligned(32, mask: value.alignmentMask)
            if let referent = self.value("error", value, at: place, levels: levels) {
                result.referents.append(referent)
            }
        case .ring, .unknown, .nativeString, .genericCaptures, .hashTree:
            let before = walker.bytes
            walker.visitRoot(address)
            walker.drain()
            if walker.bytes > before {
                result.referents.append(SizedObject(name: "contents", size: walker.bytes - before, flat: 0))
            }
        }
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
        let entry = content(name, layout, at: place, levels: levels)
        if let position = sums.firstIndex(where: { $0.name == name }) {
            sums[position].merge(entry)
        } else {
            sums.append(entry)
        }
    }
}
