import TrackingRecords

/// The number of instances over time, in a bounded number of points.
///
/// If there are too many, each group of four is replaced by its smallest and its largest, so that the extremes of all
/// time remain.
struct HistoryCurve {
    private(set) var points: [InstanceCount] = []
    private let limit: Int

    init(limit: Int) { self.limit = max(16, limit) }

    mutating func add(_ count: Int, at timestamp: Double) {
        // The count changes in a step; the point before it is the end of the level before.
        if let last = points.last, last.count == count, points.count > 1, points[points.count - 2].count == count {
            points[points.count - 1].timestamp = timestamp
            return
        }
        points.append(InstanceCount(timestamp: timestamp, count: count))
        if points.count > limit { thin() }
    }

    private mutating func thin() {
        var kept: [InstanceCount] = []
        kept.reserveCapacity(limit)
        // The first and the last always remain, because the curve begins and continues there.
        kept.append(points[0])
        var start = 1
        while start < points.count - 1 {
            let group = points[start..<min(start + 4, points.count - 1)]
            if let least = group.min(by: { $0.count < $1.count }), let most = group.max(by: { $0.count < $1.count }) {
                kept.append(least.timestamp <= most.timestamp ? least : most)
                if least != most { kept.append(least.timestamp <= most.timestamp ? most : least) }
            }
            start += 4
        }
        kept.append(points[points.count - 1])
        points = kept
    }
}
