#if CLI
import ArgumentParser
import ClassTracking
import Glibc

/// Parses times of the command line: `2026-11-22 20:00`, `@1795377600`, or `10min` for that long ago.
enum TimeArgument {
    static let allowed =
        "use a time in UTC such as 2026-11-22T20:00:00, seconds since 1970 such as @1795377600, or 10min ago"

    static func parse(_ text: String) throws -> Double {
        guard let time = seconds(text, now: now) else { throw ValidationError(allowed) }
        return time
    }

    /// Returns seconds since 1970; `nil` if the text is no time.
    static func seconds(_ text: String, now: Double) -> Double? {
        if text.hasPrefix("@") { return Double(text.dropFirst()).flatMap { $0.isFinite ? $0 : nil } }
        if let ago = ValueText.duration(text) { return now - ago.inSeconds }
        let words = text.split(whereSeparator: { $0 == " " || $0 == "T" })
        guard let day = words.first, words.count <= 2 else { return nil }
        var parts = tm()
        let date = day.split(separator: "-").map { Int32($0) ?? -1 }
        guard date.count == 3, date[0] >= 1970, (1...12).contains(date[1]), (1...31).contains(date[2]) else {
            return nil
        }
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (date[0] - 1900, date[1] - 1, date[2])
        var fraction = 0.0
        if words.count == 2 {
            let clock = words[1].hasSuffix("Z") ? words[1].dropLast() : words[1]
            let fields = clock.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) ?? -1 }
            guard (2...3).contains(fields.count), (0..<24).contains(fields[0]), (0..<60).contains(fields[1]) else {
                return nil
            }
            parts.tm_hour = Int32(fields[0])
            parts.tm_min = Int32(fields[1])
            if fields.count == 3 {
                guard (0..<61).contains(fields[2]) else { return nil }
                fraction = fields[2]
            }
        }
        return Double(timegm(&parts)) + fraction
    }

    private static var now: Double { SystemClock.wall.seconds.rounded(.down) }
}
#endif
