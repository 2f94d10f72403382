/// A duration in the form that people read: `250 ms`, `1.5 s`, `3 min 20 s`.
package struct TimeText: Sendable, Hashable, CustomStringConvertible {
    /// The precision of a duration below a second.
    package enum Precision: Sendable {
        /// Whole milliseconds.
        case milliseconds
        /// Three digits, down to microseconds: `0.31 ms`, `12.4 ms`, `5 µs`.
        case fine
    }

    /// The duration in seconds.
    package var seconds: Double
    private let precision: Precision

    /// Creates a text of a duration in seconds.
    package init(_ seconds: Double, _ precision: Precision = .milliseconds) {
        self.seconds = seconds
        self.precision = precision
    }

    /// The duration in the matching unit.
    package var description: String {
        guard seconds.isFinite, seconds.magnitude < 1e12 else { return "\(seconds) s" }
        if precision == .fine, seconds < 0.1 { return fine }
        let milliseconds = Int((seconds * 1000).rounded())
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds < 60_000 {
            let tenths = (milliseconds + 50) / 100
            return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
        }
        let whole = (milliseconds + 500) / 1000
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }

    private var fine: String {
        if seconds < 1e-5 { return "\(Int((max(0, seconds) * 1_000_000).rounded())) µs" }
        let hundredths = Int((seconds * 100_000).rounded())
        if hundredths >= 9995 { return "100 ms" }
        if hundredths >= 1000 { return "\((hundredths + 5) / 100).\((hundredths + 5) / 10 % 10) ms" }
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) ms"
    }

    /// Returns the time since a tracker began in the form of a clock: `00:01:02.25`.
    package static func clock(_ seconds: Double) -> String {
        let hundredths = Int(exactly: (max(0, seconds) * 1_000_000).rounded()).map { $0 / 10_000 } ?? 0
        let (minutes, rest) = (hundredths / 6000).quotientAndRemainder(dividingBy: 60)
        let parts = [minutes, rest, hundredths / 100 % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        let fraction = hundredths % 100
        return parts.joined(separator: ":") + (fraction < 10 ? ".0" : ".") + String(fraction)
    }
}
