internal import CTrackingRuntime
internal import Glibc

/// The usable size of malloc's blocks.
enum BlockSize {
    /// The allocator is glibc's, whose blocks begin with their size.
    ///
    /// Reading that word is a third of the cost of the call, and safe where the block is being freed. Any other
    /// allocator, preloaded or linked in, fails the comparison and is asked by the call.
    static let headersAreReadable: Bool = [24, 40, 100, 1000, 5000, 300_000, 40_000_000]
        .allSatisfy { size in
            guard let block = malloc(size) else { return false }
            defer { free(block) }
            return glibc(UInt(bitPattern: block)) == UInt(ct_guarded_usable_size(UInt(bitPattern: block)))
        }

    /// Bits that the header of an ordinary block has not.
    ///
    /// Those of a mapping, one that no size has, and sizes beyond memory. Without them `header & ~7 - 8` bytes are usable.
    static let rareHeader: UInt = 0xFFFF_8000_0000_000A

    /// What the header of a block says, or 0 for what cannot be a header.
    ///
    /// The size in bytes, and in its low bits: 1, the block before is in use; 2, the block is a mapping of its own; 4,
    /// it belongs to a thread's arena (malloc.c in glibc, "struct malloc_chunk").
    @inline(__always)
    static func glibc(_ block: UInt) -> UInt {
        let header = word(block &- 8)
        let size = header & ~7
        // Sizes are multiples of 16, and at least 32.
        if header & 8 != 0 || size &- 32 >= 1 << 46 { return 0 }
        return header & 2 != 0 ? size &- 16 : size &- 8
    }

    /// Whether the block behind this one, or its mapping, confirms that it is in use.
    static func isInUse(_ block: UInt, usable: UInt) -> Bool {
        let header = word(block &- 8)
        if header & 2 != 0 { return (block &- 16) & 4095 == 0 || word(block &- 16) != 0 }
        // The size of the next block, whose lowest bit is about this one.
        return word(block &+ usable) & 1 != 0
    }
}
