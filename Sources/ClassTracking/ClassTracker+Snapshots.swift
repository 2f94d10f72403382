import CTrackingRuntime
import HeapSizing
import ProcessSampling
import Synchronization
public import TrackingRecords
import TrackingSinks

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
        if isTracking { RuntimeHooks.refresh() }
        return takeSnapshot(description, computeTotal: computeTotal, isPeriodic: false)
    }

    /// The latest snapshots, oldest first; ``Configuration/Retention/snapshots`` says how many.
    public var snapshots: [Snapshot] { store.withLock { $0.snapshots } }

    /// Whether anything is tracked, so that a snapshot has more to tell than a sample.
    var isTracking: Bool { registry != nil }

    func takePeriodicSnapshot(skipped: Int) {
        guard let registry else { return }
        let shortage = shortage(for: registry)
        if let notice = room.withLock({ $0.notice(of: shortage) }) { tell(shortage == nil ? .info : .warning, notice) }
        guard shortage == nil else { return }
        _ = takeSnapshot("", computeTotal: false, isPeriodic: true, skipped: skipped)
    }

    /// What there is too little of for a snapshot.
    private func shortage(for registry: ObjectRegistry) -> SnapshotRoom.Shortage? {
        guard SnapshotRoom.isThere else { return .heap }
        var failure: ProcessMemoryReader.Failure?
        guard let resident = memoryReader.read(failure: &failure).memory.residentSet else { return nil }
        let counts = registry.counts(of: registry.kinds.count)
        let objects = counts.reduce(0) { $0 + Int(Int32(bitPattern: $1.born &- $1.died)) }
        let kept = measuring.withLock { $0.bytes }
        return room.withLock { $0.shortage(objects: objects, kept: kept, resident: resident) }
    }

    func takeSnapshot(_ description: String, computeTotal: Bool, isPeriodic: Bool, skipped: Int = 0) -> Snapshot {
        measuring.withLock { memory in
            let registry = registry
            if registry == nil { memory.trim(to: 0) }
            let now = clock.now()
            let number = store.withLock { $0.nextNumber() }
            var snapshot = Snapshot(number: number, timestamp: now.timestamp, wallTime: now.wallTime)
            snapshot.description = description
            snapshot.isPeriodic = isPeriodic
            snapshot.skipped = skipped
            var failure: ProcessMemoryReader.Failure?
            snapshot.processMemory = memoryReader.read(failure: &failure).memory
            if computeTotal { snapshot.heapTotal = HeapSizer.heapInUse }
            let burst = registry.flatMap { measure($0, &memory, &snapshot) }
            snapshot.overhead += store.withLock { $0.bytes }
            snapshot.duration = clock.now().timestamp - now.timestamp
            store.withLock { [snapshot] in $0.add(snapshot) }
            if !publish(snapshot, burst), burst != nil { streamed.withLock { $0.takeBack() } }
            return snapshot
        }
    }

    /// Fills a snapshot in.
    ///
    /// - Returns: The records of its objects, where there is a stream.
    private func measure(
        _ registry: ObjectRegistry,
        _ memory: inout SweepMemory,
        _ snapshot: inout Snapshot
    ) -> RecordBurst? {
        let (totals, detailLimit, sizeLimit) = store.withLock { store in
            store.follow(registry)
            return (store.totals, store.detailLimit, store.sizeLimit)
        }
        var measurement = Measurement(registry, exchange(&memory, with: SweepMemory()), detailLimit: detailLimit)
        measurement.compare(with: totals, processTotal: snapshot.total)
        snapshot.classes = measurement.classes
        snapshot.trackedTotal = measurement.total
        snapshot.unsized = measurement.unsized
        snapshot.missed = registry.missed
        snapshot.overhead = registry.bytes + measurement.workingBytes
        let sizes = measurement.sizes(at: snapshot.timestamp, limit: sizeLimit)
        // Outside of the store, of which others want a moment: whoever measures is the only one who changes these.
        var copy = store.withLock { $0 }
        let active = measurement.kinds.names.map { measurement.classes[$0]?.active ?? 0 }
        copy.noteHistory(measurement.sweep, measurement.kinds, active: active, registry, until: snapshot.timestamp)
        copy.totals.active = measurement.classes.mapValues(\.active)
        copy.totals.counts = measurement.sweep.counts
        store.withLock { [copy] store in
            store.takeCounts(from: copy)
            store.add(sizes)
        }
        let burst = burst(measurement, registry, &snapshot)
        memory = measurement.takeMemory()
        snapshot.overhead += memory.bytes
        return burst
    }

    private func burst(
        _ measurement: borrowing Measurement,
        _ registry: ObjectRegistry,
        _ snapshot: inout Snapshot
    ) -> RecordBurst? {
        guard isPublishing else { return nil }
        let limit = configuration.snapshotObjects
        return streamed.withLock { streamed in
            let (objects, omitted) = streamed.records(of: measurement, at: snapshot.timestamp, registry, limit: limit)
            snapshot.omittedObjects = omitted
            return streamed.burst(objects, measurement.kinds, registry, clock)
        }
    }

    func forgetSnapshots() { measuring.withLock { _ in store.withLock { $0.clear() } } }

    /// Gives back what snapshots of the objects that were tracked have left, unless one is being taken.
    func releaseSweepMemory() { measuring.withLockIfAvailable { $0.trim(to: 0) } }
}
