import CTrackingRuntime
import ClassTracking
import Glibc
import Synchronization
import Testing
import TrackingTestSupport

/// The table of stacks, with chains of frames that no compiler made.
@Suite("The table of stacks")
struct TraceTableTests {
    init() { #expect(ct_traces_open() == 1) }

    /// Frame records, each of which points to the next one, on the heap or on the calling thread's stack.
    private static func chain(_ addresses: [UInt], in words: UnsafeMutableBufferPointer<UInt>) -> UInt {
        let start = UInt(bitPattern: words.baseAddress)
        for (index, address) in addresses.enumerated() {
            words[2 * index] = index + 1 < addresses.count ? start + UInt(16 * (index + 1)) : 0
            words[2 * index + 1] = address
        }
        return start
    }

    private static func intern(_ addresses: [UInt]) -> UInt32 {
        withUnsafeTemporaryAllocation(of: UInt.self, capacity: 2 * addresses.count) {
            ct_intern_trace(chain(addresses, in: $0))
        }
    }

    private static func frames(_ trace: UInt32) -> [UInt] {
        [UInt](unsafeUninitializedCapacity: 128) { $1 = min(ct_trace_frames(trace, $0.baseAddress, 128), 128) }
    }

    @Test("A stack is kept once, and given back as it was")
    func stacksAreKeptOnce() {
        let first: [UInt] = [0x10_0001, 0x10_0002, 0x10_0003]
        let trace = Self.intern(first)
        #expect(trace > 0)
        #expect(trace < UInt32(CT_TRACE_OTHER))
        #expect(Self.intern(first) == trace)
        #expect(Self.intern([0x10_0001, 0x10_0002, 0x10_0004]) != trace)
        #expect(Self.intern([0x10_0001, 0x10_0002]) != trace)
        #expect(Self.frames(trace) == first)
        #expect(ct_trace_frames(0, nil, 0) == 0)
        #expect(ct_trace_frames(.max, nil, 0) == 0)
        #expect(ct_traces_bytes() > 0)
    }

    @Test("Stacks on the heap, as fibers have them, are walked too")
    func foreignStacks() {
        let words = UnsafeMutableBufferPointer<UInt>.allocate(capacity: 64)
        defer { words.deallocate() }
        let addresses = (1...20).map { UInt(0x20_0000 + $0) }
        #expect(Self.frames(ct_intern_trace(Self.chain(addresses, in: words))) == addresses)
    }

    @Test(
        "A damaged chain ends the walk: the calls before the damage are kept, and so is the next stack",
        arguments: [true, false]
    )
    func damagedChains(onHeap: Bool) {
        var random = SeededGenerator(seed: onHeap ? 1 : 2)
        let values: [UInt] = [
            0, 1, 8, 0x1000, 0xdead_beef, 0x7fff_ffff_fff8, 0x8000_0000_0000, .max, .max - 7, 1 << 60,
        ]
        let heap = UnsafeMutableBufferPointer<UInt>.allocate(capacity: 64)
        defer { heap.deallocate() }
        func damage(_ words: UnsafeMutableBufferPointer<UInt>) {
            let addresses = (1...32).map { UInt(0x30_0000 + $0) }
            for _ in 0..<500 {
                let frame = Self.chain(addresses, in: words)
                var firstDamaged = words.count
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let place = Int.random(in: 0..<64, using: &random)
                    firstDamaged = min(firstDamaged, place)
                    words[place] =
                        switch Int.random(in: 0..<4, using: &random) {
                        case 0: frame &+ UInt.random(in: 0..<512, using: &random)
                        case 1: frame &- UInt.random(in: 0..<4096, using: &random)
                        case 2: UInt.random(in: 0...UInt.max, using: &random)
                        default: values.randomElement(using: &random) ?? 0
                        }
                }
                // Each frame has two words.
                let found = Self.frames(ct_intern_trace(frame))
                #expect(found.starts(with: addresses.prefix(firstDamaged / 2)))
                #expect(found.count <= 32)
            }
            #expect(Self.frames(ct_intern_trace(Self.chain(addresses, in: words))) == addresses)
        }
        if onHeap {
            damage(heap)
        } else {
            withUnsafeTemporaryAllocation(of: UInt.self, capacity: 64, damage)
        }
        for value in values { #expect(ct_intern_trace(value) == 0) }
        // The end of a page, with nothing behind it.
        guard let pages = mmap(nil, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) else { return }
        munmap(pages + 4096, 4096)
        for offset in stride(from: 4064, through: 4096, by: 8) {
            _ = ct_intern_trace(UInt(bitPattern: pages) + UInt(offset))
        }
        munmap(pages, 4096)
    }

    @Test("Threads that add the same stacks at the same time agree on their ids")
    func threadsAgree() async {
        let base = UInt(0x40_0000)
        let ids = await withTaskGroup(of: [UInt32].self) { group in
            for seed in 0..<8 {
                group.addTask {
                    await onThread {
                        var ids = [UInt32](repeating: 0, count: 200)
                        for round in 0..<100 {
                            for index in 0..<200 {
                                let number = (index * 7 + seed * 25) % 200
                                let id = Self.intern((0..<8).map { base + UInt(number * 16 + $0) })
                                if round > 0, ids[number] != id { return [] }
                                ids[number] = id
                            }
                        }
                        return ids
                    }
                }
            }
            return await group.reduce(into: [[UInt32]]()) { $0.append($1) }
        }
        #expect(Set(ids).count == 1)
        #expect(Set(ids.first ?? []).count == 200)
    }

    @Test("When the table is full, objects are counted and the host goes on")
    func tableIsBounded() async {
        // What is full would be so for all tests.
        await #expect(processExitsWith: .success) {
            guard ct_traces_open() == 1 else { exit(2) }
            for number in 0..<UInt(CT_TRACES) {
                let id = TraceTableTests.intern([0x1000_0000 + number, 0x2000_0000])
                guard id > 0, id < UInt32(CT_TRACE_OTHER) else { exit(3) }
            }
            guard TraceTableTests.intern([0x1000_0000]) == UInt32(CT_TRACE_OTHER), ct_traces_missed() == 1 else {
                exit(4)
            }
            guard TraceTableTests.intern([0x1000_0005, 0x2000_0000]) < UInt32(CT_TRACE_OTHER) else { exit(5) }
            guard ct_traces_bytes() < 8 << 20 else { exit(6) }
            final class Late {}
            let tracker = ClassTracker()
            guard (try? tracker.trackClass(Late.self, name: "Late", trace: true)) != nil else { exit(7) }
            let objects = (0..<100).map { _ in Late() }
            let sites = tracker.instantiationSites(of: "Late")
            guard sites.count == 1, sites[0].live == 100, sites[0].trace == nil else { exit(8) }
            guard ct_traces_missed() == 101 else { exit(9) }
            withExtendedLifetime(objects) {}
            exit(0)
        }
    }

