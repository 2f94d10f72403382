import TrackingRecords

/// A bounded queue of records in a ring, and beside it the snapshots.
///
/// When it is full, samples are refused before anything else: the last places are kept for spikes and notices, which
/// are few and matter more. Snapshots, which have many records, wait in a lane of their own that takes no place from
/// the others.
///
/// Records are numbered when they are taken out, so that numbers are dense, and what was refused between two records is
/// told exactly by how many it was.
struct RecordQueue {
    private struct Place {
        var payload: Record.Payload
        /// Records refused between the one before and this one.
        var lostBefore: Int
    }

    private static let reason = "the queue was full"

    /// Places at the beginning: a sink that keeps up leaves one or two records waiting.
    private static let firstPlaces = 16

    /// Grows to the capacity and never shrinks: then it has been needed once.
    private var ring: [Place?]
    private let places: Int
    private var head = 0
    private var count = 0
    private let sampleLimit: Int
    private var lane = SnapshotLane()
    private var sequence = 0
    private var hasEnd = false
    /// Records refused since the last one that was taken in.
    private var lost = 0
    /// Objects of the latest snapshot that found no room.
    private var postponed = 0
    /// Seconds since 1970 of the record taken out last: an object has none.
    private var latestTime = 0.0
    /// Records refused since the beginning.
    private(set) var refused = 0

    init(capacity: Int) {
        let capacity = max(8, capacity)
        places = capacity + 1
        ring = Array(repeating: nil, count: min(places, Self.firstPlaces))
        sampleLimit = capacity - max(2, capacity / 16)
    }

    var isEmpty: Bool { count == 0 && lane.isEmpty }

    /// Takes a record, or counts it as lost.
    mutating func append(_ payload: Record.Payload) {
        // A sink may fail with the very last records; the end stays the end.
        if hasEnd { return }
        let policy = RecordPolicy.of(payload.kind)
        // One place is the end's: no record comes after it to say that it was refused.
        var limit = policy.isPlentiful ? sampleLimit : places - 1
        let isNumbered = policy.isNumbered
        if case .end = payload {
            limit = places
            hasEnd = true
            // No later snapshot will have them.
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

    /// Takes a snapshot with the records of its classes, in the order of `names`, and of its objects; counts as lost what
    /// there is no room for, but the objects.
    ///
    /// - Returns: Whether the records of its objects will be written; if not, they have to be handed over again.
    @discardableResult
    mutating func append(_ snapshot: Snapshot, names: [String], _ burst: RecordBurst?) -> Bool {
        if hasEnd { return false }
        let missing = lane.append(snapshot, names: names, burst)
        refused += missing.lost
        lost += missing.lost
        postponed = missing.takesObjects ? 0 : burst?.count ?? 0
        return missing.takesObjects
    }

    /// The oldest record; before it, what was lost before it.
    ///
    /// `nil` where nothing waits, or nothing but ``source``.
    mutating func removeFirst() -> Record? {
        if count > 0, let place = ring[head] {
            // Nothing comes after the end, so that what is left of the snapshots comes before it.
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

    /// What makes the next record, where no other one waits.
    var source: RecordBurst? { lane.source }

    /// Takes what ``source`` has made.
    mutating func give(_ payload: Record.Payload?) { lane.give(payload) }

    /// Counts the objects that are left as lost.
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
