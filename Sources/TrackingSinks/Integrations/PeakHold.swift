/// The highest of the peaks of the last minute: whoever looks once a minute misses none.
package struct PeakHold: Sendable {
    /// Seconds for which a peak is shown.
    package static let seconds = 60.0

    /// Falling peaks: the first is the highest.
    private var peaks: [(time: Double, bytes: Int)] = []

    package init() {}

    /// The highest peak, in bytes; `nil` before the first.
    package var highest: Int? { peaks.first?.bytes }

    /// Takes the next peak.
    ///
    /// - Parameters:
    ///   - bytes: How high it is.
    ///   - time: When it was, in seconds.
    package mutating func add(_ bytes: Int, at time: Double) {
        peaks.removeAll { $0.time < time - Self.seconds }
        while let last = peaks.last, last.bytes <= bytes { peaks.removeLast() }
        peaks.append((time, bytes))
    }
}
