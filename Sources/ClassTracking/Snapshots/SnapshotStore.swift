import CTrackingRuntime
import HeapSizing
import TrackingRecords

/// The snapshots and histories that the configuration keeps.
struct SnapshotStore {
    /// The sizes of individual objects at one snapshot.
    struct Sizes {
        var timestamp: Double
        /// Ascending.
        var keys: ContiguousArray<UInt64>
        /// In units of `HeapSizer.unit` bytes.
        var sizes: ContiguousArray<UInt32>
        /// The referents of objects that have a resolution level.
        var details: [UInt64: SizedObject]
    }

    private(set) var snapshots: [Snapshot] = []
    /// The counts of the stored snapshots, oldest first; snapshots without tracked objects have none.
    private(set) var marks: [Mark] = []
    private(set) var sizes: [Sizes] = []
    private(set) var history: [String: HistoryCurve] = [:]
    /// The counts with which the next snapshot is compared.
    var totals = Totals()
    /// The number of times that everything was cleared; a snapshot that was in progress then is not added.
    private(set) var clears = 0
    /// The amount of data to keep.
    var retention: ClassTracker.Configuration.Retention

    /// For each kind, the number of objects that had been recorded and that had died at a snapshot.
    struct Mark {
        /// The snapshot's number.
        var snapshot: Int
        /// The registry of the counts.
        var registry: ObjectIdentifier
        var counts: [ct_count]
    }

    /// The counts up to the latest snapshot.
    struct Totals {
        /// The registry of the counts.
        var registry: ObjectIdentifier?
        var active: [String: Int] = [:]
        /// By kind.
        var counts: [ct_count] = []
        /// The time up to which the history has births and deaths, in seconds.
        var until = 0.0
    }

    init(_ retention: ClassTracker.Configuration.Retention) { self.retention = retention }

    /// Resets the counts if the objects are those of another registry.
    mutating func follow(_ registry: ObjectRegistry) {
        if totals.registry != ObjectIdentifier(registry) { totals = Totals(registry: ObjectIdentifier(registry)) }
    }

    mutating func add(_ snapshot: Snapshot) {
        snapshots.append(snapshot)
        if snapshots.count > retention.snapshots { snapshots.removeFirst(snapshots.count - retention.snapshots) }
        let oldest = snapshots.first?.number ?? .max
        if let first = marks.first, first.snapshot < oldest { marks.removeAll { $0.snapshot < oldest } }
    }

    /// Stores the counts of the snapshot that is added next.
    mutating func mark(snapshot: Int) {
        guard let registry = totals.registry else { return }
        marks.append(Mark(snapshot: snapshot, registry: registry, counts: totals.counts))
    }

    /// Stores sizes of individual objects, which replace the oldest ones.
    mutating func add(_ fresh: Sizes) {
        sizes.append(fresh)
        var remaining = retention.sizes
        var details = retention.details
        var kept = 0
        for entry in sizes.reversed() {
            remaining -= entry.keys.count
            details -= entry.details.count
            // The latest sizes always remain, because they were made to fit.
            if kept > 0, remaining < 0 || details < 0 { break }
            kept += 1
        }
        sizes.removeFirst(sizes.count - kept)
        if sizes.count > retention.snapshots { sizes.removeFirst(sizes.count - retention.snapshots) }
    }

    /// Takes the counts that a copy has computed meanwhile.
    mutating func takeCounts(from copy: SnapshotStore) {
        history = copy.history
        totals = copy.totals
    }

    /// The number of objects whose sizes the latest snapshot may keep.
    var sizeLimit: Int { retention.sizes }

    /// The number of objects whose referents the latest snapshot may keep.
    var detailLimit: Int { retention.details }

    mutating func note(_ count: Int, of name: String, at timestamp: Double) {
        history[name, default: HistoryCurve(limit: retention.history)].add(count, at: timestamp)
    }

    /// Discards everything.
    mutating func clear() {
        snapshots = []
        marks = []
        sizes = []
        history = [:]
        totals = Totals()
        clears += 1
    }

    /// The approximate bytes of memory.
    var bytes: Int {
        let ofSizes = sizes.reduce(0) { $0 + $1.keys.capacity * 8 + $1.sizes.capacity * 4 + $1.details.count * 200 }
        let ofHistory = history.values.reduce(0) { $0 + $1.points.capacity * MemoryLayout<InstanceCount>.stride }
        let ofSnapshots = snapshots.reduce(0) { $0 + 512 + $1.classes.count * 160 }
        let ofMarks = marks.reduce(0) { $0 + 48 + $1.counts.count * MemoryLayout<ct_count>.stride }
        return ofSizes + ofHistory + ofSnapshots + ofMarks
    }
}
