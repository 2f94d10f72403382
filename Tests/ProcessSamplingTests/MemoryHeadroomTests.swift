import Glibc
import SystemPackage
import Testing
import TrackingTestSupport

@testable import ProcessSampling

@Suite("Memory that is left")
struct MemoryHeadroomTests {
    private let meminfo = "MemTotal:  1000 kB\nMemAvailable:   300 kB\nCommitLimit: 900 kB\nCommitted_AS: 650 kB\n"

    /// What stands in for the mount of control groups.
    private struct Mount {
        private let directory = TemporaryDirectory()
        var path: String { directory.path.string }

        func add(directory name: String) { mkdir("\(path)/\(name)", 0o700) }
        func add(file name: String, _ text: String) throws { try directory.write(text, to: name) }
    }

    private func headroom(_ groups: String, _ mount: String, _ meminfo: String) -> Int? {
        MemoryHeadroom.headroom(groups: groups, mount: mount, meminfo: meminfo)
    }

    @Test("A control group leaves its limit less what it uses, but for files that nobody uses")
    func unified() throws {
        let mount = Mount()
        mount.add(directory: "inner")
        try mount.add(file: "inner/memory.max", "1000000\n")
        try mount.add(file: "inner/memory.current", "900000\n")
        try mount.add(file: "inner/memory.stat", "file 9\ninactive_file 400000\n")
        #expect(headroom("0::/inner\n", mount.path, "MemAvailable: 99999 kB\n") == 500_000)
        // The machine may have less.
        #expect(headroom("0::/inner\n", mount.path, meminfo) == 300 * 1024)
    }

    @Test("So does one of version 1")
    func firstVersion() throws {
        let mount = Mount()
        mount.add(directory: "memory")
        mount.add(directory: "memory/inner")
        try mount.add(file: "memory/inner/memory.limit_in_bytes", "1000000\n")
        try mount.add(file: "memory/inner/memory.usage_in_bytes", "900000\n")
        try mount.add(file: "memory/inner/memory.stat", "inactive_file 7\ntotal_inactive_file 400000\n")
        #expect(headroom("3:cpu,memory:/inner\n", mount.path, "MemAvailable: 99999 kB\n") == 500_000)
    }

    @Test("Without a control group it is what the machine has left")
    func machine() {
        #expect(headroom("", "/nonexistent", meminfo) == 300 * 1024)
        #expect(headroom("", "/nonexistent", "") == nil)
        #expect((MemoryHeadroom.current() ?? 0) > 0)
    }

    @Test("Where the kernel promises no more than it has, the rest of that counts")
    func promises() {
        #expect(MemoryHeadroom.commitHeadroom(mode: "2\n", meminfo: meminfo) == 250 * 1024)
        #expect(MemoryHeadroom.commitHeadroom(mode: "0\n", meminfo: meminfo) == nil)
    }
}
