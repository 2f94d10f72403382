package import TrackingRecords

/// The samples of a run in bounded memory: each one while they are few, and one for several in a row later.
///
/// A thinned sample is a `Sample` with a window, as sinks make them: it has the smallest, mean and largest resident set, the
/// highest peak and the largest virtual size; all other figures are those of the latest sample.
package struct SampleSeries: Sendable {
    /// The most samples that are kept.
    package static let limit = 4096

    /// The samples, oldest first.
    package private(set) var samples: [Sample] = []
    /// The time of the first sample, in seconds since 1970.
    package private(set) var firstWallTime: Double?
    /// The time of the first sample, in seconds since the tracker began.
    package private(set) var firstTimestamp: Double?
    /// The most samples that this series keeps.
    package let capacity: Int
    /// The sums of the resident sets, so that no mean is rounded twice.
    private var sums: [Int] = []
    /// The number of added samples for each one that is kept.
    private var stride = 1
    /// The number of added samples in the latest one that is kept.
    private var filled = 0
    /// The sample with the highest peak of those in the detector's warm-up.
    private(set) var warmUp: Sample?

    /// Creates an empty series.
    package init() { capacity = Self.limit }

    /// Creates an empty series and allocates all the memory it will ever need.
    ///
    /// - Parameter limit: The most samples that are kept, 2 or more.
    package init(reserving limit: Int) {
        capacity = max(2, limit)
        samples.reserveCapacity(capacity)
        sums.reserveCapacity(capacity)
    }

    /// Removes all samples and keeps the memory.
    package mutating func removeAll() {
        samples.removeAll(keepingCapacity: true)
        sums.removeAll(keepingCapacity: true)
        (firstWallTime, firstTimestamp, warmUp, stride, filled) = (nil, nil, nil, 1, 0)
    }

    /// Returns a series of equal samples in memory of its own, so that adding to this one copies nothing.
    package func copy() -> SampleSeries {
        var copy = self
        copy.samples = []
        copy.sums = []
        copy.samples.append(contentsOf: samples)
        copy.sums.append(contentsOf: sums)
        return copy
    }

    /// Returns the bytes of memory of a series that keeps `limit` samples.
    package static func bytes(reserving limit: Int) -> Int {
        limit * (MemoryLayout<Sample>.stride + MemoryLayout<Int>.stride)
    }

    /// Adds a sample that is later than the ones before.
    ///
    /// - Parameter sample: The sample.
    package mutating func add(_ sample: Sample) {
        firstWallTime = firstWallTime ?? sample.wallTime
        firstTimestamp = firstTimestamp ?? sample.timestamp
        if sample.decision?.verdict == .warmingUp, sample.intervalPeak ?? 0 > warmUp?.intervalPeak ?? -1 {
            warmUp = sample
        }
        if filled > 0, filled < stride {
            absorb(sample, Self.sum(of: sample), into: samples.count - 1)
            filled += 1
            return
        }
        if samples.count == capacity { halve() }
        samples.append(sample)
        sums.append(Self.sum(of: sample))
        filled = 1
    }

    private mutating func halve() {
        var kept = 0
        var index = 0
        while index < samples.count {
            samples[kept] = samples[index]
            sums[kept] = sums[index]
            if index + 1 < samples.count { absorb(samples[index + 1], sums[index + 1], into: kept) }
            kept += 1
            index += 2
        }
        samples.removeLast(samples.count - kept)
        sums.removeLast(sums.count - kept)
        stride *= 2
    }

    private mutating func absorb(_ later: Sample, _ sum: Int, into index: Int) {
        sums[index] &+= sum
        samples[index].absorb(later, sum: sums[index])
    }

    /// One sample for all of them, with a window.
    package var summary: Sample? {
        guard var summary = samples.first else { return nil }
        var sum = sums[0]
        for (sample, more) in zip(samples, sums).dropFirst() {
            sum &+= more
            summary.absorb(sample, sum: sum)
        }
        return summary
    }

    /// Sorts the samples by time.
    mutating func sort() {
        let order = samples.indices.sorted { samples[$0].timestamp < samples[$1].timestamp }
        samples = order.map { samples[$0] }
        sums = order.map { sums[$0] }
    }

    private static func sum(of sample: Sample) -> Int {
        guard let window = sample.window else { return sample.memory.residentSet ?? 0 }
        return window.mean.multipliedReportingOverflow(by: window.count).partialValue
    }
}

extension SampleSeries: Equatable {
    /// Indicates whether two series keep equal samples.
    package static func == (left: SampleSeries, right: SampleSeries) -> Bool { left.samples == right.samples }
}

extension SampleSeries {
    /// The number of samples that were added.
    package var count: Int { samples.reduce(0) { $0 &+ ($1.window?.count ?? 1) } }

    /// The smallest resident set at a sample, in bytes.
    package var smallestResidentSet: Int? { samples.compactMap { $0.window?.minimum ?? $0.memory.residentSet }.min() }

    /// The largest resident set at a sample, in bytes.
    package var largestResidentSet: Int? { samples.compactMap { $0.window?.maximum ?? $0.memory.residentSet }.max() }

    /// The mean of the resident sets, in bytes.
    package var meanResidentSet: Int? { count > 0 ? Int(sums.reduce(0.0) { $0 + Double($1) } / Double(count)) : nil }

    /// The largest resident set at any moment, in bytes: peaks between two samples are among them.
    package var peak: Int? { samples.compactMap { $0.intervalPeak ?? $0.memory.residentSet }.max() }

    /// The largest virtual size at a sample, in bytes.
    package var largestVirtualSize: Int? { samples.compactMap(\.memory.virtualSize).max() }

    /// The number of missed ticks.
    package var missedTicks: Int { samples.reduce(0) { $0 &+ $1.missedTicks } }
}

extension Sample {
    /// Merges a later sample into this one; `sum` is the sum of the resident sets of both.
    fileprivate mutating func absorb(_ later: Sample, sum: Int) {
        let (own, other) = (range, later.range)
        let count = (window?.count ?? 1) &+ (later.window?.count ?? 1)
        // Without arrays: the sampling thread merges samples, and allocates nothing.
        let virtual = Self.larger(memory.virtualSize, later.memory.virtualSize)
        window = Window(
            count: count,
            minimum: min(own.lowerBound, other.lowerBound),
            mean: sum / max(count, 1),
            maximum: max(own.upperBound, other.upperBound)
        )
        timestamp = later.timestamp
        wallTime = later.wallTime
        memory = later.memory
        memory.virtualSize = virtual
        intervalPeak = Self.larger(intervalPeak, later.intervalPeak)
        maximumResidentSet = later.maximumResidentSet ?? maximumResidentSet
        missedTicks &+= later.missedTicks
        clockBehind = later.clockBehind ?? clockBehind
        // Only if both samples lie in the warm-up does the merged one.
        if decision?.verdict != .warmingUp || later.decision?.verdict != .warmingUp { decision = nil }
    }

    private static func larger(_ first: Int?, _ second: Int?) -> Int? {
        guard let first, let second else { return first ?? second }
        return max(first, second)
    }

    /// The range of the resident sets in it.
    private var range: ClosedRange<Int> {
        guard let window else {
            let size = memory.residentSet ?? 0
            return size...size
        }
        return min(window.minimum, window.maximum)...max(window.minimum, window.maximum)
    }
}

extension SpikeLedger {
    /// Adds all samples of a series.
    mutating func add(_ series: SampleSeries) {
        if let warmUp = series.warmUp { add(.sample(warmUp)) }
        for sample in series.samples { add(.sample(sample)) }
    }
}
