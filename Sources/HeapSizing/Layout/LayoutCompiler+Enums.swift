internal import SwiftRuntimeABI

extension LayoutCompiler {
    mutating func enumContent(of layout: TypeLayout) -> TypeLayout.Content {
        let metadata = layout.metadata
        guard let descriptor = metadata.descriptor, let records = descriptor.fields else { return .opaque }
        // The probe would call the enum's functions, so its library must be loaded.
        guard RuntimeAccess.canSearch || descriptor.isPermanent else { return .hidden }
        var cases: [EnumLayout.Case] = []
        var emptyCases: UInt32 = 0
        for index in 0..<records.count {
            let record = records[index]
            guard let name = record.mangledType else {
                emptyCases += 1
                continue
            }
            let payload: TypeLayout
            if name.isHidden {
                payload = hiddenLayout(name, in: metadata, bytes: layout.size)
            } else if let type = name.resolve(in: descriptor, arguments: metadata.genericArguments) {
                payload = record.isIndirect ? boxedLayout(of: type) : self.layout(of: type)
            } else {
                payload = unresolvedLayout(bytes: layout.size)
            }
            cases.append(
                EnumLayout.Case(name: record.name ?? "case \(index)", isIndirect: record.isIndirect, layout: payload)
            )
        }
        if cases.allSatisfy({ !$0.isIndirect && $0.layout.holdsNothing }) {
            return cases.contains { if case .opaque = $0.layout.content { true } else { false } } ? .opaque : .nothing
        }
        let probe = EnumProbe(metadata: metadata, size: layout.size, cases: cases, emptyCases: emptyCases)
        return .cases(
            EnumLayout(
                metadata: metadata,
                payload: EnumPayload(of: metadata),
                size: layout.size,
                cases: cases,
                selector: probe.selector()
            )
        )
    }
}

/// Determines experimentally which bits of an enum hold its case.
///
/// The compiler may store a case in spare bits, in values that the payload cannot have, or in a byte after it, and no
/// metadata describes that. The type's own witnesses know it, but calling them for each value would take a copy and two
/// calls through pointers. So they are called here, with generated values, until one masked word is known to give the
/// same answer. If no word does, the walker calls the witnesses.
struct EnumProbe {
    let metadata: Metadata
    let size: Int
    let cases: [EnumLayout.Case]
    let emptyCases: UInt32

    /// The number of byte patterns tried for each question.
    private static let patterns = 12

    /// Larger enums use their witnesses; each byte takes time to try.
    private static let maximumSize = 4096

    func selector() -> EnumLayout.Selector {
        if cases.count == 1 {
            // Without another case there is nothing to determine.
            if emptyCases == 0 { return .absent(offset: 0, mask: 0, values: []) }
            return size <= Self.maximumSize ? absence() ?? .witness : .witness
        }
        return size <= Self.maximumSize ? tags() ?? .witness : .witness
    }

    /// The offsets of words to try: a whole word if the enum is large enough, otherwise the last bytes.
    private var words: [(offset: Int, width: Int)] {
        var words = stride(from: 0, to: size - 7, by: 8).map { (offset: $0, width: 8) }
        if size % 8 != 0 { words.append((size / 8 * 8, size % 8)) }
        return words
    }

    private func read(_ bytes: [UInt8], _ place: (offset: Int, width: Int)) -> UInt {
        var value: UInt = 0
        for index in (0..<place.width).reversed() { value = value << 8 | UInt(bytes[place.offset + index]) }
        return value
    }

    private func write(_ value: UInt, _ bytes: inout [UInt8], _ place: (offset: Int, width: Int)) {
        for index in 0..<place.width { bytes[place.offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    }

    private func pattern(_ number: Int) -> [UInt8] {
        if number == 0 { return Array(repeating: 0, count: size) }
        if number == 1 { return Array(repeating: 0xFF, count: size) }
        // Pseudorandom numbers that are the same each time.
        var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
        return (0..<size)
            .map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 56)
            }
    }

    private func tag(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBytes { bytes in
            bytes.baseAddress.map { metadata.valueWitnesses.tag(of: $0) } ?? 0
        }
    }

