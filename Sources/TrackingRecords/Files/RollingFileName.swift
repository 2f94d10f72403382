import Glibc

/// The names of one rolling file: the active one, the rotated ones, and those of further processes.
///
/// For `memory.jsonl`: rotated files are `memory.20261122T195301Z-000017.jsonl`, where the number keeps the order when the
/// clock jumps; a second process that finds the active file taken writes `memory.4711.jsonl` with its process identifier.
public struct RollingFileName: Sendable, Equatable {
    /// A rotated file.
    public struct Rotated: Sendable, Equatable {
        /// Counts the rotations.
        public var number: Int
        /// When it was rotated: `20261122T195301Z`.
        public var time: String
    }

    /// The name of the active file.
    public let active: String
    private let stem: String
    private let suffix: String

    /// Makes the names for an active file.
    ///
    /// - Parameter active: Its name without a directory.
    public init(active: String) {
        self.active = active
        if let dot = active.lastIndex(of: "."), dot > active.startIndex {
            stem = String(active[..<dot])
            suffix = String(active[dot...])
        } else {
            stem = active
            suffix = ""
        }
    }

    /// The name that the active file gets when it is rotated.
    ///
    /// - Parameters:
    ///   - number: Counts the rotations.
    ///   - time: Seconds since 1970.
    /// - Returns: The name.
    public func rotated(number: Int, time: Double) -> String {
        var seconds = time_t(time)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date =
            Self.padded(Int(parts.tm_year) + 1900, 4) + Self.padded(Int(parts.tm_mon) + 1, 2)
            + Self.padded(Int(parts.tm_mday), 2)
        let clock =
            Self.padded(Int(parts.tm_hour), 2) + Self.padded(Int(parts.tm_min), 2)
            + Self.padded(Int(parts.tm_sec), 2)
        return "\(stem).\(date)T\(clock)Z-\(Self.padded(number, 6))\(suffix)"
    }

    /// The name for a further process, while another one holds the active file.
    public func forProcess(_ processID: Int32) -> String {
        "\(stem).\(processID)\(suffix)"
    }

    /// What a name says, if it is exactly that of a rotated file.
    public func parseRotated(_ name: String) -> Rotated? {
        guard let middle = middle(of: name) else { return nil }
        let parts = middle.split(separator: "-", omittingEmptySubsequences: false)
        // More digits are nobody's count of rotations, and the largest Int has no successor.
        guard parts.count == 2, 6...15 ~= parts[1].utf8.count, Self.isDigits(parts[1]), let number = Int(parts[1])
        else {
            return nil
        }
        let time = Array(parts[0].utf8)
        guard time.count == 16, time[8] == UInt8(ascii: "T"), time[15] == UInt8(ascii: "Z"),
            Self.isDigits(parts[0].prefix(8)), Self.isDigits(parts[0].dropFirst(9).dropLast())
        else { return nil }
        return Rotated(number: number, time: String(parts[0]))
    }

    /// The active file's name for one that a rotated file has; `nil` where the name is none of those.
    package static func active(ofRotated name: String) -> String? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        // `memory.TIME-NUMBER.jsonl`, or `memory.TIME-NUMBER` where the active file has no suffix.
        for index in [parts.count - 2, parts.count - 1] where index > 0 {
            let active = (parts[..<index] + parts[(index + 1)...]).joined(separator: ".")
            if RollingFileName(active: active).parseRotated(name) != nil { return active }
        }
        return nil
    }

    /// The process identifier in a name, if it is exactly that of a further process's file.
    public func parseProcess(_ name: String) -> Int32? {
        guard let middle = middle(of: name), Self.isDigits(middle), middle.first != "0" else { return nil }
        return Int32(middle)
    }

    private func middle(of name: String) -> Substring? {
        // Bytes: as strings, names that are different files compare equal (composed and decomposed letters).
        let (bytes, begin, end) = (name.utf8, (stem + ".").utf8, suffix.utf8)
        guard bytes.count > begin.count + end.count, bytes.starts(with: begin),
            bytes.suffix(end.count).elementsEqual(end)
        else { return nil }
        return Substring(bytes.dropFirst(begin.count).dropLast(end.count))
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 }
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
