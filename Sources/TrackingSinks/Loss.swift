import TrackingRecords

/// Records that did not arrive, until the stream can be told.
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

    /// Adds what another part lost, when the record that tells of it does not arrive either.
    mutating func add(_ drop: Drop) {
        if count == 0 {
            first = drop.firstSequence
            reason = drop.reason
        }
        last = max(last, drop.lastSequence)
        count += drop.count
    }

    /// The record that tells of it, stamped like the record it is written before, or with `wallTime` where that has none.
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

/// When to try again: after a second, then after twice as long each time.
struct Backoff {
    private let shortest: UInt64
    private let longest: UInt64
    private var delay: UInt64 = 0
    private var notBefore: UInt64 = 0

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
