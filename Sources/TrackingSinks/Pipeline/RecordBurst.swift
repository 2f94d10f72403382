package import TrackingRecords

/// A sequence of many records that are created one by one, when there is time to write them: the objects of a snapshot.
///
/// A hundred thousand records at once would push all others out of the queue, or take as much memory as the objects.
package struct RecordBurst: Sendable {
    /// The largest number of records, which counts as lost if there is no time for them.
    package let count: Int
    let next: @Sendable () -> Record.Payload?

    /// Creates a burst.
    ///
    /// - Parameters:
    ///   - count: The largest number of records.
    ///   - next: Creates the next record; called on the sinks' thread, one call at a time, and not again after `nil`.
    package init(count: Int, next: @escaping @Sendable () -> Record.Payload?) {
        self.count = count
        self.next = next
    }
}

/// The waiting snapshots, each with the records of its classes and of its objects; all have the lowest priority.
///
/// Snapshots and their classes are written first, the oldest snapshot first; objects when nothing else waits.
struct SnapshotLane {
    /// The number of snapshots that may wait; half of the places are reserved for snapshots taken on request.
    static let capacity = 8
    /// The number of bursts of objects that may wait, including the one that is being written.
    static let burstCapacity = 2

    private struct Head {
        var snapshot: Snapshot
        var names: [String]
        var position = -1
    }

    private struct Burst {
        var burst: RecordBurst
        var taken = 0
    }

    private var heads: [Head] = []
    private var bursts: [Burst] = []
    /// The next record of the first burst, created before another record was added.
    private var pending: Record.Payload?

    var isEmpty: Bool { heads.isEmpty && bursts.isEmpty && pending == nil }

    /// The burst that creates the next record, if none is pending.
    var source: RecordBurst? { pending == nil ? bursts.first?.burst : nil }

    /// Adds a snapshot; returns the number of lost records, and whether the records of its objects are accepted.
    ///
    /// Rejected objects do not count as lost: the caller adds them to the next snapshot.
    mutating func append(
        _ snapshot: Snapshot,
        names: [String],
        _ burst: RecordBurst?
    ) -> (lost: Int, takesObjects: Bool) {
        guard heads.count < (snapshot.isPeriodic ? Self.capacity / 2 : Self.capacity) else {
            return (1 + names.count, false)
        }
        heads.append(Head(snapshot: snapshot, names: names))
        guard let burst, burst.count > 0 else { return (0, true) }
        guard bursts.count < Self.burstCapacity else { return (0, false) }
        bursts.append(Burst(burst: burst))
        return (0, true)
    }

    /// Removes and returns the next record of a snapshot or a class.
    mutating func takeHead() -> Record.Payload? {
        while let head = heads.first {
            heads[0].position += 1
            if head.position < 0 { return .snapshot(head.snapshot.announcement) }
            guard head.position < head.names.count else {
                heads.removeFirst()
                continue
            }
            if let record = head.snapshot.record(of: head.names[head.position]) { return .classSize(record) }
        }
        return nil
    }

    /// Stores the record that the first burst has created; `nil` ends the burst.
    mutating func give(_ payload: Record.Payload?) {
        guard !bursts.isEmpty else { return }
        guard let payload else {
            bursts.removeFirst()
            return
        }
        pending = payload
        bursts[0].taken += 1
        // Stop after the announced count.
        if bursts[0].taken >= bursts[0].burst.count { bursts.removeFirst() }
    }

    mutating func takePending() -> Record.Payload? {
        defer { pending = nil }
        return pending
    }

    /// Discards the remaining objects, and returns their number.
    mutating func abandonBursts() -> Int {
        let left = bursts.reduce(pending == nil ? 0 : 1) { $0 + max(0, $1.burst.count - $1.taken) }
        bursts = []
        pending = nil
        return left
    }
}
