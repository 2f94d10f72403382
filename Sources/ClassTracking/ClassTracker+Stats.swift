import Synchronization
import TrackingRecords
public import TrackingStatistics

extension ClassTracker {
    /// What was gathered up to now, for analysis; made anew with each call.
    public var stats: ConsoleStats { ConsoleStats(tracker: self) }
}

extension Stats {
    /// Makes statistics of what a tracker has gathered up to now.
    ///
    /// - Parameter tracker: The tracker, which goes on.
    public convenience init(tracker: ClassTracker) {
        let now = tracker.clock.now()
        let index = tracker.index
        var traces: Set<Int> = []
        for objects in index.values {
            for object in objects where object.trace != 0 { traces.insert(object.trace) }
        }
        self.init(
            header: ProcessIdentity.header(
                startTime: now.wallTime - now.timestamp,
                interval: tracker.status.interval ?? tracker.configuration.interval,
                memoryLimit: tracker.configuration.spike.limit
            ),
            snapshots: tracker.snapshots,
            index: index,
            history: tracker.history,
            traces: traces.isEmpty ? [] : tracker.traces(traces)
        )
    }
}
