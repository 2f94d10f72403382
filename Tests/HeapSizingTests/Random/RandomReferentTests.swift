import HeapSizing
import Testing
import TrackingRecords

@Suite("Referents of random values and graphs")
struct RandomReferentTests {
    @Test("A random value has the same size at every level, and its referents add up", arguments: 0..<8)
    func values(_ part: UInt64) {
        for seed in part * 50..<part * 50 + 50 { check(Box(RandomValueGenerator.value(seed: seed)), seed) }
    }

    @Test("A random graph has the same size at every level, and its referents add up", arguments: 0..<8)
    func graphs(_ part: UInt64) {
        for seed in part * 50..<part * 50 + 50 { check(RandomGraph(seed: seed), seed) }
    }

    private func check(_ object: AnyObject, _ seed: UInt64) {
        let size = HeapSizer().size(of: object)
        for level in 0...3 {
            let sizer = HeapSizer()
            let sized = sizer.sized(object, resolutionLevel: level)
            #expect(sized.size == size && sizer.total == size, "seed \(seed), level \(level): \(sized)")
            #expect(sized.addsUp && sized.depth <= level + 1, "seed \(seed), level \(level): \(sized)")
            #expect(sizer.unsized == 0, "seed \(seed), level \(level)")
        }
    }
}
