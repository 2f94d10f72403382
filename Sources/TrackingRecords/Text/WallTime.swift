/// A wall time as text, in UTC: records come from machines in any time zone.
package struct WallTime: Sendable {
    private let days: Int
    /// The seconds since midnight.
    package let secondsOfDay: Int
    private let micros: Int

    /// Creates the text of a moment.
    ///
    /// - Parameter seconds: The seconds since 1970. A damaged record may contain any number; an invalid time counts as
    ///   0.
    package init(_ seconds: Double) {
        let total = seconds.isFinite && seconds.magnitude < 1e11 ? Int((seconds * 1e6).rounded()) : 0
        let whole = (total - (total % 1_000_000 + 1_000_000) % 1_000_000) / 1_000_000
        micros = total - whole * 1_000_000
        secondsOfDay = (whole % 86_400 + 86_400) % 86_400
        days = (whole - secondsOfDay) / 86_400
    }

    /// Hours and minutes: `20:41`.
    package var minutes: String { "\(padded(secondsOfDay / 3600)):\(padded(secondsOfDay / 60 % 60))" }

    /// Hours, minutes and seconds: `20:41:03`.
    package var seconds: String { "\(minutes):\(padded(secondsOfDay % 60))" }

    /// Hours, minutes and seconds with a tenth: `20:41:03.1`.
    package var tenths: String { seconds + fraction(digits: 1) }

    /// The fraction of the second, truncated: `.250`.
    package func fraction(digits: Int) -> String { "." + String(String(1_000_000 + micros).dropFirst().prefix(digits)) }

    /// Month and day: `Nov 22`.
    package var day: String {
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(names[date.month - 1]) \(date.day)"
    }

    /// Date and time: `2026-11-22 20:41:03`.
    package var full: String { "\(isoDate) \(seconds)" }

    /// Date and time with a tenth: `2026-11-22 20:41:03.1`.
    package var fullTenths: String { "\(isoDate) \(tenths)" }

    private var isoDate: String {
        let date = date
        return "\(date.year)-\(padded(date.month))-\(padded(date.day))"
    }

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
