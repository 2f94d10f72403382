import CTrackingRuntime
import TrackingRecords

extension SnapshotStore {
    /// So many births and deaths between two snapshots stand in the history one by one; of more, only what they came to.
    private static let eventLimit = 50_000

    /// Adds the births and deaths since the snapshot before, in order, as far as they are known.
    ///
    /// - Parameters:
    ///   - sweep: The live objects.
    ///   - kinds: What they are.
    ///   - active: How many live objects each name has.
    ///   - registry: Where the dead ones are.
    ///   - now: When the sweep began.
    mutating func noteHistory(
        _ sweep: borrowing LiveObjects,
        _ kinds: KindTable,
        active: [Int],
        _ registry: ObjectRegistry,
        until now: Double
    ) {
        var events: [(timestamp: Double, name: Int, change: Int)] = []
        let since = totals.until
        let objects = sweep.objects
        births: for piece in sweep.order.reversed() {
            for index in piece.range.reversed() {
                let birth = registry.birth(of: objects[index].key)
                guard birth > since, events.count <= Self.eventLimit else { break births }
                events.append((birth, kinds.nameOfKind[objects[index].kind], 1))
            }
        }
        for dead in registry.deadObjects() where events.count <= Self.eventLimit {
            let (birth, death) = (registry.birth(of: dead.key), registry.death(of: dead))
            // The next time.
            guard death <= now else { continue }
            let name = kinds.nameOfKind[Int(dead.kind)]
            if birth > since { events.append((birth, name, 1)) }
            if death > since { events.append((death, name, -1)) }
        }
        if events.count <= Self.eventLimit {
            var counts = kinds.names.map { totals.active[$0] ?? 0 }
            events.sort { $0.timestamp < $1.timestamp }
            for event in events {
                counts[event.name] += event.change
                note(counts[event.name], of: kinds.names[event.name], at: event.timestamp)
            }
        }
        for (position, name) in kinds.names.enumerated() where !name.isEmpty {
            note(active[position], of: name, at: now)
        }
        totals.until = now
    }
}
