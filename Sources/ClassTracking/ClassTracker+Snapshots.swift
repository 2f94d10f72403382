import CTrackingRuntime
import HeapSizing
import ProcessSampling
import Synchronization
public import TrackingRecords
import TrackingSinks

extension ClassTracker: SnapshotSource {
    /// Sizes all tracked objects, and reads the memory figures of the process.
    ///
    /// Tracked objects are sized in the order in which tracking began: memory that two of them share counts for the
    /// first, and a tracked object that is reached from another is not added to it. While periodic snapshots run, this
    /// one goes to the stream like theirs.
    ///
    /// An in-process snapshot is taken by the caller's thread and stops no other one, so that the sizes of objects that
    /// change meanwhile belong to no single moment. A forked snapshot shows one instant. If that is not possible, would
    /// stop the process for longer than ``Configuration/pauseBudget`` or take more memory than there is, the snapshot
    /// is taken in process and reports it: see ``Snapshot/isolation`` and ``Snapshot/notForked``.
    ///
    /// Two snapshots are never taken at once: while another one is in progress, the caller waits for it, ten seconds at
    /// most.
    ///
    /// - Parameters:
    ///   - description: The text beside the time in the snapshot's label.
    ///   - computeTotal: Whether to read the bytes in use in the malloc heap. glibc visits all free chunks for it under
    ///     the lock of
    ///     each arena, about 40 ns for each: with two million of them, other threads' `malloc` is blocked for 80 ms.
    ///     Periodic
    ///     snapshots never do.
    ///   - isolation: The process in which objects are sized; `nil` for ``Configuration/isolation``.
    /// - Returns: The snapshot, which ``snapshots`` keeps.
    /// - Throws: ``TrackingError`` with the code ``TrackingError/Code/forkedProcess``, or
    ///   ``TrackingError/Code/snapshotInFlight`` if another one takes longer.
    @discardableResult
    public func createSnapshot(
        _ description: String = "",
        computeTotal: Bool = false,
        isolation: Snapshot.Isolation? = nil
    ) throws(TrackingError) -> Snapshot {
        ct_own_objects()
        defer { ct_end_own_objects() }
        guard ct_process_id() == process else { throw .forkedProcess }
        if isTracking, let notice = BirthObservation.refresh() { tell(.warning, notice) }
        let snapshot = takeSnapshot(
            description,
            computeTotal: computeTotal,
            isPeriodic: false,
            isolation ?? configuration.isolation
        )
        guard let snapshot else { throw .snapshotInFlight }
        return snapshot
    }

    /// The latest snapshots, oldest first; ``Configuration/Retention/snapshots`` is their largest number.
    ///
    /// Requested and periodic snapshots are sorted by their numbers. While nothing is tracked, each periodic sample is
    /// a snapshot with the figures of the process alone. Computed with each call.
    public var snapshots: [Snapshot] {
        ct_own_objects()
        defer { ct_end_own_objects() }
        let (own, limit) = store.withLock { ($0.snapshots, $0.retention.snapshots) }
        var all = log.snapshots
        if all.isEmpty { return own }
        all += own
        // A slow snapshot receives its number first, and is added last.
        all.sort { $0.number < $1.number }
        return Array(all.suffix(limit))
    }

    /// The stored snapshots that have counts, oldest first.
    var countedSnapshots: [CountedSnapshot] {
        let (snapshots, marks) = store.withLock { ($0.snapshots, $0.marks) }
        var found: [CountedSnapshot] = []
        found.reserveCapacity(marks.count)
        var position = 0
        for snapshot in snapshots {
            while position < marks.count, marks[position].snapshot < snapshot.number { position += 1 }
            guard position < marks.count, marks[position].snapshot == snapshot.number else { continue }
            found.append(
                CountedSnapshot(snapshot: snapshot, registry: marks[position].registry, counts: marks[position].counts)
            )
        }
        return found
    }

    /// Indicates whether anything is tracked, so that a snapshot has more content than a sample.
    var isTracking: Bool { registry != nil }

