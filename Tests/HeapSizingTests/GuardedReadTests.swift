import CTrackingRuntime
import CTrackingTestSupport
import Glibc
import HeapSizing
import Testing
import TrackingRecords

@Suite("Guarded reads")
struct GuardedReadTests {
    private static let page = 4096

    /// Reads with the guard, and says how many reads faulted, those of other threads among them.
    private func guarded<Result>(_ body: () -> Result) throws -> (result: Result, faults: UInt64) {
        var state = ct_guard()
        try #require(ct_guard_enter(&state) == 0)
        defer { ct_guard_leave(&state) }
        let before = ct_guard_faults()
        let result = body()
        return (result, ct_guard_faults() - before)
    }

    private func expectUnreadable(_ address: UInt) throws {
        let reads = try guarded {
            [ct_read64(address), UInt64(ct_read32(address)), UInt64(ct_read8(address)), UInt64(ct_can_read(address))]
        }
        #expect(reads.result == [0, 0, 0, 0])
        #expect(reads.faults >= 4)
    }

    @Test(
        "Addresses without memory read as zero",
        arguments: [0, 8, 0x1000, 0x7FFF_FFFF_F000, 0x0000_8000_0000_0000, 0x1234_5678_9ABC_DEF0, UInt.max - 7]
    )
    func nowhere(address: UInt) throws { try expectUnreadable(address) }

    @Test("Memory that was unmapped reads as zero")
    func unmapped() throws {
        let memory = try #require(ctt_map(Self.page, PROT_READ | PROT_WRITE, 0))
        munmap(memory, Self.page)
        try expectUnreadable(UInt(bitPattern: memory))
    }

    @Test("Memory that must not be read reads as zero")
    func protected() throws {
        let memory = try #require(ctt_map(Self.page, PROT_NONE, 0))
        defer { munmap(memory, Self.page) }
        try expectUnreadable(UInt(bitPattern: memory))
    }

    @Test("A mapping beyond the end of its file, which is a SIGBUS, reads as zero")
    func beyondFile() throws {
        let memory = try #require(ctt_map(Self.page * 2, PROT_READ, 1))
        defer { munmap(memory, Self.page * 2) }
        try expectUnreadable(UInt(bitPattern: memory) + UInt(Self.page))
        let first = try guarded { ct_can_read(UInt(bitPattern: memory)) }
        #expect(first.result == 1)
    }

    @Test("What can be read is read as it is")
    func readable() throws {
        let value: UInt64 = 0x8877_6655_4433_2211
        let reads = try withUnsafePointer(to: value) { pointer in
            let address = UInt(bitPattern: pointer)
            return try guarded {
                [
                    ct_read64(address), UInt64(ct_read32(address)), UInt64(ct_read8(address)),
                    UInt64(ct_can_read(address)),
                ]
            }
        }
        #expect(reads.result == [value, 0x4433_2211, 0x11, 1])
    }

    @Test("Bytes are copied up to where memory ends, and zeroes after that")
    func copy() throws {
        let memory = try #require(ctt_map(Self.page * 2, PROT_READ | PROT_WRITE, 0))
        defer { munmap(memory, Self.page * 2) }
        memset(memory, 0x5A, Self.page * 2)
        mprotect(memory + Self.page, Self.page, PROT_NONE)
        var copy = [UInt8](repeating: 1, count: 13)
        _ = try guarded { ct_read_bytes(&copy, UInt(bitPattern: memory) + UInt(Self.page) - 8, 13) }
        #expect(copy == Array(repeating: 0x5A, count: 8) + Array(repeating: 0, count: 5))
    }

    @Test("A thread's blocked signals are blocked again after the walk")
    func mask() throws {
        var faults = sigset_t()
        var before = sigset_t()
        sigemptyset(&faults)
        sigaddset(&faults, SIGSEGV)
        sigaddset(&faults, SIGBUS)
        pthread_sigmask(SIG_BLOCK, &faults, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try expectUnreadable(8)
        var after = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &after)
        #expect(sigismember(&after, SIGSEGV) == 1 && sigismember(&after, SIGBUS) == 1)
    }

    @Test("A host's handler may leave by siglongjmp, again and again, and gets each of its faults")
    func jumps() throws {
        let calls = ctt_jump_out_of_faults(200) {
            var state = ct_guard()
            guard ct_guard_enter(&state) == 0 else { return }
            _ = ct_read64(8)
            ct_guard_leave(&state)
        }
        #expect(calls == 200)
        try expectUnreadable(8)
    }

    @Test("What is no block has no size, whatever the allocator thinks of it")
    func usableSize() throws {
        let sizes = try guarded {
            [0x10, 0x1000, 0x7FFF_FFFF_F000, 0x1234_5678_9ABC_DEF0].map { ct_guarded_usable_size($0) }
        }
        #expect(sizes.result == [0, 0, 0, 0])
    }

    @Test("Sizing what is no object counts nothing")
    func garbage() {
        let sizer = HeapSizer()
        for address in [1, 0x1000, 0x7FFF_FFFF_F000, 0x1234_5678_9ABC_DEF0, UInt.max] as [UInt] {
            #expect(sizer.size(ofObjectAt: address) == 0)
            #expect(sizer.sized(objectAt: address, name: "nothing", resolutionLevel: 3).size == 0)
        }
        #expect(sizer.total == 0)
    }
}
