import TrackingRecords

/// Counts lost records, until they can be reported in the stream.
struct LostRecords {
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
