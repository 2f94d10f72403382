import SystemPackage

/// A memory control group that contains the process, or one above it.
struct ControlGroup {
    static let mount = "/sys/fs/cgroup"

    let directory: FilePath
    /// Indicates whether it is of version 2, in which one group limits everything.
    let isUnified: Bool

    /// Returns the groups in `/proc/self/cgroup` and those above them, whether or not they exist.
    ///
    /// Inside a container, the group's path may not exist below the mount, whose root then is the container's own
    /// group.
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

    /// The limit in bytes; `nil` if there is none: version 2 gives `max`, version 1 a number near 2⁶³.
    var limit: Int? {
        number(in: isUnified ? "memory.max" : "memory.limit_in_bytes").flatMap { $0 < 1 << 60 ? $0 : nil }
    }

    /// The bytes in use that the kernel cannot reclaim easily: without the pages of files that were not used for a
    /// while.
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
