import CTrackingRuntime
import TrackingRecords
public import TrackingStatistics

extension ClassTracker {
    /// Statistics of all recorded data; computed with each call.
    public var stats: ConsoleStats { ConsoleStats(tracker: self) }
}

extension Stats {
    /// Creates statistics of the data that a tracker has recorded up to now.
    ///
    /// - Parameter tracker: The tracker, which continues.
    public convenience init(tracker: ClassTracker) {
        ct_own_objects()
        defer { ct_end_own_objects() }
        let index = tracker.index
        var traces: Set<Int> = []
        for objects in index.values {
            for object in objects where object.trace != 0 { traces.insert(object.trace) }
        }
        let log = tracker.log.contents
        let header = ProcessIdentity.header(
            startTime: tracker.clock.startTime,
            interval: tracker.log.interval ?? .zero,
            memoryLimit: tracker.configuration.spike.limit
        )
        self.init(
            header: header,
            snapshots: tracker.snapshots,
            index: index,
            history: tracker.history,
            traces: traces.isEmpty ? [] : tracker.traces(traces),
            samples: log.samples,
            spikes: log.spikes
        )
        source = "the running process \(header.program) (\(header.processID))"
    }
}