    private func inject(_ tag: UInt32, _ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { bytes in
            if let base = bytes.baseAddress { metadata.valueWitnesses.inject(tag, into: base) }
        }
    }

    /// Returns a word whose value means that the only payload is absent.
    private func absence() -> EnumLayout.Selector? {
        guard emptyCases <= 64 else { return nil }
        for place in words {
            let full = place.width == 8 ? UInt.max : (1 << UInt(place.width * 8)) - 1
            var values: [UInt] = []
            for empty in 1...emptyCases {
                var zeroes = pattern(0)
                var ones = pattern(1)
                inject(empty, &zeroes)
                inject(empty, &ones)
                // The witness must write either the whole word, or no bit of the tag.
                guard read(zeroes, place) == read(ones, place) else { break }
                values.append(read(zeroes, place))
            }
            guard values.count == Int(emptyCases) else { continue }
            if tellsAbsence(place, values) { return .absent(offset: place.offset, mask: full, values: values) }
        }
        return nil
    }

    private func tellsAbsence(_ place: (offset: Int, width: Int), _ values: [UInt]) -> Bool {
        for number in 0..<Self.patterns {
            for value in values {
                var bytes = pattern(number)
                write(value, &bytes, place)
                if tag(bytes) == 0 { return false }
            }
            // All words as in the empty case, except the one under test.
            for empty in 1...emptyCases {
                var bytes = pattern(number)
                inject(empty, &bytes)
                let other = read(pattern(number + 2), place) | 0x10_0000 & (place.width == 8 ? .max : 0)
                guard !values.contains(other) else { continue }
                write(other, &bytes, place)
                if tag(bytes) != 0 { return false }
            }
        }
        return true
    }

    /// Returns a masked word with a different value for each payload case and for the empty ones.
    private func tags() -> EnumLayout.Selector? {
        guard cases.count <= 64, emptyCases <= 256 else { return nil }
        for place in words {
            let full = place.width == 8 ? UInt.max : (1 << UInt(place.width * 8)) - 1
            var mask = full
            var values: [UInt] = []
            for tag in cases.indices {
                var always = full
                var never = full
                for number in 0..<Self.patterns {
                    var bytes = pattern(number)
                    inject(UInt32(tag), &bytes)
                    let value = read(bytes, place)
                    always &= value
                    never &= ~value
                }
                mask &= always | never
                values.append(always)
            }
            values = values.map { $0 & mask }
            guard mask != 0, Set(values).count == cases.count, agree(place, mask, values),
                payloadsAvoid(mask, at: place.offset)
            else { continue }
            return .tags(offset: place.offset, mask: mask, values: values)
        }
        return nil
    }

    private func agree(_ place: (offset: Int, width: Int), _ mask: UInt, _ values: [UInt]) -> Bool {
        for number in 0..<Self.patterns {
            for tag in cases.indices {
                var bytes = pattern(number)
                write(read(bytes, place) & ~mask | values[tag], &bytes, place)
                if self.tag(bytes) != UInt32(tag) { return false }
            }
            for empty in 0..<emptyCases {
                var bytes = pattern(number)
                inject(UInt32(cases.count) + empty, &bytes)
                if values.contains(read(bytes, place) & mask) { return false }
            }
        }
        return true
    }

    /// Indicates whether readers of the payload ignore the tag's bits: the payload is read in place, with the tag in
    /// it.
    private func payloadsAvoid(_ mask: UInt, at offset: Int) -> Bool {
        for payload in cases where payload.isIndirect || payload.layout.size > offset {
            for step in payload.steps(at: 0) {
                let outside = Int(step.offset) >= offset + 8 || Int(step.offset) + 8 <= offset
                if outside && [.reference, .box].contains(step.kind) { continue }
                if step.kind == .box || step.kind == .reference && step.extra == 0, Int(step.offset) == offset,
                    mask & Architecture.addressMask == 0
                {
                    continue
                }
                // A structure of several words, which may overlap the tag's word.
                if !outside || mask & Architecture.addressMask == 0 { return false }
                if Int(step.offset) < offset { return false }
            }
        }
        return true
    }
}
