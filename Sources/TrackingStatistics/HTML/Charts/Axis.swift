#if HTML
import TrackingRecords

/// Where the lines of a chart's scale are, and what stands beside them.
struct Axis: Equatable {
    struct Tick: Equatable {
        var value: Double
        var label: String
    }

    /// What stands at either end.
    var range: ClosedRange<Double>
    var ticks: [Tick]

    /// Where a value is, from 0 to 1.
    func part(of value: Double) -> Double {
        let width = range.upperBound - range.lowerBound
        return width > 0 ? min(1, max(0, (value - range.lowerBound) / width)) : 0
    }

    // MARK: Sizes

    private static let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    /// A scale of bytes from 0, with steps that are powers of two: whole numbers of their unit mostly.
    ///
    /// - Parameters:
    ///   - largest: What it has to reach.
    ///   - intervals: How many steps at most.
    /// - Returns: The scale.
    static func bytes(upTo largest: Int, intervals: Int = 5) -> Axis {
        var step = 1.0
        while step * Double(intervals) < Double(largest) { step *= 2 }
        return upward(to: Double(largest), step: step) { bytesLabel($0) }
    }

    /// A scale of whole numbers from 0, with steps of 1, 2, 5, 10 and so on.
    ///
    /// - Parameters:
    ///   - largest: What it has to reach.
    ///   - intervals: How many steps at most.
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

    /// `1.5 GiB`, with no more decimals than it takes.
    static func bytesLabel(_ bytes: Double) -> String {
        var (number, unit) = (bytes, 0)
        while number >= 1024, unit + 1 < units.count {
            number /= 1024
            unit += 1
        }
        return number == 0 ? "0" : "\(decimal(number)) \(units[unit])"
    }

    private static func countLabel(_ count: Double) -> String {
        for (size, unit) in [(1e9, "G"), (1e6, "M"), (1e4, "k")] where count >= size {
            return decimal(count / (unit == "k" ? 1000 : size)) + " " + unit
        }
        return decimal(count)
    }

    /// Up to three decimals, without zeros at the end.
    static func decimal(_ number: Double) -> String {
        let thousandths = Int((number.magnitude * 1000).rounded())
        var text = "\(number < 0 ? "-" : "")\(thousandths / 1000)"
        guard thousandths % 1000 != 0 else { return text }
        var fraction = String(String(1000 + thousandths % 1000).dropFirst())
        while fraction.last == "0" { fraction.removeLast() }
        text += "." + fraction
        return text
    }

    // MARK: Lengths of time

    private static let decades: [(seconds: Double, label: String)] = [
        (1e-6, "1 µs"), (1e-5, "10 µs"), (1e-4, "100 µs"), (1e-3, "1 ms"), (1e-2, "10 ms"), (0.1, "100 ms"),
        (1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h"), (36_000, "10 h"), (86_400, "1 d"),
        (864_000, "10 d"), (8_640_000, "100 d"), (86_400_000, "1000 d"),
    ]

    /// A logarithmic scale of seconds that has all of the range; values of it are logarithms.
    static func lifetimes(_ range: ClosedRange<Double>) -> Axis {
        let first = decades.lastIndex { $0.seconds <= range.lowerBound } ?? 0
        let last = decades.firstIndex { $0.seconds >= range.upperBound } ?? decades.count - 1
        let shown = decades[min(first, decades.count - 2)...max(last, min(first, decades.count - 2) + 1)]
        let ticks = shown.map { Tick(value: logarithm($0.seconds), label: $0.label) }
        return Axis(range: ticks[0].value...ticks[ticks.count - 1].value, ticks: ticks)
    }

    /// The logarithm to the base of ten, coarse and without a library: where something lies on a scale.
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
