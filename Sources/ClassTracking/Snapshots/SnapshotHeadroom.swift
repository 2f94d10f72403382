import CTrackingRuntime
import HeapSizing
import ProcessSampling
import TrackingRecords
import TrackingSinks

/// Checks whether there is enough memory for a snapshot.
///
/// Swift's runtime ends the process when malloc fails, and the kernel when its control group's limit is reached: the
/// agent must not use up the last memory, not even for a moment. A skipped snapshot is only a loss of figures; samples
/// continue.
struct SnapshotHeadroom {
    /// The memory that is short.
    enum Shortage: Equatable {
        /// malloc cannot allocate.
        case heap
        /// The control group's limit is near.
        case group(resident: Int, limit: Int, need: Int)
    }

    /// The bytes that have to be free: the walk reserves address space, and the host continues to allocate meanwhile.
    ///
    /// A block of this size is always a mapping of its own. A smaller one would make glibc raise, for the whole
    /// process, the size from which on blocks are mapped (M_MMAP_THRESHOLD, 32 MiB at most).
    private static let freeBytes = 64 << 20
    /// The bytes that formatting a notice needs; less than glibc allocates by a mapping of its own.
    private static let noticeBytes = 64 << 10
    /// The bytes that any snapshot needs.
    private static let fixedBytes = 4 << 20
    /// The bytes that a snapshot needs for each object: its copy, its size, and its part of tables.
    private static let bytesPerObject = 32
    /// The time after which the control group's limit is read again, in nanoseconds.
    private static let limitAge: UInt64 = 60_000_000_000

    private var limit: Int?
    private var limitAsked: UInt64?
    /// Indicates whether the latest snapshot was not taken.
    private var wasShort = false
    /// Indicates whether the stream has a notice of the reason.
    private var wasReported = false

    /// Indicates whether malloc could allocate a large block; the check takes some microseconds, and no memory.
    ///
    /// If a test allocation would use memory, only free addresses within the limits are checked.
    static var isEnough: Bool {
        ct_allocates_lazily(HeapSizer.hasGlibcBlocks ? 1 : 0) != 0
            ? ct_can_allocate(freeBytes) != 0 : ct_can_map(freeBytes) != 0
    }

    /// Checks whether the control group leaves enough memory.
    ///
    /// - Parameters:
    ///   - objects: The number of tracked objects.
    ///   - kept: The bytes that the previous snapshot has left for this one.
    ///   - resident: The process's resident set, in bytes.
    /// - Returns: The memory that is short; `nil` if there is enough.
    mutating func shortage(objects: Int, kept: Int, resident: Int) -> Shortage? {
        guard let limit = currentLimit() else { return nil }
        // The walk marks visited addresses by one bit for 16 bytes of heap.
        let need = max(0, objects * Self.bytesPerObject - kept) + resident / 128 + Self.fixedBytes
        return resident + need > limit ? .group(resident: resident, limit: limit, need: need) : nil
    }

    private mutating func currentLimit() -> Int? {
        let now = monotonicNanoseconds()
        if limitAsked.map({ now - $0 > Self.limitAge }) ?? true {
            limitAsked = now
            limit = MemoryLimit.current()
        }
        return limit
    }

    /// Processes a shortage, and returns a notice for the stream, once for each change.
    mutating func notice(of shortage: Shortage?) -> String? {
        guard let shortage else {
            defer { (wasShort, wasReported) = (false, false) }
            guard wasShort else { return nil }
            return wasReported
                ? "snapshots are taken again" : "snapshots are taken again; for a time there was no memory"
        }
        wasShort = true
        // Formatting the message allocates.
        guard !wasReported, ct_can_allocate(Self.noticeBytes) != 0 else { return nil }
        wasReported = true
        switch shortage {
        case .heap:
            return "no snapshots: the process gets no \(ByteText(Self.freeBytes)) more, of which one takes a part; "
                + "raise LimitAS=, LimitDATA= or the like. Samples go on."
        case .group(let resident, let limit, let need):
            return
                "no snapshots: the process has \(ByteText(resident)) of the \(ByteText(limit)) of its control group, "
                + "and one takes up to \(ByteText(need)); raise MemoryMax=. Samples go on."
        }
    }
}
