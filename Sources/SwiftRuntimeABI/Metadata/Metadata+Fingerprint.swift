internal import CTrackingRuntime

extension Metadata {
    /// Returns a number that tells a type from others whose metadata lies at the same address at other times.
    ///
    /// - Returns: 0 if there is no metadata any more.
    package func fingerprint(depth: Int = 0) -> UInt64 {
        guard depth < 16, let kind else { return 0 }
        var hash = UInt64(kind.rawValue)
        func mix(_ value: UInt64) { hash = (hash ^ value) &* 0x0000_0100_0000_01B3 }
        mix(UInt64(valueWitnesses.table))
        switch kind {
        case .classType, .structType, .enumType, .optionalType:
            guard let descriptor else { return 0 }
            mix(ct_context_identity(descriptor.address))
            if kind == .classType {
                mix(UInt64(instanceSize))
                if let superclass { mix(superclass.fingerprint(depth: depth + 1)) }
            } else {
                mix(UInt64(valueWitnesses.size))
            }
            if let fields = descriptor.fields {
                for index in 0..<fields.count {
                    let record = fields[index].address
                    for part in 0..<UInt(3) { mix(UInt64(halfWord(record &+ part &* 4))) }
                }
            }
            guard descriptor.isGeneric, let start = genericArguments else { break }
            for index in 0..<UInt(descriptor.keyArguments.types) {
                mix(Metadata(word(start &+ index &* 8)).fingerprint(depth: depth + 1))
            }
        case .tuple:
            for index in 0..<min(tupleCount, 1 << 12) { mix(tupleElement(index).fingerprint(depth: depth + 1)) }
        case .genericBox: mix(boxedType.fingerprint(depth: depth + 1))
        case .fixedArray: mix(arrayElement.fingerprint(depth: depth + 1))
        case .heapLocal:
            let captures = captures
            for part in 0..<UInt(4) { mix(UInt64(halfWord(captures &+ part &* 4))) }
        default: break
        }
        return hash | 1
    }
}