    @Test("The table is emptied with its last user, and its ids go on")
    func tableIsEmptied() async {
        await #expect(processExitsWith: .success) {
            guard ct_traces_open() == 1, ct_traces_open() == 1 else { exit(2) }
            let first = TraceTableTests.intern([0x5000_0000])
            ct_traces_close()
            guard ct_trace_count() == 1 else { exit(3) }
            ct_traces_close()
            guard ct_trace_count() == 0, ct_traces_bytes() == 0, ct_trace_frames(first, nil, 0) == 0 else { exit(4) }
            guard TraceTableTests.intern([0x5000_0000]) == 0, ct_traces_open() == 1 else { exit(5) }
            let second = TraceTableTests.intern([0x5000_0000])
            guard second != 0, second != first, TraceTableTests.frames(second) == [0x5000_0000] else { exit(6) }
            exit(0)
        }
    }

    @Test("The depth can be set, within limits")
    func depthCanBeSet() async {
        await #expect(processExitsWith: .success) {
            guard ct_traces_open() == 1 else { exit(2) }
            let addresses = (1...200).map { UInt(0x6000_0000 + $0) }
            let words = UnsafeMutableBufferPointer<UInt>.allocate(capacity: 400)
            for (asked, got) in [(16, 16), (0, 1), (128, 128), (1000, 128)] {
                ct_set_trace_depth(asked)
                let id = ct_intern_trace(TraceTableTests.chain(addresses, in: words))
                guard ct_trace_frames(id, nil, 0) == got else { exit(3) }
            }
            exit(0)
        }
    }
}
