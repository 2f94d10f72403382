import TrackingRecords

/// The memory that a copy of the process may need.
///
/// Pages are shared until one side writes. At worst the process writes all of its own during the lifetime of the copy,
/// so that each exists twice; the page tables exist twice immediately. The copy adds the marks of its walk, one bit for
/// 16 bytes.
struct CopyCost {
    /// The bytes that could be resident.
    let resident: Int
    /// The bytes that the kernel has to commit.
    let promised: Int

    init?(_ memory: ProcessMemory) {
        guard let anonymous = memory.residentAnonymous ?? memory.residentSet else { return nil }
        resident = anonymous + anonymous / 128 + (memory.pageTableSize ?? 0)
        promised = (memory.dataSize ?? memory.virtualSize ?? anonymous) + (memory.stackSize ?? 0)
    }
}