    func takeSnapshot(_ occasion: SnapshotOccasion, skipped: Int) {
        guard let registry else { return }
        let shortage = shortage(for: registry)
        if let notice = headroom.withLock({ $0.notice(of: shortage) }) {
            tell(shortage == nil ? .info : .warning, notice)
        }
        guard shortage == nil else { return }
        let configuration = configuration
        let isForked =
            configuration.isolation == .forked || (occasion == .spike && configuration.spikeIsolation == .forked)
        _ = takeSnapshot(
            "",
            computeTotal: false,
            isPeriodic: true,
            isForked ? .forked : .inProcess,
            skipped: skipped
        )
    }

    /// Returns the memory that is too short for a snapshot; `nil` if there is enough.
    private func shortage(for registry: ObjectRegistry) -> SnapshotHeadroom.Shortage? {
        guard SnapshotHeadroom.isEnough else { return .heap }
        var failure: ProcessMemoryReader.Failure?
        guard let resident = memoryReader.read(failure: &failure).memory.residentSet else { return nil }
        let objects = registry.liveCount
        let kept = measuring.withLock { $0.memory.bytes } ?? 0
        return headroom.withLock { $0.shortage(objects: objects, kept: kept, resident: resident) }
    }

    /// Takes a snapshot.
    ///
    /// - Returns: The snapshot; `nil` if another one is in progress for too long.
    private func takeSnapshot(
        _ description: String,
        computeTotal: Bool,
        isPeriodic: Bool,
        _ isolation: Snapshot.Isolation,
        skipped: Int = 0
    ) -> Snapshot? {
        measuring.withLock { measuring in
            let clears = store.withLock { $0.clears }
            let registry = registry
            if registry == nil { measuring.memory.trim(to: 0) }
            let now = clock.now()
            let number = log.nextNumber()
            var snapshot = Snapshot(number: number, timestamp: now.timestamp, wallTime: now.wallTime)
            snapshot.description = description
            snapshot.isPeriodic = isPeriodic
            snapshot.skipped = skipped
            var failure: ProcessMemoryReader.Failure?
            snapshot.processMemory = memoryReader.read(failure: &failure).memory
            if computeTotal { snapshot.heapTotal = heapTotal() }
            if registry != nil { reportAllocator() }
            let burst = registry.flatMap { measure($0, &measuring, isolation, &snapshot, clears) }
            let bytes = store.withLock { $0.bytes }
            snapshot.overhead += bytes + log.setOtherBytes(bytes)
            snapshot.duration = clock.now().timestamp - now.timestamp
            // Data that was cleared meanwhile must not return.
            store.withLock { [snapshot] in if $0.clears == clears { $0.add(snapshot) } }
            if !publish(snapshot, burst), burst != nil { streamed.withLock { $0.takeBack() } }
            return snapshot
        }
    }

    private func heapTotal() -> Int? {
        let total = HeapSizer.heapInUse
        if total == nil {
            tell(.warning, "no heap total: \(HeapSizer.allocatorName) does not tell how many bytes are in use")
        }
        return total
    }

    /// Reports once that objects are counted and not sized.
    private func reportAllocator() {
        guard isPublishing, let refusal = HeapSizer.refusal, !hasReportedAllocator.exchange(true, ordering: .relaxed)
        else { return }
        tell(.warning, "\(refusal)")
    }

    /// Reports each type once whose objects hold more than sizes can contain.
    private func tellOfOpaqueTypes(_ types: [String], _ reported: inout Set<String>) {
        let limit = 16
        guard isPublishing, !types.isEmpty, reported.count < limit else { return }
        let new = types.filter { !reported.contains($0) }.prefix(limit - reported.count)
        guard !new.isEmpty else { return }
        reported.formUnion(new)
        let names = new.map { $0.shortened() }.joined(separator: ", ")
        tell(
            .info,
            "sizes are too small where objects of these types are held, whose contents no metadata describes: \(names)"
        )
    }

