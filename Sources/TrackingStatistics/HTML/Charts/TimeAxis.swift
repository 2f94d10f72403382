#if HTML
import TrackingRecords

/// The time scale of a chart, with ticks at round wall times in UTC.
enum TimeAxis {
    private static let steps: [Double] = [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600,
        7200, 10_800, 21_600, 43_200, 86_400,
    ]

    /// Creates a scale of the seconds since a tracker began.
    ///
    /// - Parameters:
    ///   - span: The range of the scale, in seconds.
    ///   - start: The time at which the tracker began, in seconds since 1970.
    ///   - count: The most ticks, approximately.
    /// - Returns: The scale, with labels as exact as its step.
    static func axis(_ span: ClosedRange<Double>, start: Double, count: Int = 8) -> Axis {
        let length = span.upperBound - span.lowerBound
        let smallest = length / Double(max(1, count))
        var step = steps.first { $0 >= smallest } ?? 86_400
        // Longer steps are whole days: 1, 2, 5, 10, ...
        var factors = [2, 2.5, 2]
        while step < smallest {
            step *= factors[0]
            factors.append(factors.removeFirst())
        }
        var ticks: [Axis.Tick] = []
        // The ticks are counted in steps since 1970, so that no sum drifts.
        var index = ((start + span.lowerBound) / step).rounded(.up)
        guard index.isFinite, index.magnitude < 1e15 else { return Axis(range: span, ticks: []) }
        while index * step - start <= span.upperBound, ticks.count <= 2 * count {
            ticks.append(Axis.Tick(value: index * step - start, label: label(index * step, step: step)))
            index += 1
        }
        return Axis(range: span, ticks: ticks)
    }

    private static func label(_ wallTime: Double, step: Double) -> String {
        let time = WallTime(wallTime)
        if step >= 86_400 { return time.day }
        if step >= 60 { return time.secondsOfDay == 0 ? time.day : time.minutes }
        return step >= 1 ? time.seconds : time.seconds + time.fraction(digits: step >= 0.1 ? 1 : 3)
    }
}
#endif
