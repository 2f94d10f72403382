import TrackingRecords

/// A bounded queue of records in a ring that is allocated once.
///
/// When it is full, samples are refused before anything else: the last places are kept for spikes and notices, which
/// are few and matter more.
///
/// Numbers are dense, so that what was refused between two records is told exactly by how many it was.
struct RecordQueue {
    private struct Place {
        var record: Record
        /// Records refused between the one before and this one.
        var lostBefore: Int
    }

    private static let reason = "the queue was full"

    private var ring: [Place?]
    private var head = 0
    private var count = 0
    private let sampleLimit: Int
    private var sequence = 0
    private var hasEnd = false
    /// Records refused since the last one taken.
    private var lost = 0
    /// Records refused since the beginning.
    private(set) var refused = 0

    init(capacity: Int) {
        let capacity = max(8, capacity)
        ring = Array(repeating: nil, count: capacity + 1)
        sampleLimit = capacity - max(2, capacity / 16)
    }

    var isEmpty: Bool { count == 0 }

    /// Numbers a record and takes it, or counts it as lost.
    mutating func append(_ payload: Record.Payload) {
        // A sink may fail with the very last records; the end stays the end.
        if hasEnd { return }
        var record = Record(payload)
        // One place is the end's: nothing comes after it to tell that it was refused.
        var limit = ring.count - 1
        switch payload {
        case .header: break
        case .sample:
            sequence += 1
            record.sequence = sequence
            limit = sampleLimit
        case .spike, .drop, .notice:
            sequence += 1
            record.sequence = sequence
        case .end:
            sequence += 1
            record.sequence = sequence
            limit = ring.count
            hasEnd = true
        }
        guard count < limit else {
            refused += 1
            if record.sequence > 0 { lost += 1 }
            return
        }
        // A header has no number that could say which ones are missing before it.
        let isNumbered = record.sequence > 0
        ring[(head + count) % ring.count] = Place(record: record, lostBefore: isNumbered ? lost : 0)
        if isNumbered { lost = 0 }
        count += 1
    }

    /// The oldest record; before it, what was lost before it.
    mutating func removeFirst() -> Record? {
        guard count > 0, let place = ring[head] else { return nil }
        if place.lostBefore > 0 {
            ring[head]?.lostBefore = 0
            return drop(place.lostBefore, before: place.record)
        }
        ring[head] = nil
        head = (head + 1) % ring.count
        count -= 1
        return place.record
    }

    private func drop(_ count: Int, before record: Record) -> Record {
        let drop = Drop(
            timestamp: record.timestamp,
            wallTime: record.wallTime,
            sink: "queue",
            reason: Self.reason,
            count: count,
            firstSequence: record.sequence - count,
            lastSequence: record.sequence - 1
        )
        return Record(.drop(drop))
    }
}
