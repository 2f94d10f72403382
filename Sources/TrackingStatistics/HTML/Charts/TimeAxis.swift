#if HTML
/// Ticks of time at round wall times, and wall times as text, all in UTC: records come from machines in any zone.
enum TimeAxis {
    private static let steps: [Double] = [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600,
        7200, 10_800, 21_600, 43_200, 86_400,
    ]

    /// A scale of the seconds since a tracker began.
    ///
    /// - Parameters:
    ///   - span: From when until when.
    ///   - start: When the tracker began, in seconds since 1970.
    ///   - count: How many ticks at most, about.
    /// - Returns: The scale, with labels that are as exact as the step.
    static func axis(_ span: ClosedRange<Double>, start: Double, count: Int = 8) -> Axis {
        let length = span.upperBound - span.lowerBound
        let least = length / Double(max(1, count))
        var step = steps.first { $0 >= least } ?? 86_400
        // Whole days from there on: 1, 2, 5, 10, ...
        var factors = [2, 2.5, 2]
        while step < least {
            step *= factors[0]
            factors.append(factors.removeFirst())
        }
        var ticks: [Axis.Tick] = []
        // Counted in steps since 1970, so that no sum drifts.
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

/// A moment in UTC.
struct WallTime {
    private let days: Int
    let secondsOfDay: Int
    private let micros: Int

    /// - Parameter seconds: Seconds since 1970; a damaged record may hold any number.
    init(_ seconds: Double) {
        let total = seconds.isFinite && seconds.magnitude < 1e11 ? Int((seconds * 1e6).rounded()) : 0
        let whole = (total - (total % 1_000_000 + 1_000_000) % 1_000_000) / 1_000_000
        micros = total - whole * 1_000_000
        secondsOfDay = (whole % 86_400 + 86_400) % 86_400
        days = (whole - secondsOfDay) / 86_400
    }

    /// Such as `20:41`.
    var minutes: String { "\(padded(secondsOfDay / 3600)):\(padded(secondsOfDay / 60 % 60))" }

    /// Such as `20:41:03`.
    var seconds: String { "\(minutes):\(padded(secondsOfDay % 60))" }

    /// What is left of the second, such as `.250`.
    func fraction(digits: Int) -> String { "." + String(String(1_000_000 + micros).dropFirst().prefix(digits)) }

    /// Such as `Nov 22`.
    var day: String {
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(names[date.month - 1]) \(date.day)"
    }

    /// Such as `2026-11-22 20:41:03`.
    var full: String { "\(date.year)-\(padded(date.month))-\(padded(date.day)) \(seconds)" }

    /// The proleptic Gregorian calendar, by eras of 400 years that begin in March.
    private var date: (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
#endif
