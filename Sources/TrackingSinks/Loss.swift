import TrackingRecords

/// Counts lost records, until they can be reported in the stream.
struct Loss {
    private(set) var count = 0
    private var first = 0
    private var last = 0
    private var reason = ""

    mutating func add(_ record: Record, reason: @autoclosure () -> String) {
        if count == 0 {
            first = record.sequence
            self.reason = reason()
        }
        last = max(last, record.sequence)
        count += 1
    }

    /// Adds the records that another part lost, if the record that reports them is lost too.
    mutating func add(_ drop: Drop) {
        if count == 0 {
            first = drop.firstSequence
            reason = drop.reason
        }
        last = max(last, drop.lastSequence)
        count += drop.count
    }

    /// Returns the record that reports the loss, with the timestamp of the record that it precedes, or with `wallTime`
    /// if that has none.
    func drop(sink: String, before record: Record, wallTime: Double) -> Record {
        Record(
            .drop(
                Drop(
                    timestamp: record.timestamp,
                    wallTime: record.wallTime > 0 ? record.wallTime : wallTime,
                    sink: sink,
                    reason: reason,
                    count: count,
                    firstSequence: first,
                    lastSequence: last
                )
            )
        )
    }
}

/// The time of the next attempt: after a second, then after twice as long each time.
struct Backoff {
    private let shortest: UInt64
    private let longest: UInt64
    private var delay: UInt64 = 0
    private var notBefore: UInt64 = 0

    /// Creates a backoff.
    ///
    /// - Parameters:
    ///   - shortest: The first delay, in nanoseconds.
    ///   - longest: The longest delay, in nanoseconds.
    init(shortest: UInt64, longest: UInt64) {
        self.shortest = shortest
        self.longest = longest
    }

    func allows(at now: UInt64) -> Bool { now >= notBefore }

    mutating func failed(at now: UInt64) {
        delay = delay == 0 ? shortest : min(delay * 2, longest)
        notBefore = now + delay
    }

    mutating func succeeded() {
        delay = 0
        notBefore = 0
    }
}
