import Glibc

/// The names of one rolling file: the active file, the rotated ones, and those of further processes.
///
/// For `memory.jsonl`, rotated files are `memory.20261122T195301Z-000017.jsonl`, where the number keeps the order if
/// the clock jumps; a second process that finds the active file locked writes `memory.4711.jsonl` with its process
/// identifier.
package struct RollingFileName: Sendable, Equatable {
    /// A rotated file.
    package struct Rotated: Sendable, Equatable {
        /// The number of the rotation.
        package var number: Int
        /// The time of the rotation, such as `20261122T195301Z`.
        package var time: String
    }

    /// The name of the active file.
    package let active: String
    private let stem: String
    private let suffix: String

    /// Creates the names for an active file.
    ///
    /// - Parameter active: Its name without a directory.
    package init(active: String) {
        self.active = active
        if let dot = active.lastIndex(of: "."), dot > active.startIndex {
            stem = String(active[..<dot])
            suffix = String(active[dot...])
        } else {
            stem = active
            suffix = ""
        }
    }

    /// Returns the name of the active file after its rotation.
    ///
    /// - Parameters:
    ///   - number: The number of the rotation.
    ///   - time: The time in seconds since 1970.
    /// - Returns: The name.
    package func rotated(number: Int, time: Double) -> String {
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

    /// Returns the name for a further process, while another one has the active file.
    package func forProcess(_ processID: Int32) -> String {
        "\(stem).\(processID)\(suffix)"
    }

    /// Parses a name; returns `nil` unless it is exactly that of a rotated file.
    package func parseRotated(_ name: String) -> Rotated? {
        guard let middle = middle(of: name) else { return nil }
        let parts = middle.split(separator: "-", omittingEmptySubsequences: false)
        // More digits are not a number of rotations, and the largest Int has no successor.
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

    /// Returns the active file's name for the name of a rotated file; `nil` for any other name.
    package static func active(ofRotated name: String) -> String? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        // `memory.TIME-NUMBER.jsonl`, or `memory.TIME-NUMBER` if the active file has no suffix.
        for index in [parts.count - 2, parts.count - 1] where index > 0 {
            let active = (parts[..<index] + parts[(index + 1)...]).joined(separator: ".")
            if RollingFileName(active: active).parseRotated(name) != nil { return active }
        }
        return nil
    }

    /// Returns the process identifier in a name, if it is exactly that of a further process's file.
    package func parseProcess(_ name: String) -> Int32? {
        guard let middle = middle(of: name), Self.isDigits(middle), middle.first != "0" else { return nil }
        return Int32(middle)
    }

    private func middle(of name: String) -> Substring? {
        // Compares bytes: as strings, names of different files may compare equal (composed and decomposed letters).
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
