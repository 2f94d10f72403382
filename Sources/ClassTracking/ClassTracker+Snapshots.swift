import CTrackingRuntime
import HeapSizing
import ProcessSampling
import Synchronization
public import TrackingRecords

extension ClassTracker {
    /// Sizes all tracked objects, and says what the process uses.
    ///
    /// Tracked objects are sized in the order in which they were announced: what two of them share goes to the first, and
    /// one that is reached from another is not added to it. The caller's thread does the work; no other one is stopped,
    /// so that objects which change meanwhile have the size of no one moment. While periodic snapshots run, this one
    /// goes the same way as theirs.
    ///
    /// - Parameters:
    ///   - description: What stands beside the time.
    ///   - computeTotal: Whether the bytes in use in the malloc heap are asked for, which takes malloc's locks.
    /// - Returns: The snapshot, which ``snapshots`` keeps.
    /// - Throws: ``TrackingError/forkedProcess``.
    @discardableResult
    public func createSnapshot(
        _ description: String = "",
        computeTotal: Bool = false
    ) throws(TrackingError) -> Snapshot {
        guard ct_process_id() == process else { throw .forkedProcess }
        return takeSnapshot(description, computeTotal: computeTotal, isPeriodic: false)
    }

    /// The latest snapshots, oldest first; ``Configuration/Retention/snapshots`` says how many.
    public var snapshots: [Snapshot] { store.withLock { $0.snapshots } }

    /// Whether anything is tracked, so that a snapshot has more to tell than a sample.
    var isTracking: Bool { registry != nil }

    func takePeriodicSnapshot() {
        guard isTracking else { return }
        _ = takeSnapshot("", computeTotal: false, isPeriodic: true)
    }

    func takeSnapshot(_ description: String, computeTotal: Bool, isPeriodic: Bool) -> Snapshot {
        store.withLock { store in
            let registry = registry
            let now = clock.now()
            var snapshot = Snapshot(number: store.nextNumber(), timestamp: now.timestamp, wallTime: now.wallTime)
            snapshot.description = description
            snapshot.isPeriodic = isPeriodic
            var failure: ProcessMemoryReader.Failure?
            snapshot.processMemory = memoryReader.read(failure: &failure).memory
            if computeTotal { snapshot.heapTotal = HeapSizer.heapInUse }
            if let registry { measure(registry, &snapshot, &store) }
            snapshot.overhead += store.bytes
            snapshot.duration = clock.now().timestamp - now.timestamp
            store.add(snapshot)
            publish(snapshot)
            return snapshot
        }
    }

    private func measure(_ registry: ObjectRegistry, _ snapshot: inout Snapshot, _ store: inout SnapshotStore) {
        if store.totals.registry != ObjectIdentifier(registry) {
            store.totals = SnapshotStore.Totals(registry: ObjectIdentifier(registry))
        }
        var measurement = Measurement(registry, detailLimit: store.detailLimit)
        measurement.compare(with: store.totals, processTotal: snapshot.total)
        snapshot.classes = measurement.classes
        snapshot.trackedTotal = measurement.total
        snapshot.unsized = measurement.unsized
        snapshot.overhead = registry.bytes + measurement.workingBytes
        store.noteHistory(measurement.sweep, measurement.kinds, registry, until: snapshot.timestamp)
        store.add(measurement.sizes(at: snapshot.timestamp, limit: store.sizeLimit))
        store.totals.active = measurement.classes.mapValues(\.active)
        store.totals.destroyed = measurement.sweep.destroyed
    }

    func forgetSnapshots() { store.withLock { $0.clear() } }
}
