/// Holds the highest peak of the last minute, so that a reader who reads once a minute misses none.
package struct PeakHold: Sendable {
    /// The seconds for which a peak is held.
    package static let seconds = 60.0

    /// Peaks in descending order.
    private var peaks: [(time: Double, bytes: Int)] = []

    package init() {}

    /// The highest peak, in bytes; `nil` before the first.
    package var highest: Int? { peaks.first?.bytes }

    /// Adds the next peak.
    ///
    /// - Parameters:
    ///   - bytes: The size of the peak.
    ///   - time: The time of the peak, in seconds.
    package mutating func add(_ bytes: Int, at time: Double) {
        peaks.removeAll { $0.time < time - Self.seconds }
        while let last = peaks.last, last.bytes <= bytes { peaks.removeLast() }
        peaks.append((time, bytes))
    }
}
