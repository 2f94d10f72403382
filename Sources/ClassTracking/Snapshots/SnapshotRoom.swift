import CTrackingRuntime
import HeapSizing
import ProcessSampling
import TrackingRecords
import TrackingSinks

/// Whether there is memory for a snapshot.
///
/// Swift's runtime ends the process where malloc fails, and the kernel where its control group's limit is reached: the agent
/// must not be the one that takes the last of it, not for a moment either. A snapshot that is not taken is a loss of
/// figures; samples go on.
struct SnapshotRoom {
    /// The memory that is short.
    enum Shortage: Equatable {
        /// malloc has nothing to give.
        case heap
        /// The control group's limit is near.
        case group(resident: Int, limit: Int, need: Int)
    }

    /// The bytes that have to be free: the walk reserves address space, and the host goes on allocating meanwhile.
    ///
    /// A block of this size is always a mapping of its own. A smaller one would have glibc raise, for the whole process, the
    /// size from which on blocks are mapped (M_MMAP_THRESHOLD, 32 MiB at most).
    private static let freeBytes = 64 << 20
    /// The bytes that the text of a notice takes; less than what glibc maps by itself.
    private static let noticeBytes = 64 << 10
    /// The bytes that a snapshot takes whatever is tracked.
    private static let fixedBytes = 4 << 20
    /// The bytes that a snapshot takes for each object: its copy, its size, and its part of tables.
    private static let bytesPerObject = 32
    /// The time after which the control group's limit is read again, in nanoseconds.
    private static let limitAge: UInt64 = 60_000_000_000

    private var limit: Int?
    private var limitAsked: UInt64?
    /// Whether the latest snapshot was not taken.
    private var wasShort = false
    /// Whether the stream has a notice of the reason.
    private var wasReported = false

    /// Whether malloc would give a large block; the check takes some microseconds, and no memory.
    ///
    /// Where asking malloc would take memory, only free addresses within the limits on them are checked.
    static var isThere: Bool {
        ct_allocates_lazily(HeapSizer.hasGlibcBlocks ? 1 : 0) != 0
            ? ct_can_allocate(freeBytes) != 0 : ct_can_map(freeBytes) != 0
    }

    /// Checks whether the control group leaves room.
    ///
    /// - Parameters:
    ///   - objects: How many are tracked.
    ///   - kept: Bytes that the snapshot before has left for this one.
    ///   - resident: The process's resident set, in bytes.
    /// - Returns: The memory that is short; `nil` where there is enough.
    mutating func shortage(objects: Int, kept: Int, resident: Int) -> Shortage? {
        guard let limit = currentLimit() else { return nil }
        // One bit for 16 bytes of heap marks what has been met.
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

    /// Follows the shortage, and returns a notice for the stream, once for each change.
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
