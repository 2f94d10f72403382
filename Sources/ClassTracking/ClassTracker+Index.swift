import CTrackingRuntime
import HeapSizing
public import TrackingRecords

extension ClassTracker {
    /// All tracked objects by name, in the order in which tracking began.
    ///
    /// Dead objects are included, as many as ``Configuration/Retention/deadObjects`` says; their address is not known
    /// any more. Each has its sizes at the snapshots that ``Configuration/Retention/sizes`` keeps. Computed with each
    /// call.
    public var index: [String: [TrackedObjectRecord]] {
        ct_own_objects()
        defer { ct_end_own_objects() }
        guard let registry else { return [:] }
        return ObjectIndex(registry, store.withLock { $0 }).records
    }

    /// The number of instances over time, by name: a point for each change, or fewer if there were many.
    ///
    /// The extremes of all time are included. While a snapshot is in progress, the caller waits for it, ten seconds at
    /// most, and then receives the data known before it.
    public var history: [String: [InstanceCount]] {
        ct_own_objects()
        defer { ct_end_own_objects() }
        // No snapshot may come in between, or births and deaths would be counted twice.
        let known = measuring.withLock { _ in
            guard let registry else { return store.withLock { $0.history.mapValues(\.points) } }
            let now = clock.now().timestamp
            let sweep = LiveObjects(registry)
            // Only the history advances: the next snapshot is still compared with the previous one.
            var copy = store.withLock { $0 }
            copy.follow(registry)
            let kinds = KindTable(registry)
            copy.noteHistory(sweep, kinds, active: sweep.active(kinds), registry, until: now)
            return copy.history.mapValues(\.points)
        }
        return known ?? store.withLock { $0.history.mapValues(\.points) }
    }
}

/// The tracked objects of a registry with all their known data.
struct ObjectIndex {
    private(set) var records: [String: [TrackedObjectRecord]] = [:]

    init(_ registry: ObjectRegistry, _ store: SnapshotStore) {
        let sweep = LiveObjects(registry)
        let sizer = HeapSizer()
        let dead = registry.deadObjects().sorted { $0.key < $1.key }
        let kinds = registry.kinds
        let rules = registry.rules
        var cursors = [Int](repeating: 0, count: store.sizes.count)
        let (objects, order) = (sweep.objects, sweep.order.flatMap(\.range))
        var (live, past) = (0, 0)
        while live < order.count || past < dead.count {
            let isDead = live == order.count || (past < dead.count && dead[past].key <= objects[order[live]].key)
            let key = isDead ? dead[past].key : objects[order[live]].key
            let number = isDead ? Int(dead[past].kind) : objects[order[live]].kind
            let kind = kinds[number]
            let rule = rules[Int(kind.rule) - 1]
            let address = isDead ? 0 : objects[order[live]].address
            let trace = isDead ? UInt32(dead[past].trace) : objects[order[live]].trace
            var record = TrackedObjectRecord(
                of: registry,
                key: key,
                name: rule.name,
                className: (isDead ? nil : sizer.className(ofObjectAt: address)) ?? registry.className(of: number),
                address: address,
                resolutionLevel: rule.resolutionLevel,
                trace: Int(trace),
                dead: isDead ? dead[past] : nil
            )
            for (index, sizes) in store.sizes.enumerated() {
                // Both are sorted.
                while cursors[index] < sizes.keys.count, sizes.keys[cursors[index]] < key { cursors[index] += 1 }
                guard cursors[index] < sizes.keys.count, sizes.keys[cursors[index]] == key else { continue }
                let units = sizes.sizes[cursors[index]]
                record.addSize(units, at: sizes.timestamp, sizes.details[key], blockSize: kind.blockSize)
            }
            records[rule.name, default: []].append(record)
            // Both, if it has died since the live ones were copied.
            if live < order.count, objects[order[live]].key == key { live += 1 }
            if isDead { past += 1 }
        }
    }
}
