/// The latest values, with their median and median absolute deviation, without allocation after `init`.
struct MedianWindow: Sendable {
    private let capacity: Int
    /// In order of arrival; `next` is the oldest when full.
    private var ring: [Int] = []
    private var next = 0
    private var sorted: [Int] = []

    init(capacity: Int) {
        self.capacity = max(1, capacity)
        ring.reserveCapacity(self.capacity)
        sorted.reserveCapacity(self.capacity)
    }

    var count: Int { ring.count }

    /// The values, in no particular order.
    var values: [Int] { ring }

    /// The median; the lower of the two middle values for an even number.
    var median: Int? { sorted.isEmpty ? nil : sorted[(sorted.count - 1) / 2] }

    /// The median distance from the median, the upper of the two middle ones for an even number; 0 when empty.
    var medianAbsoluteDeviation: Int {
        guard let median else { return 0 }
        // The distances grow to both sides of the median, so that merging the two sides yields them in order.
        var below = (sorted.count - 1) / 2
        var above = below + 1
        var distance = 0
        // The upper of the two middle distances: with the lower one, a process that alternates would have no deviation.
        for _ in 0...sorted.count / 2 {
            let left = below >= 0 ? median - sorted[below] : Int.max
            let right = above < sorted.count ? sorted[above] - median : Int.max
            if left <= right {
                distance = left
                below -= 1
            } else {
                distance = right
                above += 1
            }
        }
        return distance
    }

    mutating func append(_ value: Int) {
        var index: Int
        if ring.count < capacity {
            ring.append(value)
            sorted.append(value)
            index = sorted.count - 1
        } else {
            index = insertionPoint(of: ring[next])
            ring[next] = value
            next = (next + 1) % capacity
        }
        // The new value moves from the place of the old one to its own.
        while index + 1 < sorted.count, sorted[index + 1] < value {
            sorted[index] = sorted[index + 1]
            index += 1
        }
        while index > 0, sorted[index - 1] > value {
            sorted[index] = sorted[index - 1]
            index -= 1
        }
        sorted[index] = value
    }

    mutating func removeAll() {
        ring.removeAll(keepingCapacity: true)
        sorted.removeAll(keepingCapacity: true)
        next = 0
    }

    /// Returns the first index whose value is not smaller.
    private func insertionPoint(of value: Int) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
