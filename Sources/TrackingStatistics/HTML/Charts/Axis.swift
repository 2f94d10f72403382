#if HTML
import TrackingRecords

/// The scale of a chart: its range, and the lines with their labels.
struct Axis: Equatable {
    struct Tick: Equatable {
        var value: Double
        var label: String
    }

    /// The values at both ends.
    var range: ClosedRange<Double>
    var ticks: [Tick]

    /// Returns the place of a value on the scale, from 0 to 1.
    func part(of value: Double) -> Double {
        let width = range.upperBound - range.lowerBound
        return width > 0 ? min(1, max(0, (value - range.lowerBound) / width)) : 0
    }

    // MARK: Sizes

    /// Creates a scale of bytes from 0 whose steps are powers of two, so that most labels are whole numbers.
    ///
    /// - Parameters:
    ///   - largest: The value that the scale has to reach.
    ///   - intervals: The most steps.
    /// - Returns: The scale.
    static func bytes(upTo largest: Int, intervals: Int = 5) -> Axis {
        var step = 1.0
        while step * Double(intervals) < Double(largest) { step *= 2 }
        return upward(to: Double(largest), step: step) { $0 == 0 ? "0" : ByteText(Int(exactly: $0) ?? .max).short }
    }

    /// Creates a scale of whole numbers from 0 with steps of 1, 2, 5, 10 and so on.
    ///
    /// - Parameters:
    ///   - largest: The value that the scale has to reach.
    ///   - intervals: The most steps.
    /// - Returns: The scale.
    static func counts(upTo largest: Int, intervals: Int = 5) -> Axis {
        var step = 1.0
        var factors = [2, 2.5, 2]
        // 1, 2, 5, 10, 20, ...
        while step * Double(intervals) < Double(largest) {
            step *= factors[0]
            factors.append(factors.removeFirst())
        }
        return upward(to: Double(largest), step: step) { countLabel($0) }
    }

    private static func upward(to largest: Double, step: Double, label: (Double) -> String) -> Axis {
        let count = max(1, Int((largest / step).rounded(.up)))
        let ticks = (0...count).map { Tick(value: Double($0) * step, label: label(Double($0) * step)) }
        return Axis(range: 0...Double(count) * step, ticks: ticks)
    }

    private static func countLabel(_ count: Double) -> String {
        for (size, unit) in [(1e9, "G"), (1e6, "M"), (1e4, "k")] where count >= size {
            return DecimalText.number(count / (unit == "k" ? 1000 : size)) + " " + unit
        }
        return DecimalText.number(count)
    }

    // MARK: Lifetimes

    private static let decades: [(seconds: Double, label: String)] = [
        (1e-6, "1 µs"), (1e-5, "10 µs"), (1e-4, "100 µs"), (1e-3, "1 ms"), (1e-2, "10 ms"), (0.1, "100 ms"),
        (1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h"), (36_000, "10 h"), (86_400, "1 d"),
        (864_000, "10 d"), (8_640_000, "100 d"), (86_400_000, "1000 d"),
    ]

    /// Creates a logarithmic scale of seconds that covers a range; its values are logarithms.
    static func lifetimes(_ range: ClosedRange<Double>) -> Axis {
        let first = decades.lastIndex { $0.seconds <= range.lowerBound } ?? 0
        let last = decades.firstIndex { $0.seconds >= range.upperBound } ?? decades.count - 1
        let shown = decades[min(first, decades.count - 2)...max(last, min(first, decades.count - 2) + 1)]
        let ticks = shown.map { Tick(value: logarithm($0.seconds), label: $0.label) }
        return Axis(range: ticks[0].value...ticks[ticks.count - 1].value, ticks: ticks)
    }

    /// Returns the logarithm to the base of ten, without a library and exact enough for a place on a scale.
    static func logarithm(_ number: Double) -> Double {
        guard number > 0, number.isFinite else { return -300 }
        // log2 by the exponent and a series of the significand, which is from 1 to 2.
        let ratio = (number.significand - 1) / (number.significand + 1)
        let square = ratio * ratio
        var (term, sum) = (ratio, 0.0)
        for index in 0..<12 {
            sum += term / Double(2 * index + 1)
            term *= square
        }
        let binary = Double(number.exponent) + 2 * sum * 1.442_695_040_888_963_4
        return binary * 0.301_029_995_663_981_2
    }
}
#endif