    /// Fills in a snapshot.
    ///
    /// - Returns: The records of its objects, if there is a stream.
    private func measure(
        _ registry: ObjectRegistry,
        _ measuring: inout MeasurementResources,
        _ isolation: Snapshot.Isolation,
        _ snapshot: inout Snapshot,
        _ clears: Int
    ) -> RecordBurst? {
        let (totals, detailLimit, sizeLimit) = store.withLock { store in
            store.follow(registry)
            return (store.totals, store.detailLimit, store.sizeLimit)
        }
        let found =
            isolation == .forked ? measureForked(registry, &measuring, detailLimit: detailLimit, &snapshot) : nil
        let memory = exchange(&measuring.memory, with: MeasurementMemory())
        var measurement =
            if let found {
                Measurement(registry, found: memory, found.kinds)
            } else {
                Measurement(registry, memory, detailLimit: detailLimit)
            }
        measurement.compare(with: totals, whole: snapshot.percentageBase)
        snapshot.classes = measurement.classes
        snapshot.unusedClasses = measurement.unusedClasses
        snapshot.trackedTotal = measurement.total
        snapshot.unsized = measurement.unsized
        tellOfOpaqueTypes(measurement.opaqueTypes, &measuring.reportedTypes)
        snapshot.missed = registry.missed
        snapshot.overhead = registry.bytes + measurement.workingBytes
        let sizes = measurement.sizes(at: snapshot.timestamp, limit: sizeLimit)
        // On a copy, so that other threads can use the store: only the measuring thread changes these.
        var copy = store.withLock { $0 }
        let number = snapshot.number
        let active = measurement.kinds.names.map { measurement.classes[$0]?.active ?? 0 }
        copy.noteHistory(measurement.sweep, measurement.kinds, active: active, registry, until: snapshot.timestamp)
        copy.totals.active = measurement.classes.mapValues(\.active)
        copy.totals.counts = Array(measurement.sweep.counts)
        store.withLock { [copy] store in
            guard store.clears == clears else { return }
            store.takeCounts(from: copy)
            store.mark(snapshot: number)
            store.add(sizes)
        }
        let burst = burst(measurement, registry, &snapshot)
        measuring.memory = measurement.takeMemory()
        snapshot.overhead += measuring.memory.bytes
        return burst
    }

    /// Sizes the objects in a copy of the process.
    ///
    /// - Returns: The results of the copy; `nil` if the objects have to be sized in process, for the reason in the
    ///   snapshot.
    private func measureForked(
        _ registry: ObjectRegistry,
        _ measuring: inout MeasurementResources,
        detailLimit: Int,
        _ snapshot: inout Snapshot
    ) -> ForkedSweeps.Found? {
        let conditions = ForkedSweeps.Conditions(
            pauseBudget: configuration.pauseBudget.inSeconds,
            detailLimit: detailLimit
        )
        var found: ForkedSweeps.Found?
        var reason: ForkRefusal?
        do throws(ForkRefusal) {
            found = try measuring.forked.sweep(
                registry,
                &measuring.memory,
                snapshot.processMemory,
                conditions,
                clock
            )
        } catch {
            reason = error
        }
        snapshot.pause = measuring.forked.takePause()
        snapshot.notForked = reason?.description
        if let found {
            snapshot.isolation = .forked
            snapshot.timestamp = found.moment.timestamp
            snapshot.wallTime = found.moment.wallTime
        }
        // One line for each change, not for each snapshot.
        if measuring.forked.isNews(reason) {
            tell(
                reason == nil ? .info : .warning,
                reason.map { "snapshots are taken in process: \($0)" } ?? "snapshots are forked again"
            )
        }
        return found
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

    /// Discards all snapshots, including one in progress, without waiting for it.
    func forgetSnapshots() {
        store.withLock { $0.clear() }
        log.clear()
    }

    /// Releases memory that was kept for further snapshots, unless one is being taken.
    func releaseSweepMemory() { measuring.withLockIfAvailable { $0.memory.trim(to: 0) } }
}
