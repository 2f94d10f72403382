internal import CTrackingRuntime
internal import Glibc
internal import SwiftRuntimeABI

/// Reads the usable size of malloc's blocks.
enum BlockSize {
    /// Indicates whether the allocator is glibc's, whose blocks begin with their size.
    ///
    /// Reading that word takes a third of the time of the call, and is safe while the block is being freed. Any other
    /// allocator, preloaded or linked in, fails the comparison and is called instead.
    static let headersAreReadable: Bool = {
        // In front of another allocator's block stands any word, and what it leads to may not be there.
        var guarded = ct_guard()
        guard ct_guard_enter(&guarded) == 0 else { return false }
        defer { ct_guard_leave(&guarded) }
        return [24, 40, 100, 1000, 5000, 300_000, 40_000_000]
            .allSatisfy { size in
                guard let block = malloc(size) else { return false }
                defer { free(block) }
                return glibc(UInt(bitPattern: block)) == UInt(ct_guarded_usable_size(UInt(bitPattern: block)))
            }
    }()

    /// The limit up to which a header is accepted without further checks: a block that was freed and reused may hold
    /// any number, and one below the limit does no harm.
    private static let small: UInt = 4096

    /// Bits that the header of an ordinary block does not have: that of a mapping, and one that no size has.
    static let rareBits: UInt = 0xA

    /// Bits that neither the header of an ordinary block nor zero has.
    static let rareHeader = ~(small - 1) | rareBits

    /// Exclusive upper bound of ordinary block headers, relative to 32; `header & ~7 - 8` bytes of such a block are
    /// usable.
    static let ordinaryHeaders = small - 32

    /// Returns the usable size according to the header of a block, or 0 for a word that cannot be a header.
    ///
    /// The header is the size in bytes, with flags in its low bits: 1, the block before is in use; 2, the block is a
    /// mapping of its own; 4, it belongs to a thread's arena (malloc.c in glibc, "struct malloc_chunk").
    @inline(__always)
    static func glibc(_ block: UInt) -> UInt {
        let header = word(block &- 8)
        let size = header & ~7
        // Sizes are multiples of 16, and at least 32.
        if header & 8 != 0 || size &- 32 >= 1 << 46 { return 0 }
        if header & 2 != 0 { return isMapping(block, size) ? size &- 16 : 0 }
        return size < small || isFollowed(block, size) ? size &- 8 : 0
    }

    /// Returns the size that another allocator reports, or 0 for an impossible one: for a block being freed it may
    /// report anything.
    static func asked(_ block: UInt) -> UInt {
        let size = UInt(ct_guarded_usable_size(block))
        return size < small || size < 1 << 46 && canRead(block &+ size &- 1) ? size : 0
    }

    /// Indicates whether the next block's flag says that this one is in use, as it does from its allocation until it is
    /// freed.
    private static func isFollowed(_ block: UInt, _ size: UInt) -> Bool {
        let next = word(block &- 8 &+ size)
        return next & 1 != 0 && next & 8 == 0 && next & ~7 &- 16 < 1 << 46
    }

    /// Indicates whether the block is a mapping, which begins and ends with a page; the word before the size is the
    /// alignment gap.
    private static func isMapping(_ block: UInt, _ size: UInt) -> Bool {
        let before = word(block &- 16)
        return (block &- 16 &- before) & 4095 == 0 && (before &+ size) & 4095 == 0 && canRead(block &+ size &- 17)
    }
}
