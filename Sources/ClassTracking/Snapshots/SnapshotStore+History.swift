import CTrackingRuntime
import TrackingRecords

extension SnapshotStore {
    /// The number of births and deaths between two snapshots up to which the history has each; beyond, it has only the
    /// result.
    private static let eventLimit = 50_000

    /// Adds the births and deaths since the previous snapshot, in order, as far as they are known.
    ///
    /// - Parameters:
    ///   - sweep: The live objects.
    ///   - kinds: Their kinds.
    ///   - active: The number of live objects of each name.
    ///   - registry: The registry with the dead objects.
    ///   - now: The time at which the sweep began.
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
            // It is added at the next snapshot.
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
