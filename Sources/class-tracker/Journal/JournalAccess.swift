#if CLI
import ClassTracking
import Glibc
import SystemPackage

/// Finds out why a journal cannot be read: libsystemd silently skips files that it may not open.
enum JournalAccess {
    private static let directories = ["/var/log/journal", "/run/log/journal"]

    /// Returns the failure for the result of opening: a negative errno, or 0 if there is no entry.
    static func failure(directory: String?, error: Int32) -> CommandFailure {
        let searched = directory.map { [$0] } ?? directories
        if error == -EACCES || error == -EPERM || searched.contains(where: hasUnreadable) {
            return CommandFailure(
                .noPermission,
                "\(directory ?? "the journal"): this user may not read it; be root or a member of the group "
                    + "systemd-journal"
            )
        }
        if let directory {
            let reason =
                error < 0 ? "cannot be opened: \(Errno(rawValue: -error))" : "has no journal files with entries"
            return CommandFailure(
                error == -ENOENT || error == -ENOTDIR ? .noInput : .unavailable,
                "\(directory): \(reason)"
            )
        }
        let reason = error < 0 ? ": \(Errno(rawValue: -error))" : ""
        return CommandFailure(
            .unavailable,
            "there is no journal to read\(reason); is systemd-journald running? A rolling file can be read without it"
        )
    }

    static func readFailure(_ error: Int32) -> CommandFailure {
        CommandFailure(.inputOutput, "the journal: reading failed: \(Errno(rawValue: -error))")
    }

    /// Indicates whether the directory, or one below it, cannot be listed or has a journal file that cannot be read.
    private static func hasUnreadable(_ path: String) -> Bool {
        guard let names = names(in: path) else { return access(path, R_OK) != 0 && errno == EACCES }
        return names.contains { name in
            if name.hasPrefix(".") { return false }
            let child = "\(path)/\(name)"
            if name.hasSuffix(".journal") { return access(child, R_OK) != 0 && errno == EACCES }
            guard let files = Self.names(in: child) else { return access(child, R_OK) != 0 && errno == EACCES }
            return files.contains { $0.hasSuffix(".journal") && access("\(child)/\($0)", R_OK) != 0 && errno == EACCES }
        }
    }

    private static func names(in path: String) -> [String]? {
        try? OwnedDescriptor(opening: path, O_RDONLY | O_DIRECTORY).names()
    }
}
#endif
