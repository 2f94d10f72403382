import Glibc
public import SystemPackage

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

/// The files of one rolling file as they are on disk.
public enum RollingFileSet {
    /// The rotated files of `path`, oldest first, then `path` itself if it is there.
    ///
    /// - Parameter path: The active file.
    /// - Returns: Their paths.
    /// - Throws: ``RecordError/cannotOpen(path:errno:)`` when the directory cannot be read.
    public static func files(of path: FilePath) throws(RecordError) -> [FilePath] {
        guard path != "-", let last = path.lastComponent?.string else { return [path] }
        let directory = path.removingLastComponent()
        let names = RollingFileName(active: last)
        let listed = try entries(of: directory.isEmpty ? "." : directory)
        let rotated = listed.compactMap { name in names.parseRotated(name).map { (name, $0) } }
            .sorted { ($0.1.number, $0.1.time) < ($1.1.number, $1.1.time) }
        return rotated.map { directory.appending($0.0) } + (listed.contains(last) ? [path] : [])
    }

    /// The active files in a directory whose rolling files hold records, by name; one may have rotated files only.
    package static func activeFiles(in directory: FilePath) throws(RecordError) -> [FilePath] {
        var names: Set<String> = []
        for name in try entries(of: directory) where holdsRecords(directory.appending(name)) {
            names.insert(RollingFileName.active(ofRotated: name) ?? name)
        }
        return names.sorted().map { directory.appending($0) }
    }

    /// A log directory has other files too.
    private static func holdsRecords(_ path: FilePath) -> Bool {
        // Not to wait for a pipe's writer.
        guard let file = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking]) else {
            return false
        }
        defer { try? file.close() }
        return withUnsafeTemporaryAllocation(byteCount: Header.firstBytes.count, alignment: 1) { buffer in
            (try? file.read(into: buffer)) == buffer.count && buffer.elementsEqual(Header.firstBytes)
        }
    }

    private static func entries(of directory: FilePath) throws(RecordError) -> [String] {
        guard let stream = opendir(directory.string) else {
            throw .cannotOpen(path: directory.string, errno: Errno(rawValue: errno))
        }
        defer { closedir(stream) }
        return names(in: stream)
    }

    /// Names that are not UTF-8 get replacement characters, which no name of ours has.
    package static func names(in stream: OpaquePointer) -> [String] {
        var names: [String] = []
        while let entry = readdir(stream) {
            // Not `entry.pointee`: that copies the declared 256 bytes of the name, the buffer holds the real ones only.
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
            let name = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            names.append(String(cString: name))
        }
        return names
    }
}
