import CTrackingRuntime

/// Determines the order in which tracking of objects began: that of their keys.
///
/// Objects are copied by regions of the heap, and within a region they are mostly sorted, because consecutive
/// allocations are adjacent. So they form sorted runs, which can be merged piece by piece without moving the objects.
///
/// Nothing is allocated with malloc, because it is also used in copies of the process.
struct AnnouncementOrder: ~Copyable {
    /// A range of consecutive objects.
    struct Piece: BitwiseCopyable {
        var start: Int
        var end: Int

        var range: Range<Int> { start..<end }
    }

    private struct Run: BitwiseCopyable {
        /// The position at which the rest of the run begins.
        var start: Int
        var end: Int
        /// The key at that position.
        var key: UInt64
    }

    /// The average length of pieces below which sorting the objects is faster.
    private static let shortestPiece = 64

    /// Memory for one run more than ``limit``, which indicates that there are too many; empty if there is no memory.
    private let runs: UnsafeMutableBufferPointer<Run>
    private var runCount = 0
    private let limit: Int
    private var count = 0
    private var last: UInt64 = 0

    /// Returns the largest number of pieces for which merging is faster.
    static func limit(expected: Int) -> Int { max(64, expected / shortestPiece) }

    /// Creates an order without objects.
    ///
    /// - Parameter expected: The approximate number of objects.
    init(expected: Int) {
        limit = Self.limit(expected: expected)
        runs = PageMemory.map(Run.self, limit + 1) ?? UnsafeMutableBufferPointer(start: nil, count: 0)
    }

    deinit { PageMemory.unmap(runs) }

    private var hasTooMany: Bool { runCount > limit || runs.isEmpty }

    /// Adds the next objects.
    mutating func note(_ objects: UnsafeMutableBufferPointer<ct_object>) {
        let start = count
        count += objects.count
        guard !hasTooMany, !objects.isEmpty else { return }
        var previous = last
        for index in 0..<objects.count {
            let key = objects[index].key
            if key < previous || runCount == 0 {
                if runCount > 0 { runs[runCount - 1].end = start + index }
                runs[runCount] = Run(start: start + index, end: 0, key: key)
                runCount += 1
                if hasTooMany { return }
            }
            previous = key
        }
        last = previous
        runs[runCount - 1].end = count
    }

    /// Sorts pieces of the added objects; the order cannot be used afterwards.
    ///
    /// - Parameters:
    ///   - objects: The objects.
    ///   - pieces: Receives their positions, sorted; has space for ``limit`` of them.
    /// - Returns: The number of pieces; `nil` if these would be too many.
    mutating func pieces(
        of objects: UnsafeMutableBufferPointer<ct_object>,
        into pieces: UnsafeMutableBufferPointer<Piece>
    ) -> Int? {
        guard !hasTooMany else { return nil }
        for index in stride(from: runCount / 2 - 1, through: 0, by: -1) { sink(index) }
        var found = 0
        while runCount > 0 {
            let run = runs[0]
            var end = run.end
            if let key = secondKey {
                end = Self.firstIndex(in: objects, run.start..<run.end, notBelow: key)
            }
            if found > 0, pieces[found - 1].end == run.start {
                pieces[found - 1].end = end
            } else {
                guard found < min(limit, pieces.count) else { return nil }
                pieces[found] = Piece(start: run.start, end: end)
                found += 1
            }
            if end < run.end {
                runs[0].start = end
                runs[0].key = objects[end].key
            } else {
                runCount -= 1
                runs[0] = runs[runCount]
            }
            sink(0)
        }
        return found
    }

    /// The smallest key of all runs except the first.
    private var secondKey: UInt64? {
        switch runCount {
        case ...1: nil
        case 2: runs[1].key
        default: min(runs[1].key, runs[2].key)
        }
    }

    /// Restores the heap of runs, with the lowest key first.
    private func sink(_ start: Int) {
        var index = start
        while case let child = 2 * index + 1, child < runCount {
            let least = child + 1 < runCount && runs[child + 1].key < runs[child].key ? child + 1 : child
            guard runs[least].key < runs[index].key else { return }
            runs.swapAt(index, least)
            index = least
        }
    }

    /// Uses steps that double, and then bisection: most pieces are either short or a whole run.
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
}

extension AnnouncementOrder {
    /// Sorts unordered objects by digits of 11 bits, the lowest first: comparisons take three times as long for a
    /// million.
    ///
    /// - Parameter objects: The objects, whose order is undefined afterwards.
    /// - Returns: The sorted objects in memory of their own; `nil` if they were sorted in place.
    static func sort(_ objects: UnsafeMutableBufferPointer<ct_object>) -> UnsafeMutableBufferPointer<ct_object>? {
        guard objects.count > 1024, let other = PageMemory.map(ct_object.self, objects.count) else {
            sortInPlace(objects)
            return nil
        }
        guard let starts = PageMemory.map(Int.self, 2048) else {
            PageMemory.unmap(other)
            sortInPlace(objects)
            return nil
        }
        defer { PageMemory.unmap(starts) }
        PageMemory.fill(other, 0..<objects.count)
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
            starts.update(repeating: 0)
            for object in from { starts[Int((object.key - least) >> shift & 2047)] += 1 }
            var sum = 0
            for digit in 0..<2048 { (starts[digit], sum) = (sum, sum + starts[digit]) }
            for object in from {
                let digit = Int((object.key - least) >> shift & 2047)
                to[starts[digit]] = object
                starts[digit] += 1
            }
            swap(&from, &to)
            shift += 11
        }
        if from.baseAddress == other.baseAddress { return other }
        PageMemory.unmap(other)
        return nil
    }

    /// Uses heap sort, because the standard library's sort allocates.
    private static func sortInPlace(_ objects: UnsafeMutableBufferPointer<ct_object>) {
        func sink(_ start: Int, _ count: Int) {
            var index = start
            while case let child = 2 * index + 1, child < count {
                let greatest = child + 1 < count && objects[child + 1].key > objects[child].key ? child + 1 : child
                guard objects[greatest].key > objects[index].key else { return }
                objects.swapAt(index, greatest)
                index = greatest
            }
        }
        for index in stride(from: objects.count / 2 - 1, through: 0, by: -1) { sink(index, objects.count) }
        for count in stride(from: objects.count - 1, to: 0, by: -1) {
            objects.swapAt(0, count)
            sink(0, count)
        }
    }
}
