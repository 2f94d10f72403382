import CTrackingRuntime

/// Puts objects into the order of their keys, which is that of their announcement.
///
/// They come by regions of the heap, and within a region mostly in order: what was allocated one after the other lies one
/// behind the other. So they are runs, which have to be joined rather than sorted.
struct KeyOrder {
    private struct Run {
        var start: Int
        var end: Int
        var first: UInt64
        var last: UInt64
    }

    /// Runs shorter than this on average cost more to join than to sort.
    private static let shortestRun = 16

    private var runs: [Run] = []
    private let limit: Int
    private var count = 0

    /// Begins without objects.
    ///
    /// - Parameter expected: How many there will be, about.
    init(expected: Int) { limit = max(64, expected / Self.shortestRun) }

    /// Takes note of the objects that come next.
    mutating func note(_ objects: UnsafeMutableBufferPointer<ct_object>) {
        let start = count
        count += objects.count
        // Too many to be joined.
        guard runs.count <= limit, let first = objects.first?.key else { return }
        var run = Run(start: start, end: start, first: first, last: first)
        if let last = runs.last, last.last < first {
            run = last
            runs.removeLast()
        }
        for (index, object) in objects.enumerated() {
            if object.key < run.last {
                run.end = start + index
                runs.append(run)
                if runs.count > limit { return }
                run = Run(start: start + index, end: 0, first: object.key, last: object.key)
            }
            run.last = object.key
        }
        run.end = count
        runs.append(run)
    }

    /// Sorts all objects that were noted.
    ///
    /// - Parameter objects: The objects; their order afterwards is of no use.
    /// - Returns: The objects in order in memory of their own; `nil` where they are in order where they are.
    func sort(_ objects: UnsafeMutableBufferPointer<ct_object>) -> UnsafeMutableBufferPointer<ct_object>? {
        guard objects.count > 1 else { return nil }
        if runs.count > limit { return Self.byDigits(objects) }
        return Self.join(runs, objects)
    }

    private static func join(
        _ runs: [Run],
        _ objects: UnsafeMutableBufferPointer<ct_object>
    ) -> UnsafeMutableBufferPointer<ct_object>? {
        var runs = runs
        if runs.count == 1 { return nil }
        runs.sort { $0.first < $1.first }
        let clusters = clusters(of: runs)
        let isInPlace = zip(runs, runs.dropFirst()).allSatisfy { $0.start < $1.start }
        let longest = clusters.map { $0.runs.count > 1 ? $0.objects.count : 0 }.max() ?? 0
        let target = isInPlace ? objects : Pages.map(ct_object.self, objects.count)
        let room = longest > 0 ? Pages.map(ct_object.self, longest) : objects
        defer { if longest > 0, let room { Pages.unmap(room) } }
        guard let target, let room else {
            if !isInPlace, let target { Pages.unmap(target) }
            // Without memory it takes longer.
            var slowly = objects
            slowly.sort { $0.key < $1.key }
            return nil
        }
        for cluster in clusters {
            if !isInPlace {
                var end = cluster.objects.lowerBound
                for run in runs[cluster.runs] {
                    copy(objects, run.start..<run.end, to: target, at: end)
                    end += run.end - run.start
                }
            }
            guard cluster.runs.count > 1 else { continue }
            join(lengthsOf: runs[cluster.runs], UnsafeMutableBufferPointer(rebasing: target[cluster.objects]), room)
        }
        return isInPlace ? nil : target
    }

    /// Runs that overlap, and where their objects belong.
    private static func clusters(of runs: [Run]) -> [(runs: Range<Int>, objects: Range<Int>)] {
        var clusters: [(runs: Range<Int>, objects: Range<Int>)] = []
        var index = 0
        var place = 0
        while index < runs.count {
            var end = index + 1
            var last = runs[index].last
            var length = runs[index].end - runs[index].start
            while end < runs.count, runs[end].first < last {
                last = max(last, runs[end].last)
                length += runs[end].end - runs[end].start
                end += 1
            }
            clusters.append((index..<end, place..<place + length))
            index = end
            place += length
        }
        return clusters
    }

    private static func copy(
        _ from: UnsafeMutableBufferPointer<ct_object>,
        _ range: Range<Int>,
        to: UnsafeMutableBufferPointer<ct_object>,
        at index: Int
    ) {
        guard let source = from.baseAddress, let target = to.baseAddress else { return }
        (target + index).update(from: source + range.lowerBound, count: range.count)
    }

    /// Joins runs that stand one behind the other, two at a time.
    ///
    /// - Parameters:
    ///   - runs: Their lengths.
    ///   - objects: The objects.
    ///   - room: As much room, of which the beginning is used.
    private static func join(
        lengthsOf runs: ArraySlice<Run>,
        _ objects: UnsafeMutableBufferPointer<ct_object>,
        _ room: UnsafeMutableBufferPointer<ct_object>
    ) {
        var lengths = runs.map { $0.end - $0.start }
        var from = objects
        var to = UnsafeMutableBufferPointer(rebasing: room[..<objects.count])
        while lengths.count > 1 {
            var joined: [Int] = []
            var start = 0
            for index in stride(from: 0, to: lengths.count, by: 2) {
                let middle = start + lengths[index]
                let end = index + 1 < lengths.count ? middle + lengths[index + 1] : middle
                merge(from, start, middle, end, to)
                joined.append(end - start)
                start = end
            }
            lengths = joined
            swap(&from, &to)
        }
        if from.baseAddress != objects.baseAddress { copy(from, 0..<from.count, to: objects, at: 0) }
    }

    private static func merge(
        _ from: UnsafeMutableBufferPointer<ct_object>,
        _ start: Int,
        _ middle: Int,
        _ end: Int,
        _ to: UnsafeMutableBufferPointer<ct_object>
    ) {
        var (left, right, place) = (start, middle, start)
        while left < middle && right < end {
            if from[right].key < from[left].key {
                to[place] = from[right]
                right += 1
            } else {
                to[place] = from[left]
                left += 1
            }
            place += 1
        }
        if left < middle { copy(from, left..<middle, to: to, at: place) }
        if right < end { copy(from, right..<end, to: to, at: place) }
    }

    /// Sorts what has no order, by parts of 11 bits from the lowest: comparisons take three times as long for a million.
    private static func byDigits(
        _ objects: UnsafeMutableBufferPointer<ct_object>
    ) -> UnsafeMutableBufferPointer<ct_object>? {
        guard objects.count > 1024, let other = Pages.map(ct_object.self, objects.count) else {
            var few = objects
            few.sort { $0.key < $1.key }
            return nil
        }
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
