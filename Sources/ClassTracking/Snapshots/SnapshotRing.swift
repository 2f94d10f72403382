import TrackingRecords

/// The latest periodic snapshots of a tracker that tracks nothing, in memory that is allocated once.
///
/// Such a snapshot has the figures of the process alone. These are stored, and converted to a `Snapshot` when it is
/// read: adding one allocates nothing.
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
    /// The number of snapshots ever added.
    private var added = 0

    /// Allocates the memory; if the kernel gives none, the ring stores nothing.
    init(capacity: Int) {
        memory = capacity > 0 ? PageMemory.reserve(capacity * MemoryLayout<Entry>.stride, isShared: false) : nil
        let start = memory?.baseAddress?.bindMemory(to: Entry.self, capacity: capacity)
        entries = UnsafeMutableBufferPointer(start: start, count: start == nil ? 0 : capacity)
    }

    deinit {
        if let memory { PageMemory.release(memory) }
    }

    /// The largest number of snapshots.
    var capacity: Int { entries.count }

    /// The number of stored snapshots.
    var count: Int { min(added, capacity) }

    /// The bytes of memory.
    var bytes: Int { memory?.count ?? 0 }

    /// Adds a snapshot, which replaces the oldest one if the ring is full.
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

    /// Removes all snapshots, and keeps the memory.
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
