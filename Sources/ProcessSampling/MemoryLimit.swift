/// The memory limit of the process's control groups.
package enum MemoryLimit {
    /// Returns the smallest limit of the process's control group and the groups above it, in bytes; `nil` if there is
    /// none.
    package static func current() -> Int? {
        limit(groups: SmallFile.ofProcess("cgroup") ?? "", mount: ControlGroup.mount)
    }

    static func limit(groups: String, mount: String) -> Int? {
        ControlGroup.all(groups: groups, mount: mount).compactMap(\.limit).min()
    }
}
