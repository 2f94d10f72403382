import Testing

@Suite("Random values and graphs", .countedAllocations)
struct RandomTests {
    @Test("Random nested values are sized to the byte", arguments: 0..<20)
    func values(_ part: Int) {
        for seed in seeds(part, of: 250) {
            let measurement = measure { RandomValueGenerator.value(seed: seed) }
            #expect(measurement.isExact, "seed \(seed): \(measurement)")
        }
    }

    @Test("Random graphs with cycles and sharing are sized to the byte", arguments: 0..<20)
    func graphs(_ part: Int) {
        for seed in seeds(part, of: 250) {
            let measurement = measure({ RandomGraph(seed: seed) }, object: instance)
            #expect(measurement.isExact, "seed \(seed): \(measurement)")
        }
    }

    private func seeds(_ part: Int, of count: Int) -> Range<UInt64> {
        UInt64(part * count)..<UInt64((part + 1) * count)
    }
}
