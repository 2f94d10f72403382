public import TrackingRecords

/// The samples of a run in bounded memory: each one while they are few, and later what so many in a row came to.
///
/// A thinned sample is a ``/TrackingRecords/Sample`` with a window, as sinks make them: it keeps the smallest, mean and
/// largest resident set, the highest peak and the largest virtual size; the rest is that of the latest one.
public struct SampleSeries: Sendable, Equatable {
    /// How many are kept at most.
    public static let limit = 4096

    /// The samples, oldest first.
    public private(set) var samples: [Sample] = []
    /// When the first sample was taken, in seconds since 1970.
    public private(set) var firstWallTime: Double?
    /// The sums of the resident sets, so that no mean is rounded twice.
    private var sums: [Int] = []
    /// How many samples that were added go into one that is kept.
    private var stride = 1
    /// How many are in the latest one.
    private var filled = 0

    /// Makes a series of nothing.
    public init() {}

    /// Adds a sample that is later than the ones before.
    ///
    /// - Parameter sample: The sample.
    public mutating func add(_ sample: Sample) {
        firstWallTime = firstWallTime ?? sample.wallTime
        if filled > 0, filled < stride {
            absorb(sample, Self.sum(of: sample), into: samples.count - 1)
            filled += 1
            return
        }
        if samples.count == Self.limit { halve() }
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

    /// All samples as one, with a window.
    public var summary: Sample? {
        guard var summary = samples.first else { return nil }
        var sum = sums[0]
        for (sample, more) in zip(samples, sums).dropFirst() {
            sum &+= more
            summary.absorb(sample, sum: sum)
        }
        return summary
    }

    /// Brings samples that were added out of order into order.
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

extension SampleSeries {
    /// How many samples were taken.
    public var count: Int { samples.reduce(0) { $0 &+ ($1.window?.count ?? 1) } }

    /// The smallest resident set at a sample, in bytes.
    public var smallestResidentSet: Int? { samples.compactMap { $0.window?.minimum ?? $0.memory.residentSet }.min() }

    /// The largest resident set at a sample, in bytes.
    public var largestResidentSet: Int? { samples.compactMap { $0.window?.maximum ?? $0.memory.residentSet }.max() }

    /// The mean of the resident sets, in bytes.
    public var meanResidentSet: Int? { count > 0 ? Int(sums.reduce(0.0) { $0 + Double($1) } / Double(count)) : nil }

    /// The largest resident set at any moment, in bytes: peaks between two samples are among them.
    public var peak: Int? { samples.compactMap { $0.intervalPeak ?? $0.memory.residentSet }.max() }

    /// The largest virtual size at a sample, in bytes.
    public var largestVirtualSize: Int? { samples.compactMap(\.memory.virtualSize).max() }

    /// Ticks of the timer that did not happen.
    public var missedTicks: Int { samples.reduce(0) { $0 &+ $1.missedTicks } }
}

extension Sample {
    /// Takes a later sample in; `sum` is of the resident sets of both.
    fileprivate mutating func absorb(_ later: Sample, sum: Int) {
        let (own, other) = (range, later.range)
        let count = (window?.count ?? 1) &+ (later.window?.count ?? 1)
        let virtual = [memory.virtualSize, later.memory.virtualSize].compactMap(\.self).max()
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
        intervalPeak = [intervalPeak, later.intervalPeak].compactMap(\.self).max()
        maximumResidentSet = later.maximumResidentSet ?? maximumResidentSet
        missedTicks &+= later.missedTicks
        clockBehind = later.clockBehind ?? clockBehind
        decision = nil
    }

    /// The resident sets it stands for.
    private var range: ClosedRange<Int> {
        guard let window else {
            let size = memory.residentSet ?? 0
            return size...size
        }
        return min(window.minimum, window.maximum)...max(window.minimum, window.maximum)
    }
}
