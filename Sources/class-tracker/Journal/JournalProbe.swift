#if CLI
import Glibc
import SystemPackage

/// Whether journald takes entries, found out without writing one.
enum JournalProbe {
    static let socketPath = "/run/systemd/journal/socket"

    /// Why it does not; `nil` when it does.
    static func error(path: String = socketPath) -> String? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return "no UNIX sockets: \(Errno(rawValue: errno))" }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            for (index, byte) in path.utf8.prefix(room.count - 1).enumerated() { room[index] = byte }
        }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if connected == 0 { return nil }
        switch errno {
        case ENOENT: return "\(path): there is no such socket; journald is not running"
        case ECONNREFUSED: return "\(path): nobody listens; journald is not running"
        default: return "\(path): \(Errno(rawValue: errno))"
        }
    }
}
#endif
