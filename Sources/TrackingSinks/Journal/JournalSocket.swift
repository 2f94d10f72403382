import Glibc
import SystemPackage
import TrackingRecords

/// Sends datagrams to journald, on a socket of its own that never blocks for long.
///
/// `sd_journal_sendv` blocks without end for a stalled journald, reports success without a journald, and writes into
/// the file that received its descriptor's number after a host's `closefrom`. So this type implements the native
/// protocol, as its documentation suggests (systemd.io/JOURNAL_NATIVE_PROTOCOL). The socket is connected, which saves
/// the kernel a third of a datagram's time; if the other end is closed, the path is resolved again, which finds a
/// restarted journald.
struct JournalSocket: ~Copyable {
    /// The longest time that one datagram may wait for journald, in microseconds.
    private static let patience = 50_000

    let path: String
    private var socket: OwnedDescriptor?
    /// Indicates whether the host has ever closed the socket, which was then opened again.
    private(set) var wasClosedByHost = false
    private let address: UnsafeMutablePointer<sockaddr_un>
    private let addressLength: socklen_t
    private let isTooLong: Bool

    init(path: String) {
        self.path = path
        address = .allocate(capacity: 1)
        address.initialize(to: sockaddr_un())
        address.pointee.sun_family = sa_family_t(AF_UNIX)
        let longestPath = MemoryLayout.size(ofValue: address.pointee.sun_path) - 1
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        isTooLong = path.utf8.count > longestPath
        let name = Array(path.utf8.prefix(longestPath))
        UnsafeMutableRawPointer(address).advanced(by: offset).copyMemory(from: name, byteCount: name.count)
        addressLength = socklen_t(offset + name.count + 1)
    }

    deinit { address.deallocate() }

    /// Closes the socket; the next send opens another one.
    mutating func close() { socket = nil }

    /// Sends one entry.
    ///
    /// - Returns: 0, or the errno of the failure: `EAGAIN` if journald does not read, `ENOENT` and `ECONNREFUSED` if
    ///   there is none.
    mutating func send(_ entry: UnsafeRawBufferPointer) -> Int32 {
        guard !isTooLong else { return ENAMETOOLONG }
        do throws(Errno) {
            do throws(Errno) {
                if try sendIfOpen(entry) { return 0 }
            } catch .badFileDescriptor {
                // The host has closed the socket, and the number is now the host's.
                socket = nil
                wasClosedByHost = true
            } catch .resourceTemporarilyUnavailable {
                return EAGAIN
            } catch .interrupted {
                return EINTR
            } catch {
                // The previous journald has ended: ECONNREFUSED, or EPIPE or ENOTCONN while it is ending.
            }
            try connect()
            return try sendIfOpen(entry) ? 0 : EBADF
        } catch {
            return error.rawValue
        }
    }

    /// Connects, without sending anything.
    ///
    /// - Returns: 0 if journald listens, or the errno of the failure.
    mutating func probe() -> Int32 {
        guard !isTooLong else { return ENAMETOOLONG }
        do throws(Errno) {
            try connect()
            return 0
        } catch {
            return error.rawValue
        }
    }

    private func sendIfOpen(_ entry: UnsafeRawBufferPointer) throws(Errno) -> Bool {
        try socket?.send(entry) != nil
    }

    private mutating func connect() throws(Errno) {
        if socket == nil {
            let opened = try OwnedDescriptor(socket: AF_UNIX, type: Int32(SOCK_DGRAM.rawValue))
            try opened.setPatience(microseconds: Self.patience)
            socket = consume opened
        }
        try socket?.connect(address, addressLength)
    }

    static func explain(_ error: Int32) -> String {
        switch error {
        case EAGAIN: "journald does not read its socket (stopped, or overloaded)"
        case ENOENT, ECONNREFUSED: "journald is not running"
        case EAFNOSUPPORT: "the service may not use AF_UNIX sockets; add AF_UNIX to RestrictAddressFamilies="
        default: "sending failed: \(Errno(rawValue: error))"
        }
    }
}
