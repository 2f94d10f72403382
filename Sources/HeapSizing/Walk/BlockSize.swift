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

    /// A header up to here is taken at its word: in a block that was freed and is used for something else it may be any
    /// number, and one of this size does no harm.
    private static let small: UInt = 4096

    /// Bits that the header of an ordinary block has not: that of a mapping, and one that no size has.
    static let rareBits: UInt = 0xA

    /// Bits that a word has not if it is the header of an ordinary block or zero.
    static let rareHeader = ~(small - 1) | rareBits

    /// So far above 32 the headers of ordinary blocks reach, of which `header & ~7 - 8` bytes are usable.
    static let ordinaryHeaders = small - 32

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
        if header & 2 != 0 { return isMapping(block, size) ? size &- 16 : 0 }
        return size < small || isFollowed(block, size) ? size &- 8 : 0
    }

    /// What another allocator says of a block, or 0 for what cannot be so: of one that is being freed it may say anything.
    static func asked(_ block: UInt) -> UInt {
        let size = UInt(ct_guarded_usable_size(block))
        return size < small || size < 1 << 46 && canRead(block &+ size &- 1) ? size : 0
    }

    /// The block after this one says that this one is in use, as it does from the one being taken to its being freed.
    private static func isFollowed(_ block: UInt, _ size: UInt) -> Bool {
        let next = word(block &- 8 &+ size)
        return next & 1 != 0 && next & 8 == 0 && next & ~7 &- 16 < 1 << 46
    }

    /// A mapping begins and ends with a page; what lies before an aligned block in it stands in the word before the size.
    private static func isMapping(_ block: UInt, _ size: UInt) -> Bool {
        let before = word(block &- 16)
        return (block &- 16 &- before) & 4095 == 0 && (before &+ size) & 4095 == 0 && canRead(block &+ size &- 17)
    }
}
