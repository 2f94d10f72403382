import TrackingRecords

/// A bounded queue of records in a ring, with a separate lane for snapshots.
///
/// When it is nearly full, samples are refused first: the last places are reserved for spikes and notices, which are
/// rare and matter more. Snapshots, which have many records, wait in a lane of their own and take no place from other
/// records.
///
/// Records are numbered when they are removed, so that numbers have no gap, and the exact number of records refused
/// between two records is reported.
struct RecordQueue {
    private struct Place {
        var payload: Record.Payload
        /// The number of records refused between the previous record and this one.
        var lostBefore: Int
    }

    private static let reason = "the queue was full"

    /// The number of places at the beginning: if the sinks keep up, one or two records wait.
    private static let firstPlaces = 16

    /// Grows up to the capacity and never shrinks, because a size that was needed once is needed again.
    private var ring: [Place?]
    private let places: Int
    private var head = 0
    private var count = 0
    private let sampleLimit: Int
    private var lane = SnapshotLane()
    private var sequence = 0
    private var hasEnd = false
    /// The number of records refused since the last accepted one.
    private var lost = 0
    /// The number of objects of the latest snapshot that were not accepted.
    private var postponed = 0
    /// The wall time of the last removed record, in seconds since 1970; the record of an object has none.
    private var latestTime = 0.0
    /// The number of records refused since the beginning.
    private(set) var refused = 0

    init(capacity: Int) {
        let capacity = max(8, capacity)
        places = capacity + 1
        ring = Array(repeating: nil, count: min(places, Self.firstPlaces))
        sampleLimit = capacity - max(2, capacity / 16)
    }

    var isEmpty: Bool { count == 0 && lane.isEmpty }

    /// Adds a record, or counts it as lost.
    mutating func append(_ payload: Record.Payload) {
        // A sink may fail with the very last records; no record may follow the end.
        if hasEnd { return }
        let policy = RecordPolicy.of(payload.kind)
        // One place is reserved for the end, because no later record could report its loss.
        var limit = policy.isPlentiful ? sampleLimit : places - 1
        let isNumbered = policy.isNumbered
        if case .end = payload {
            limit = places
            hasEnd = true
            // No later snapshot will contain them.
            refused += postponed
            lost += postponed
        }
        guard count < limit else {
            refused += 1
            if isNumbered { lost += 1 }
            return
        }
        if count == ring.count { grow() }
        ring[(head + count) % ring.count] = Place(payload: payload, lostBefore: isNumbered ? lost : 0)
        if isNumbered { lost = 0 }
        count += 1
    }

    private mutating func grow() {
        let added = min(ring.count, places - ring.count)
        ring = Array(ring[head...]) + ring[..<head] + repeatElement(nil, count: added)
        head = 0
    }

    /// Adds a snapshot with the records of its classes, in the order of `names`, and of its objects.
    ///
    /// Records for which there is no space count as lost, except those of objects.
    ///
    /// - Returns: Whether the records of its objects will be written; if not, the caller has to add them again.
    @discardableResult
    mutating func append(_ snapshot: Snapshot, names: [String], _ burst: RecordBurst?) -> Bool {
        if hasEnd { return false }
        let missing = lane.append(snapshot, names: names, burst)
        refused += missing.lost
        lost += missing.lost
        postponed = missing.takesObjects ? 0 : burst?.count ?? 0
        return missing.takesObjects
    }

    /// Removes and returns the oldest record, or a record that reports the records lost before it.
    ///
    /// Returns `nil` if no record waits, or only those of ``source``.
    mutating func removeFirst() -> Record? {
        if count > 0, let place = ring[head] {
            // Nothing follows the end, so the remaining snapshots are written before it.
            if case .end = place.payload, !lane.isEmpty { return removeFromLane() }
            if place.lostBefore > 0 {
                ring[head]?.lostBefore = 0
                return drop(place.lostBefore, before: place.payload)
            }
            ring[head] = nil
            head = (head + 1) % ring.count
            count -= 1
            return numbered(place.payload)
        }
        return removeFromLane()
    }

    /// The burst that creates the next record, if no other record waits.
    var source: RecordBurst? { lane.source }

    /// Stores the record that ``source`` has created.
    mutating func give(_ payload: Record.Payload?) { lane.give(payload) }

    /// Discards the remaining objects, and counts them as lost.
    mutating func abandonBursts() {
        let left = lane.abandonBursts()
        refused += left
        guard left > 0 else { return }
        if count > 0, case .end? = ring[head]?.payload {
            ring[head]?.lostBefore += left
        } else {
            lost += left
        }
    }

    private mutating func removeFromLane() -> Record? {
        guard let payload = lane.takeHead() ?? lane.takePending() else { return nil }
        return numbered(payload)
    }

    private mutating func numbered(_ payload: Record.Payload) -> Record {
        var record = Record(payload)
        if RecordPolicy.of(record.kind).isNumbered {
            sequence += 1
            record.sequence = sequence
        }
        latestTime = max(latestTime, record.wallTime)
        return record
    }

    private mutating func drop(_ count: Int, before payload: Record.Payload) -> Record {
        let record = Record(payload)
        sequence += count
        let drop = Drop(
            timestamp: record.timestamp,
            wallTime: max(latestTime, record.wallTime),
            sink: "queue",
            reason: Self.reason,
            count: count,
            firstSequence: sequence - count + 1,
            lastSequence: sequence
        )
        return Record(.drop(drop))
    }
}
