#if CLI
import Glibc

/// Wall times as text, in UTC: the records come from machines in any zone.
enum WallClock {
    /// The time of day: `20:41:03.1`.
    static func time(_ seconds: Double) -> String {
        let (parts, tenth) = split(seconds)
        return "\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec)).\(tenth)"
    }

    /// Date and time: `2026-11-22 20:41:03.1`.
    static func date(_ seconds: Double) -> String {
        let (parts, _) = split(seconds)
        return "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday)) \(time(seconds))"
    }

    private static func split(_ seconds: Double) -> (tm, Int) {
        // A damaged record may hold any number.
        let tenths = seconds.isFinite && seconds.magnitude < 1e11 ? Int((seconds * 10).rounded(.down)) : 0
        let (quotient, remainder) = tenths.quotientAndRemainder(dividingBy: 10)
        var whole = time_t(remainder < 0 ? quotient - 1 : quotient)
        var parts = tm()
        gmtime_r(&whole, &parts)
        return (parts, remainder < 0 ? remainder + 10 : remainder)
    }

    private static func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
#endif
