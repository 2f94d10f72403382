import Testing

@testable import TrackingRecords

@Suite("Names of rolling files")
struct RollingFileNameTests {
    @Test("A rotated name is read back", arguments: ["memory.jsonl", "a.b.c", "noext", ".hidden", "é.jsonl"])
    func roundTrip(active: String) {
        let names = RollingFileName(active: active)
        let rotated = names.rotated(number: 17, time: 1_795_377_181)
        #expect(names.parseRotated(rotated) == RollingFileName.Rotated(number: 17, time: "20261122T195301Z"))
        #expect(names.parseProcess(rotated) == nil)
        #expect(names.parseProcess(names.forProcess(4711)) == 4711)
        #expect(names.parseRotated(names.forProcess(4711)) == nil)
        #expect(names.parseRotated(active) == nil)
        #expect(names.parseProcess(active) == nil)
    }

    @Test(
        "A name that is not exactly ours is not taken for a rotated file",
        arguments: [
            "memory.20261122T195301Z-000001.jsonl.bak", "memory.20261122T195301Z-1.jsonl", "memory..jsonl",
            "memory.20261122195301-000001.jsonl", "memory.20261122T195301Z-00000x.jsonl", "memory.jsonl",
            "xmemory.20261122T195301Z-000001.jsonl", "memory.20261122T195301Z-000001.json", "memory.0.jsonl",
            "memory.20261122T195301Z-000001-000002.jsonl", "memory.-1.jsonl", "memory.99999999999.jsonl",
        ]
    )
    func decoys(name: String) {
        let names = RollingFileName(active: "memory.jsonl")
        #expect(names.parseRotated(name) == nil)
        #expect(names.parseProcess(name) == nil)
    }
}
