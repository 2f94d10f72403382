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
        self.init(
            header: ProcessIdentity.header(
                startTime: now.wallTime - now.timestamp,
                interval: tracker.status.interval ?? tracker.configuration.interval
            ),
            snapshots: tracker.snapshots,
            index: tracker.index,
            history: tracker.history
        )
    }
}
