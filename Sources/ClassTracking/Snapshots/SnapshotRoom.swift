import CTrackingRuntime
import ProcessSampling
import TrackingRecords
import TrackingSinks

/// Whether there is memory for a snapshot.
///
/// Swift's runtime ends the process where malloc fails, and the kernel where its control group's limit is reached: the agent
/// must not be the one that takes the last of it, not for a moment either. A snapshot that is not taken is a loss of
/// figures; samples go on.
struct SnapshotRoom {
    /// What is short.
    enum Shortage: Equatable {
        /// malloc has nothing to give.
        case heap
        /// The control group's limit is near.
        case group(resident: Int, limit: Int, need: Int)
    }

    /// What has to be free: the walk reserves address space, and the host goes on allocating meanwhile.
    ///
    /// A block of this size is always a mapping of its own. A smaller one would have glibc raise, for the whole process, the
    /// size from which on blocks are mapped (M_MMAP_THRESHOLD, 32 MiB at most).
    private static let free = 64 << 20
    /// What a notice takes; less than what glibc maps by itself.
    private static let words = 64 << 10
    /// What a snapshot takes whatever is tracked, in bytes.
    private static let least = 4 << 20
    /// For each object: what is copied of it, its size, and what it adds to tables.
    private static let perObject = 32
    /// The control group's limit is asked for so often, in nanoseconds.
    private static let limitAge: UInt64 = 60_000_000_000

    private var limit: Int?
    private var limitAsked: UInt64?
    /// Whether the latest snapshot was not taken.
    private var wasShort = false
    /// Whether the stream has been told why.
    private var wasTold = false

    /// Whether malloc would give a large block; takes two microseconds, and allocates nothing that stays.
    static var isThere: Bool { ct_can_allocate(free) != 0 }

    /// Looks whether the control group leaves room.
    ///
    /// - Parameters:
    ///   - objects: How many are tracked.
    ///   - kept: Bytes that the snapshot before has left for this one.
    ///   - resident: The process's resident set, in bytes.
    /// - Returns: What there is too little of; `nil` where there is enough.
    mutating func shortage(objects: Int, kept: Int, resident: Int) -> Shortage? {
        guard let limit = currentLimit() else { return nil }
        // One bit for 16 bytes of heap marks what has been met.
        let need = max(0, objects * Self.perObject - kept) + resident / 128 + Self.least
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

    /// Takes note of what was found; returns what the stream has to be told, once for each time that it changes.
    mutating func notice(of shortage: Shortage?) -> String? {
        guard let shortage else {
            defer { (wasShort, wasTold) = (false, false) }
            guard wasShort else { return nil }
            return wasTold ? "snapshots are taken again" : "snapshots are taken again; for a time there was no memory"
        }
        wasShort = true
        // The words need memory, too.
        guard !wasTold, ct_can_allocate(Self.words) != 0 else { return nil }
        wasTold = true
        switch shortage {
        case .heap:
            return "no snapshots: the process gets no \(ByteCount(Self.free)) more, of which one takes a part; "
                + "raise LimitAS=, LimitDATA= or the like. Samples go on."
        case .group(let resident, let limit, let need):
            return
                "no snapshots: the process has \(ByteCount(resident)) of the \(ByteCount(limit)) of its control group, "
                + "and one takes up to \(ByteCount(need)); raise MemoryMax=. Samples go on."
        }
    }
}
