internal import SwiftRuntimeABI

extension LayoutCompiler {
    mutating func classLayout(of isa: Metadata) -> ObjectLayout {
        var chain: [Metadata] = []
        var next: Metadata? = isa
        // As deep as the source; the bound is for a word that was never metadata.
        while let current = next, chain.count < 256 {
            chain.append(current)
            next = current.superclass
        }
        var fields: [Field] = []
        var isOpaque = false
        var starts: [Int] = []
        for metadata in chain {
            guard let records = metadata.descriptor?.fields, let offsets = metadata.classFieldOffsets else { continue }
            starts += (0..<records.count).map { Int(bitPattern: word(offsets &+ UInt($0) * 8)) }
        }
        for metadata in chain.reversed() {
            guard let descriptor = metadata.descriptor else { continue }
            guard let records = descriptor.fields, let offsets = metadata.classFieldOffsets else {
                isOpaque = true
                continue
            }
            var own = (0..<records.count).map { Int(bitPattern: word(offsets &+ UInt($0) * 8)) }
            // The offset after the last property: the first property of another class, or the end.
            own.append(starts.filter { $0 > own.last ?? 0 }.min() ?? isa.instanceSize)
            fields += self.fields(
                of: metadata,
                records: records,
                starts: own,
                owned: declarations.owned(by: metadata)
            )
        }
        let tail = tail(of: isa, chain: chain, fields: fields)
        return ObjectLayout(
            metadata: isa,
            name: isa.name,
            fields: fields,
            tail: tail,
            size: isa.instanceSize,
            isOpaque: isOpaque || fields.contains { $0.layout.hidesContents }
        )
    }

    private mutating func tail(of isa: Metadata, chain: [Metadata], fields: [Field]) -> ObjectLayout.Tail {
        guard let descriptor = isa.descriptor else { return .none }
        let known = StandardStorage.shared
        if descriptor == known.array, let element = isa.genericArgument(0) {
            let layout = layout(of: element)
            return .elements(
                layout,
                offset: StandardStorage.arrayElements(alignmentMask: layout.alignmentMask),
                count: StandardStorage.arrayCount
            )
        }
        if descriptor == known.dictionary, let key = isa.genericArgument(0), let value = isa.genericArgument(1) {
            return .dictionary(key: layout(of: key), value: layout(of: value))
        }
        if descriptor == known.set, let element = isa.genericArgument(0) {
            return .dictionary(key: layout(of: element), value: nil)
        }
        if descriptor == known.string { return .nativeString }
        guard let buffer = chain.first(where: { $0.descriptor == known.managedBuffer }) else { return .none }
        return bufferTail(of: isa, chain: chain, buffer: buffer)
    }

    private mutating func bufferTail(of isa: Metadata, chain: [Metadata], buffer: Metadata) -> ObjectLayout.Tail {
        guard let header = buffer.genericArgument(0), let element = buffer.genericArgument(1) else { return .none }
        let headerLayout = layout(of: header)
        let elementLayout = layout(of: element)
        let headerOffset = aligned(ObjectCounters.headerSize, mask: headerLayout.alignmentMask)
        let offset = Int(aligned(headerOffset &+ UInt(headerLayout.size), mask: elementLayout.alignmentMask))
        for metadata in chain {
            for owned in declarations.owned(by: metadata) {
                if case .tail(let path) = owned, let count = integer(at: path, in: metadata) {
                    return .elements(elementLayout, offset: offset, count: count)
                }
            }
        }
        if let special = specialTail(of: isa, offset: offset, element: elementLayout) { return special }
        if elementLayout.holdsNothing { return .none }
        if let count = integer(at: "header.count", in: isa) {
            return .elements(elementLayout, offset: offset, count: count)
        }
        return .unknown(elementLayout, offset: offset)
    }
}
