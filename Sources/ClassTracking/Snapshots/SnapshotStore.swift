import CTrackingRuntime
import HeapSizing
import TrackingRecords

/// The snapshots and histories that the configuration keeps.
struct SnapshotStore {
    /// Sizes of single objects at one snapshot.
    struct Sizes {
        var timestamp: Double
        /// Ascending.
        var keys: ContiguousArray<UInt64>
        /// In units of `HeapSizer.unit` bytes.
        var sizes: ContiguousArray<UInt32>
        /// Of the objects that have a resolution level.
        var details: [UInt64: SizedObject]
    }

    private(set) var snapshots: [Snapshot] = []
    /// The counts of the snapshots that are kept, oldest first; of those without tracked objects there are none.
    private(set) var marks: [Mark] = []
    private(set) var sizes: [Sizes] = []
    private(set) var history: [String: HistoryCurve] = [:]
    /// The counts that the next snapshot is compared with.
    var totals = Totals()
    /// How often everything was forgotten; a snapshot that was in flight then is not added.
    private(set) var clears = 0
    /// How much is kept from now on.
    var retention: ClassTracker.Configuration.Retention

    /// How many objects of each kind had been announced and had died at a snapshot.
    struct Mark {
        /// The snapshot's number.
        var snapshot: Int
        /// Which registry they are of.
        var registry: ObjectIdentifier
        var counts: [ct_count]
    }

    /// Counts up to the latest snapshot.
    struct Totals {
        /// Which registry they are of.
        var registry: ObjectIdentifier?
        var active: [String: Int] = [:]
        /// By kind.
        var counts: [ct_count] = []
        /// Seconds up to which births and deaths stand in the history.
        var until = 0.0
    }

    init(_ retention: ClassTracker.Configuration.Retention) { self.retention = retention }

    /// Begins to count anew where the objects are those of another registry.
    mutating func follow(_ registry: ObjectRegistry) {
        if totals.registry != ObjectIdentifier(registry) { totals = Totals(registry: ObjectIdentifier(registry)) }
    }

    mutating func add(_ snapshot: Snapshot) {
        snapshots.append(snapshot)
        if snapshots.count > retention.snapshots { snapshots.removeFirst(snapshots.count - retention.snapshots) }
        let oldest = snapshots.first?.number ?? .max
        if let first = marks.first, first.snapshot < oldest { marks.removeAll { $0.snapshot < oldest } }
    }

    /// Keeps the counts of the snapshot that is added next.
    mutating func mark(snapshot: Int) {
        guard let registry = totals.registry else { return }
        marks.append(Mark(snapshot: snapshot, registry: registry, counts: totals.counts))
    }

    /// Keeps sizes of single objects; what is older gives way.
    mutating func add(_ fresh: Sizes) {
        sizes.append(fresh)
        var room = retention.sizes
        var details = retention.details
        var kept = 0
        for entry in sizes.reversed() {
            room -= entry.keys.count
            details -= entry.details.count
            // The latest always stays: it was made to fit.
            if kept > 0, room < 0 || details < 0 { break }
            kept += 1
        }
        sizes.removeFirst(sizes.count - kept)
        if sizes.count > retention.snapshots { sizes.removeFirst(sizes.count - retention.snapshots) }
    }

    /// Takes over what a copy has counted meanwhile.
    mutating func takeCounts(from copy: SnapshotStore) {
        history = copy.history
        totals = copy.totals
    }

    /// How many objects' sizes the latest snapshot may keep.
    var sizeLimit: Int { retention.sizes }

    /// How many objects' referents the latest snapshot may keep.
    var detailLimit: Int { retention.details }

    mutating func note(_ count: Int, of name: String, at timestamp: Double) {
        history[name, default: HistoryCurve(limit: retention.history)].add(count, at: timestamp)
    }

    /// Forgets everything.
    mutating func clear() {
        snapshots = []
        marks = []
        sizes = []
        history = [:]
        totals = Totals()
        clears += 1
    }

    /// Bytes of memory, about.
    var bytes: Int {
        let ofSizes = sizes.reduce(0) { $0 + $1.keys.capacity * 8 + $1.sizes.capacity * 4 + $1.details.count * 200 }
        let ofHistory = history.values.reduce(0) { $0 + $1.points.capacity * MemoryLayout<InstanceCount>.stride }
        let ofSnapshots = snapshots.reduce(0) { $0 + 512 + $1.classes.count * 160 }
        let ofMarks = marks.reduce(0) { $0 + 48 + $1.counts.count * MemoryLayout<ct_count>.stride }
        return ofSizes + ofHistory + ofSnapshots + ofMarks
    }
}
