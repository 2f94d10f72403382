import Glibc
import SystemPackage

/// The memory that the control group leaves to this process.
package enum MemoryLimit {
    /// The smallest limit of the process's control group and the groups above it, in bytes; `nil` when there is none.
    package static func current() -> Int? {
        limit(groups: SmallFile.contents(of: "/proc/self/cgroup") ?? "", mount: ControlGroup.mount)
    }

    static func limit(groups: String, mount: String) -> Int? {
        ControlGroup.all(groups: groups, mount: mount).compactMap(\.limit).min()
    }
}

/// One control group of memory that the process is in, or one above it.
struct ControlGroup {
    static let mount = "/sys/fs/cgroup"

    let directory: FilePath
    /// Version 2, in which one group limits everything.
    let isUnified: Bool

    /// The groups that `/proc/self/cgroup` names, with those above them, whether or not they exist.
    ///
    /// Inside of a container the group's path may not exist below the mount; its root then is the container's own group.
    static func all(groups: String, mount: String) -> [ControlGroup] {
        var found: [ControlGroup] = []
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isUnified = parts[1].isEmpty
            guard isUnified || parts[1].split(separator: ",").contains("memory") else { continue }
            let roots = isUnified ? [mount, mount + "/unified"] : [mount + "/memory"]
            for root in roots {
                var group = FilePath(String(parts[2]))
                while true {
                    let directory = FilePath(root).appending(group.components)
                    found.append(ControlGroup(directory: directory, isUnified: isUnified))
                    if !group.removeLastComponent() { break }
                }
            }
        }
        return found
    }

    /// Bytes; `nil` where there is no limit: version 2 says `max`, version 1 a number near 2⁶³.
    var limit: Int? {
        number(in: isUnified ? "memory.max" : "memory.limit_in_bytes").flatMap { $0 < 1 << 60 ? $0 : nil }
    }

    /// Bytes in use that the kernel cannot simply drop: without the pages of files that nobody has used for a while.
    var usage: Int? {
        guard let all = number(in: isUnified ? "memory.current" : "memory.usage_in_bytes") else { return nil }
        let statistics = SmallFile.contents(of: directory.appending("memory.stat").string) ?? ""
        return max(
            0,
            all - (SmallFile.number(isUnified ? "inactive_file" : "total_inactive_file", in: statistics) ?? 0)
        )
    }

    private func number(in file: String) -> Int? {
        SmallFile.contents(of: directory.appending(file).string).flatMap { Int($0.prefix { $0.isNumber }) }
    }
}

/// A file of the kernel's, of some lines.
enum SmallFile {
    static func contents(of path: String) -> String? {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return nil }
        defer { try? file.close() }
        return withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 1) { buffer in
            (try? file.read(into: buffer)).map { String(decoding: buffer[..<$0], as: UTF8.self) }
        }
    }

    /// The first number in the line that begins with a name.
    static func number(_ name: String, in text: String) -> Int? {
        for line in text.split(separator: "\n") {
            guard line.hasPrefix(name), line.dropFirst(name.count).first.map({ $0 == " " || $0 == ":" }) == true else {
                continue
            }
            return Int(line.dropFirst(name.count).drop { !$0.isNumber }.prefix { $0.isNumber })
        }
        return nil
    }
}
