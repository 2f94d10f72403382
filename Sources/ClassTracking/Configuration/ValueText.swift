import TrackingSinks

/// Values as they are written in a configuration: `500ms`, `16MiB`, `true`.
package enum ValueText {
    private static let times: [(name: String, nanoseconds: Double)] = [
        ("ms", 1e6), ("us", 1e3), ("min", 60e9), ("s", 1e9), ("h", 3600e9), ("d", 86_400e9),
    ]
    private static let sizes: [(name: String, bytes: Double)] = [
        ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776), ("K", 1024),
        ("M", 1_048_576), ("G", 1_073_741_824), ("T", 1_099_511_627_776), ("B", 1),
    ]

    /// A number and a unit; without a unit seconds.
    package static func duration(_ text: String) -> Duration? {
        for time in times where text.hasSuffix(time.name) {
            return number(text.dropLast(time.name.count), times: time.nanoseconds).map { .nanoseconds($0) }
        }
        return number(text[...], times: 1e9).map { .nanoseconds($0) }
    }

    package static func duration(_ duration: Duration) -> String {
        let nanoseconds = duration.nanoseconds
        if nanoseconds % 1_000_000_000 == 0 { return "\(nanoseconds / 1_000_000_000)s" }
        return nanoseconds % 1_000_000 == 0 ? "\(nanoseconds / 1_000_000)ms" : "\(Double(nanoseconds) / 1e9)s"
    }

    /// A number and a binary unit; without a unit bytes.
    package static func bytes(_ text: String) -> Int? {
        for size in sizes where text.hasSuffix(size.name) {
            return number(text.dropLast(size.name.count), times: size.bytes)
        }
        return Int(text).flatMap { $0 >= 0 ? $0 : nil }
    }

    package static func bytes(_ bytes: Int) -> String {
        for unit in sizes[..<4].reversed() where bytes > 0 && bytes % Int(unit.bytes) == 0 {
            return "\(bytes / Int(unit.bytes))\(unit.name)"
        }
        return "\(bytes)"
    }

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
