import Glibc
import SystemPackage

/// The memory that the control group leaves to this process.
package enum MemoryLimit {
    /// The smallest limit of the process's control group and the groups above it, in bytes; `nil` when there is none.
    ///
    /// Version 2 has `memory.max` (`max` is none), version 1 `memory.limit_in_bytes` (a number near 2⁶³ is none). Inside of
    /// a container the group's path may not exist below the mount; its root then is the container's own group.
    package static func current() -> Int? {
        limit(groups: contents(of: "/proc/self/cgroup") ?? "", mount: "/sys/fs/cgroup")
    }

    static func limit(groups: String, mount: String) -> Int? {
        var limits: [Int] = []
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isUnified = parts[1].isEmpty
            guard isUnified || parts[1].split(separator: ",").contains("memory") else { continue }
            let roots = isUnified ? [mount, mount + "/unified"] : [mount + "/memory"]
            let file = isUnified ? "memory.max" : "memory.limit_in_bytes"
            for root in roots {
                var group = FilePath(String(parts[2]))
                while true {
                    let path = FilePath(root).appending(group.components).appending(file)
                    if let limit = contents(of: path.string).flatMap(parse) { limits.append(limit) }
                    if !group.removeLastComponent() { break }
                }
            }
        }
        return limits.min()
    }

    private static func parse(_ text: String) -> Int? {
        guard let limit = Int(text.prefix { $0.isNumber }), limit < 1 << 60 else { return nil }
        return limit
    }

    private static func contents(of path: String) -> String? {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return nil }
        defer { try? file.close() }
        return withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 1) { buffer in
            (try? file.read(into: buffer)).map { String(decoding: buffer[..<$0], as: UTF8.self) }
        }
    }
}
