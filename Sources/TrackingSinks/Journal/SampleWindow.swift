import TrackingRecords

/// Gathers samples, and combines those of an interval into one.
struct SampleWindow {
    private let interval: Double
    private var sentAt = -Double.infinity
    private var latest: Record?
    private var count = 0
    private var minimum = 0
    private var maximum = 0
    private var sum = 0
    private var peak: Int?
    private var missedTicks = 0

    /// Creates a window.
    ///
    /// - Parameter interval: The seconds between two samples that are sent; 0 sends each.
    init(interval: Double) {
        self.interval = interval
    }

    /// Adds a sample; returns the one to send, if it is time for one.
    mutating func add(_ record: Record, _ sample: Sample) -> Record? {
        guard interval > 0 else { return record }
        // A figure that the kernel does not give must not count as 0, which would be the minimum.
        if let resident = sample.memory.residentSet {
            minimum = count == 0 ? resident : min(minimum, resident)
            maximum = max(maximum, resident)
            sum += resident
            count += 1
        }
        missedTicks += sample.missedTicks
        if let intervalPeak = sample.intervalPeak { peak = max(peak ?? 0, intervalPeak) }
        latest = record
        // 5 % of tolerance, at most 50 ms, or jitter would make every other window one sample longer.
        let tolerance = min(interval, 1) * 0.05
        return sample.timestamp - sentAt >= interval - tolerance ? take() : nil
    }

    /// Returns the sample that represents all since the last one taken; `nil` if there is none.
    mutating func take() -> Record? {
        guard let record = latest, case .sample(var sample) = record.payload else { return nil }
        if count > 1 {
            sample.window = Sample.Window(count: count, minimum: minimum, mean: sum / count, maximum: maximum)
            sample.intervalPeak = peak
            sample.missedTicks = missedTicks
        }
        sentAt = sample.timestamp
        (latest, count, minimum, maximum, sum, peak, missedTicks) = (nil, 0, 0, 0, 0, nil, 0)
        return Record(sequence: record.sequence, .sample(sample))
    }
}
