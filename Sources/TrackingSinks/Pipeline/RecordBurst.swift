package import TrackingRecords

/// Many records that are made one by one, when there is time to write them: the objects of a snapshot.
///
/// A hundred thousand records at once would push everything else out of the queue, or take as much memory as what
/// they tell of.
package struct RecordBurst: Sendable {
    /// How many records there are at most: what is counted as lost where there is no time for them.
    package let count: Int
    let next: @Sendable () -> Record.Payload?

    /// Makes a burst.
    ///
    /// - Parameters:
    ///   - count: How many records there are at most.
    ///   - next: Makes the next record; called on the sinks' thread, one call at a time, and not again after `nil`.
    package init(count: Int, next: @escaping @Sendable () -> Record.Payload?) {
        self.count = count
        self.next = next
    }
}

/// The snapshots that wait, each with the records of its classes and of its objects: what may wait behind all else.
///
/// Snapshots and their classes go first, the oldest one before the others; objects when nothing else waits.
struct SnapshotLane {
    /// Snapshots that may wait; half of them are kept for those that somebody asked for.
    static let capacity = 8
    /// Bursts of objects that may wait, the one that is being written included.
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
    /// The next record of the first burst, made before something else came in between.
    private var pending: Record.Payload?

    var isEmpty: Bool { heads.isEmpty && bursts.isEmpty && pending == nil }

    /// The burst that the next record is to be made of, where none is waiting.
    var source: RecordBurst? { pending == nil ? bursts.first?.burst : nil }

    /// Takes a snapshot; returns how many records are lost, and whether those of the objects are taken.
    ///
    /// Objects that are not taken are no loss: who hands them over tells them with the next snapshot.
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

    /// The next record of a snapshot or a class.
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

    /// Takes back what the burst in front has made; `nil` ends it.
    mutating func give(_ payload: Record.Payload?) {
        guard !bursts.isEmpty else { return }
        guard let payload else {
            bursts.removeFirst()
            return
        }
        pending = payload
        bursts[0].taken += 1
        // Whoever said how many there are is held to it.
        if bursts[0].taken >= bursts[0].burst.count { bursts.removeFirst() }
    }

    mutating func takePending() -> Record.Payload? {
        defer { pending = nil }
        return pending
    }

    /// Gives up the objects that are left; returns how many.
    mutating func abandonBursts() -> Int {
        let left = bursts.reduce(pending == nil ? 0 : 1) { $0 + max(0, $1.burst.count - $1.taken) }
        bursts = []
        pending = nil
        return left
    }
}
