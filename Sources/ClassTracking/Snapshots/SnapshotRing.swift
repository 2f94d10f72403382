import TrackingRecords

/// The latest periodic snapshots of a tracker that tracks nothing, in memory that is taken once.
///
/// Such a snapshot has the figures of the process alone. It is kept as those, and made into a `Snapshot` when somebody asks:
/// adding one allocates nothing.
struct SnapshotRing: ~Copyable {
    private struct Entry {
        var number: Int
        var timestamp: Double
        var wallTime: Double
        var overhead: Int
        var memory: ProcessMemory
    }

    private let memory: UnsafeMutableRawBufferPointer?
    private let entries: UnsafeMutableBufferPointer<Entry>
    /// How many were ever added.
    private var added = 0

    /// Takes the memory; where the kernel gives none, the ring keeps nothing.
    init(capacity: Int) {
        memory = capacity > 0 ? PageMemory.reserve(capacity * MemoryLayout<Entry>.stride, isShared: false) : nil
        let start = memory?.baseAddress?.bindMemory(to: Entry.self, capacity: capacity)
        entries = UnsafeMutableBufferPointer(start: start, count: start == nil ? 0 : capacity)
    }

    deinit {
        if let memory { PageMemory.release(memory) }
    }

    /// How many snapshots there is room for.
    var capacity: Int { entries.count }

    /// How many snapshots are kept.
    var count: Int { min(added, capacity) }

    /// Bytes of memory.
    var bytes: Int { memory?.count ?? 0 }

    /// Adds a snapshot; the oldest gives way where there is no room.
    mutating func add(_ number: Int, _ sample: Sample, overhead: Int) {
        guard capacity > 0 else { return }
        let entry = Entry(
            number: number,
            timestamp: sample.timestamp,
            wallTime: sample.wallTime,
            overhead: overhead,
            memory: sample.memory
        )
        entries.initializeElement(at: added % capacity, to: entry)
        added += 1
    }

    /// Adds the latest snapshots of another ring.
    mutating func take(_ other: borrowing SnapshotRing) {
        for position in max(other.added - other.count, other.added - capacity)..<other.added {
            entries.initializeElement(at: added % capacity, to: other.entries[position % other.capacity])
            added += 1
        }
    }

    /// Forgets all snapshots, and keeps the memory.
    mutating func removeAll() { added = 0 }

    /// The snapshots, oldest first.
    var snapshots: [Snapshot] {
        (added - count..<added)
            .map { position in
                let entry = entries[position % capacity]
                var snapshot = Snapshot(number: entry.number, timestamp: entry.timestamp, wallTime: entry.wallTime)
                snapshot.isPeriodic = true
                snapshot.overhead = entry.overhead
                snapshot.processMemory = entry.memory
                return snapshot
            }
    }
}
