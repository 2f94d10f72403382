import TrackingRecords

/// Parses and formats values of a configuration: `500ms`, `16MiB`, `true`.
package enum ValueText {
    private static let times: [(name: String, nanoseconds: Double)] = [
        ("ms", 1e6), ("us", 1e3), ("min", 60e9), ("s", 1e9), ("h", 3600e9), ("d", 86_400e9),
    ]
    private static let sizes: [(name: String, bytes: Double)] = [
        ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776), ("K", 1024),
        ("M", 1_048_576), ("G", 1_073_741_824), ("T", 1_099_511_627_776), ("B", 1),
    ]

    /// Returns the duration of a number with a unit, or of a number of seconds; `nil` for other text.
    package static func duration(_ text: String) -> Duration? {
        for time in times where text.hasSuffix(time.name) {
            return number(text.dropLast(time.name.count), times: time.nanoseconds).map { .nanoseconds($0) }
        }
        return number(text[...], times: 1e9).map { .nanoseconds($0) }
    }

    /// Returns a duration in the form that is parsed.
    package static func duration(_ duration: Duration) -> String {
        let nanoseconds = duration.nanoseconds
        if nanoseconds % 1_000_000_000 == 0 { return "\(nanoseconds / 1_000_000_000)s" }
        return nanoseconds % 1_000_000 == 0 ? "\(nanoseconds / 1_000_000)ms" : "\(Double(nanoseconds) / 1e9)s"
    }

    /// Returns a duration in the largest unit of which it is a multiple, for a sentence: `1 day`, `10s`.
    static func durationInProse(_ duration: Duration) -> String {
        switch duration {
        case .zero: return "0"
        case .day: return "1 day"
        case .milliseconds(1): return "1 ms"
        default: break
        }
        let nanoseconds = Double(duration.nanoseconds)
        let units = times.sorted { $0.nanoseconds > $1.nanoseconds }
        let unit = units.first { nanoseconds.truncatingRemainder(dividingBy: $0.nanoseconds) == 0 }
        return unit.map { "\(Int(nanoseconds / $0.nanoseconds))\($0.name)" } ?? "\(duration)"
    }

    /// Returns the ends of a range, for a sentence: `1 ms to 1 day`.
    package static func prose(_ range: ClosedRange<Duration>) -> String {
        "\(durationInProse(range.lowerBound)) to \(durationInProse(range.upperBound))"
    }

    /// Returns the size of a number with a binary unit, or of a number of bytes; `nil` for other text.
    package static func bytes(_ text: String) -> Int? {
        for size in sizes where text.hasSuffix(size.name) {
            return number(text.dropLast(size.name.count), times: size.bytes)
        }
        return Int(text).flatMap { $0 >= 0 ? $0 : nil }
    }

    /// Returns a size in the form that is parsed.
    package static func bytes(_ bytes: Int) -> String {
        for unit in sizes[..<4].reversed() where bytes > 0 && bytes % Int(unit.bytes) == 0 {
            return "\(bytes / Int(unit.bytes))\(unit.name)"
        }
        return "\(bytes)"
    }

    /// Returns the Boolean that a word means; `nil` for other text.
    package static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }

    private static func number(_ text: Substring, times factor: Double) -> Int? {
        let trimmed = text.hasSuffix(" ") ? text.dropLast() : text
        guard let number = Double(trimmed), number >= 0 else { return nil }
        return Int(exactly: (number * factor).rounded())
    }
}

extension Duration {
    /// 24 hours.
    package static var day: Duration { .seconds(86_400) }
}
