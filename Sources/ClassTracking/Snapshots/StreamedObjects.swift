import CTrackingRuntime
import HeapSizing
import TrackingRecords
import TrackingSinks

/// The objects that have a record in the stream, so that only changes are recorded again.
///
/// For each snapshot, the largest objects are recorded with their current size, if it is new; and the deaths of objects
/// that were recorded before.
struct StreamedObjects {
    private var registry: ObjectIdentifier?
    /// The last recorded size in units of `HeapSizer.unit` bytes, by key.
    private var reported: [UInt64: UInt32] = [:]
    private var traces = StreamedTraces()
    /// The state before the latest snapshot.
    private var before: (reported: [UInt64: UInt32], traces: StreamedTraces) = ([:], StreamedTraces())

    /// Returns the records that a snapshot adds, to be created when there is time to write them.
    ///
    /// - Parameters:
    ///   - measurement: The objects and their sizes.
    ///   - timestamp: The snapshot's timestamp.
    ///   - registry: The tracked objects.
    ///   - limit: The largest number of objects with records.
    /// - Returns: The records, and the number of objects without one.
    mutating func records(
        of measurement: borrowing Measurement,
        at timestamp: Double,
        _ registry: ObjectRegistry,
        limit: Int
    ) -> (burst: [StreamedObject], omitted: Int) {
        if self.registry != ObjectIdentifier(registry) {
            reported = [:]
            traces.forget()
            self.registry = ObjectIdentifier(registry)
        }
        before = (reported, traces)
        var selection = LargestSizes(measurement.sweep.sizes, limit: limit)
        var now: [UInt64: UInt32] = [:]
        var fresh: [StreamedObject] = []
        for index in 0..<min(measurement.sweep.count, measurement.sweep.sizes.count) {
            let size = measurement.sweep.sizes[index]
            guard selection.takes(size) else { continue }
            let object = measurement.sweep.objects[index]
            now[object.key] = size
            if reported[object.key] == size { continue }
            fresh.append(StreamedObject(object, size, timestamp, measurement.details[object.key]))
        }
        let gone = reported.keys.filter { now[$0] == nil }
        if !gone.isEmpty {
            let missing = Set(gone)
            for dead in registry.deadObjects() where missing.contains(dead.key) { fresh.append(StreamedObject(dead)) }
        }
        reported = now
        return (fresh, max(0, measurement.sweep.count - now.count))
    }

    /// Undoes the changes of the latest snapshot: its records were rejected, so the next one has to write them.
    mutating func takeBack() { (reported, traces) = before }

    /// Returns a burst that creates records one by one, on the thread that writes them.
    mutating func burst(
        _ objects: [StreamedObject],
        _ kinds: KindTable,
        _ registry: ObjectRegistry,
        _ clock: StreamClock
    )
        -> RecordBurst?
    {
        guard !objects.isEmpty else { return nil }
        let fresh = traces.fresh(Set(objects.map(\.trace)))
        let state = OrderedMutex(
            .recordBurst,
            (traces: fresh.isEmpty ? [] as [InstantiationTrace]? : nil, position: 0)
        )
        return RecordBurst(count: objects.count + fresh.count) {
            // All at once, because most of the time is spent reading the program's files.
            let stacks = state.withLock { $0.traces } ?? registry.stacks(fresh)
            return state.withLock { state in
                state.traces = Array(stacks.dropFirst())
                if let trace = stacks.first {
                    let now = clock.now()
                    return .trace(TraceRecord(timestamp: now.timestamp, wallTime: now.wallTime, trace: trace))
                }
                guard state.position < objects.count else { return nil }
                defer { state.position += 1 }
                return .object(objects[state.position].record(kinds, registry))
            }
        }
    }
}

/// The stacks that have a record in the stream.
private struct StreamedTraces {
    private var reported: Set<Int> = []

    mutating func forget() { reported = [] }

    /// Returns the traces that have to be recorded before objects that refer to them.
    mutating func fresh(_ ids: Set<Int>) -> [Int] {
        let fresh = ids.subtracting(reported).subtracting([0])
        reported.formUnion(fresh)
        return fresh.sorted()
    }
}

/// The parts of an object's record.
struct StreamedObject: Sendable {
    let key: UInt64
    let kind: Int
    let trace: Int
    /// The address; 0 for a dead object.
    let address: UInt
    let timestamp: Double
    let size: UInt32
    let detail: SizedObject?
    let dead: ct_dead_object?

    init(_ object: ct_object, _ size: UInt32, _ timestamp: Double, _ detail: SizedObject?) {
        key = object.key
        kind = object.kind
        trace = Int(object.trace)
        address = object.address
        self.timestamp = timestamp
        self.size = size
        self.detail = detail
        dead = nil
    }

    init(_ object: ct_dead_object) {
        key = object.key
        kind = Int(object.kind)
        trace = Int(object.trace)
        address = 0
        timestamp = 0
        size = 0
        detail = nil
        dead = object
    }

    func record(_ kinds: KindTable, _ registry: ObjectRegistry) -> TrackedObjectRecord {
        var record = TrackedObjectRecord(
            of: registry,
            key: key,
            name: kinds.name(of: kind),
            className: kinds.classNames[kind],
            address: address,
            resolutionLevel: kinds.levels[kind],
            trace: trace,
            dead: dead
        )
        if dead == nil { record.addSize(size, at: timestamp, detail, blockSize: kinds.blockSizes[kind]) }
        return record
    }
}
