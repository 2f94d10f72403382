import TrackingRecords

/// A bounded queue of records in a ring that is allocated once.
///
/// When it is full, samples are refused before anything else: the last places are kept for spikes and notices, which
/// are few and matter more.
struct RecordQueue {
    private var ring: [Record?]
    private var head = 0
    private var count = 0
    private let sampleLimit: Int
    private var sequence = 0
    private var loss = Loss()
    /// Records refused since the beginning.
    private(set) var refused = 0

    init(capacity: Int) {
        let capacity = max(8, capacity)
        ring = Array(repeating: nil, count: capacity)
        sampleLimit = capacity - max(2, capacity / 16)
    }

    var isEmpty: Bool { count == 0 }

    /// Numbers a record and takes it, or counts it as lost.
    mutating func append(_ payload: Record.Payload) {
        var record = Record(payload)
        var limit = ring.count
        switch payload {
        case .header: break
        case .sample:
            sequence += 1
            record.sequence = sequence
            limit = sampleLimit
        case .spike, .drop, .notice, .end:
            sequence += 1
            record.sequence = sequence
        }
        guard count < limit else {
            refused += 1
            loss.add(record, reason: "the queue was full")
            return
        }
        ring[(head + count) % ring.count] = record
        count += 1
    }

    /// The oldest record; before it, what was lost before it.
    mutating func removeFirst() -> Record? {
        guard count > 0, let record = ring[head] else { return nil }
        if loss.count > 0, record.sequence > loss.last || record.kind == .end {
            defer { loss = Loss() }
            return loss.drop(sink: "queue", before: record)
        }
        ring[head] = nil
        head = (head + 1) % ring.count
        count -= 1
        return record
    }
}
