/// The amount of memory that this process can still allocate.
package enum MemoryHeadroom {
    /// Returns the bytes to the nearest limit: that of a control group, or the machine's available memory; `nil` if
    /// neither is known.
    package static func current() -> Int? {
        headroom(
            groups: SmallFile.ofProcess("cgroup") ?? "",
            mount: ControlGroup.mount,
            meminfo: SmallFile.contents(of: "/proc/meminfo") ?? ""
        )
    }

    static func headroom(groups: String, mount: String, meminfo: String) -> Int? {
        var headrooms = ControlGroup.all(groups: groups, mount: mount)
            .compactMap { group -> Int? in
                guard let limit = group.limit, let usage = group.usage else { return nil }
                return max(0, limit - usage)
            }
        if let available = SmallFile.number("MemAvailable", in: meminfo) { headrooms.append(available * 1024) }
        return headrooms.min()
    }

    /// Returns the bytes that the kernel would still commit if it does not overcommit (`vm.overcommit_memory` is 2);
    /// `nil` if it overcommits.
    package static func commitHeadroom() -> Int? {
        commitHeadroom(
            mode: SmallFile.contents(of: "/proc/sys/vm/overcommit_memory") ?? "",
            meminfo: SmallFile.contents(of: "/proc/meminfo") ?? ""
        )
    }

    static func commitHeadroom(mode: String, meminfo: String) -> Int? {
        guard mode.first == "2", let limit = SmallFile.number("CommitLimit", in: meminfo),
            let committed = SmallFile.number("Committed_AS", in: meminfo)
        else { return nil }
        return max(0, limit - committed) * 1024
    }
}
