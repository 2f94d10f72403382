internal import TrackingRecords

/// The latest samples, as the context of a spike.
struct RecentPoints: Sendable {
    private let capacity: Int
    private var ring: [Spike.Point] = []
    private var next = 0
    /// Stored separately: a detector that records no context also needs the latest sample.
    private(set) var latest: Spike.Point?

    init(capacity: Int) {
        self.capacity = capacity
        ring.reserveCapacity(max(0, capacity))
    }

    /// All samples, oldest first.
    var inOrder: [Spike.Point] { Array(ring[next...] + ring[..<next]) }

    mutating func append(_ point: Spike.Point) {
        latest = point
        guard capacity > 0 else { return }
        if ring.count < capacity {
            ring.append(point)
        } else {
            ring[next] = point
            next = (next + 1) % capacity
        }
    }
}
