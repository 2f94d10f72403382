import CTrackingRuntime

/// Tells in which order objects were announced: that of their keys.
///
/// They come by regions of the heap, and within a region mostly in order: what was allocated one after the other lies one
/// behind the other. So they are runs, which need not be moved to be read in order, a piece of one and then a piece of
/// another.
struct KeyOrder {
    private struct Run {
        /// Where the rest of it begins.
        var start: Int
        var end: Int
        /// The key that stands there.
        var key: UInt64
    }

    /// Pieces shorter than this on average cost more than to sort the objects.
    private static let shortestPiece = 64

    private var runs: [Run] = []
    private let limit: Int
    private var count = 0
    private var last: UInt64 = 0

    /// Begins without objects.
    ///
    /// - Parameter expected: How many there will be, about.
    init(expected: Int) { limit = max(64, expected / Self.shortestPiece) }

    /// Takes note of the objects that come next.
    mutating func note(_ objects: UnsafeMutableBufferPointer<ct_object>) {
        let start = count
        count += objects.count
        guard runs.count <= limit, !objects.isEmpty else { return }
        var previous = last
        for (index, object) in objects.enumerated() {
            if object.key < previous || runs.isEmpty {
                if let run = runs.indices.last { runs[run].end = start + index }
                runs.append(Run(start: start + index, end: 0, key: object.key))
                if runs.count > limit { return }
            }
            previous = object.key
        }
        last = previous
        runs[runs.count - 1].end = count
    }

    /// Puts pieces of the objects that were noted into order.
    ///
    /// - Parameter objects: The objects.
    /// - Returns: Where they stand, in order; `nil` where these would be too many pieces.
    func pieces(of objects: UnsafeMutableBufferPointer<ct_object>) -> [Range<Int>]? {
        guard runs.count <= limit else { return nil }
        var heap = RunHeap(runs)
        var pieces: [Range<Int>] = []
        while let run = heap.first {
            guard pieces.count < limit else { return nil }
            var end = run.end
            if let key = heap.secondKey {
                end = Self.firstIndex(in: objects, run.start..<run.end, notBelow: key)
                heap.replaceFirst(start: end, key: end < run.end ? objects[end].key : nil)
            } else {
                heap.replaceFirst(start: end, key: nil)
            }
            if let last = pieces.last, last.upperBound == run.start {
                pieces[pieces.count - 1] = last.lowerBound..<end
            } else {
                pieces.append(run.start..<end)
            }
        }
        return pieces
    }

    /// In steps that double, and then by halves: most pieces are either short or a whole run.
    private static func firstIndex(
        in objects: UnsafeMutableBufferPointer<ct_object>,
        _ range: Range<Int>,
        notBelow key: UInt64
    ) -> Int {
        if objects[range.upperBound - 1].key < key { return range.upperBound }
        var low = range.lowerBound
        var step = 1
        while low + step < range.upperBound, objects[low + step].key < key {
            low += step
            step *= 2
        }
        var high = min(low + step, range.upperBound - 1)
        // The first one is below the key of any other run, or the run would not be the first.
        low += 1
        while low < high {
            let middle = (low + high) / 2
            if objects[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return high
    }

    /// Runs by their least key.
    private struct RunHeap {
        private var runs: [Run]

        init(_ runs: [Run]) { self.runs = runs.sorted { $0.key < $1.key } }

        var first: Run? { runs.first }

        /// The least key of all other runs.
        var secondKey: UInt64? {
            switch runs.count {
            case ...1: nil
            case 2: runs[1].key
            default: min(runs[1].key, runs[2].key)
            }
        }

        /// Goes on in the first run; with no key it is over.
        mutating func replaceFirst(start: Int, key: UInt64?) {
            if let key {
                runs[0].start = start
                runs[0].key = key
            } else {
                runs.swapAt(0, runs.count - 1)
                runs.removeLast()
            }
            var index = 0
            while case let child = 2 * index + 1, child < runs.count {
                let least = child + 1 < runs.count && runs[child + 1].key < runs[child].key ? child + 1 : child
                guard runs[least].key < runs[index].key else { return }
                runs.swapAt(index, least)
                index = least
            }
        }
    }

    /// Sorts what has no order, by parts of 11 bits from the lowest: comparisons take three times as long for a million.
    ///
    /// - Parameter objects: The objects; their order afterwards is of no use.
    /// - Returns: The objects in order in memory of their own; `nil` where they are in order where they are.
    static func sort(_ objects: UnsafeMutableBufferPointer<ct_object>) -> UnsafeMutableBufferPointer<ct_object>? {
        guard objects.count > 1024, let other = Pages.map(ct_object.self, objects.count) else {
            var few = objects
            few.sort { $0.key < $1.key }
            return nil
        }
        Pages.fill(other, 0..<objects.count)
        var least = UInt64.max
        var greatest: UInt64 = 0
        for object in objects {
            least = min(least, object.key)
            greatest = max(greatest, object.key)
        }
        var from = objects
        var to = other
        var shift: UInt64 = 0
        while (greatest - least) >> shift > 0 {
            withUnsafeTemporaryAllocation(of: Int.self, capacity: 2048) { starts in
                starts.initialize(repeating: 0)
                for object in from { starts[Int((object.key - least) >> shift & 2047)] += 1 }
                var sum = 0
                for digit in 0..<2048 { (starts[digit], sum) = (sum, sum + starts[digit]) }
                for object in from {
                    let digit = Int((object.key - least) >> shift & 2047)
                    to[starts[digit]] = object
                    starts[digit] += 1
                }
            }
            swap(&from, &to)
            shift += 11
        }
        if from.baseAddress == other.baseAddress { return other }
        Pages.unmap(other)
        return nil
    }
}
