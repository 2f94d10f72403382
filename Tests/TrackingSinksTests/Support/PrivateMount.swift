import Glibc
import SystemPackage

/// A mount of one test, in a mount namespace that nobody else sees.
final class PrivateMount {
    private let path: FilePath

    init(tmpfsAt path: FilePath, options: String) throws {
        self.path = path
        try Self.mount("tmpfs", path, type: "tmpfs", flags: 0, options)
    }

    /// Mounts a directory over itself, to be made read-only.
    init(bindOf path: FilePath) throws {
        self.path = path
        try Self.mount(path.string, path, type: "none", flags: UInt(MS_BIND), "")
    }

    deinit { umount2(path.string, Int32(MNT_DETACH)) }

    func remount(readOnly: Bool) throws {
        let flags = UInt(MS_REMOUNT | MS_BIND) | (readOnly ? UInt(MS_RDONLY) : 0)
        try Self.mount("none", path, type: "none", flags: flags, "")
    }

    private static func mount(
        _ source: String,
        _ path: FilePath,
        type: String,
        flags: UInt,
        _ options: String
    ) throws {
        guard Glibc.mount(source, path.string, type, flags, options) == 0 else { throw Errno(rawValue: errno) }
    }
}
