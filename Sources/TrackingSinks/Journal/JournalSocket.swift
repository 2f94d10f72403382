import Glibc
import SystemPackage
import TrackingRecords

/// Sends datagrams to journald, on a socket of our own that cannot block for long.
///
/// `sd_journal_sendv` blocks for ever behind a stalled journald, says success where there is no journald, and writes into
/// whatever got its descriptor's number after a host's `closefrom`. So the native protocol is spoken here: its
/// documentation invites that (systemd.io/JOURNAL_NATIVE_PROTOCOL). The socket is connected, which saves the kernel a third
/// of a datagram's time; where the other end is gone, the path is resolved anew, so that a journald that was restarted
/// is simply found.
struct JournalSocket: ~Copyable {
    /// How long one datagram may wait for journald, in microseconds.
    private static let patience = 50_000

    let path: String
    private var socket: OwnedDescriptor?
    /// The host has closed the socket at some time, which was opened again.
    private(set) var wasClosedByHost = false
    private let address: UnsafeMutablePointer<sockaddr_un>
    private let addressLength: socklen_t
    private let isTooLong: Bool

    init(path: String) {
        self.path = path
        address = .allocate(capacity: 1)
        address.initialize(to: sockaddr_un())
        address.pointee.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.pointee.sun_path) - 1
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        isTooLong = path.utf8.count > room
        let name = Array(path.utf8.prefix(room))
        UnsafeMutableRawPointer(address).advanced(by: offset).copyMemory(from: name, byteCount: name.count)
        addressLength = socklen_t(offset + name.count + 1)
    }

    deinit { address.deallocate() }

    /// Closes the socket; sending opens another one.
    mutating func close() { socket = nil }

    /// Sends one entry.
    ///
    /// - Returns: 0, or the errno of the failure: `EAGAIN` where journald does not read, `ENOENT` and `ECONNREFUSED` where
    ///   there is none.
    mutating func send(_ entry: UnsafeRawBufferPointer) -> Int32 {
        guard !isTooLong else { return ENAMETOOLONG }
        do throws(Errno) {
            do throws(Errno) {
                if try sendIfOpen(entry) { return 0 }
            } catch .badFileDescriptor {
                // The host has closed it, and the number is the host's.
                socket = nil
                wasClosedByHost = true
            } catch .resourceTemporarilyUnavailable {
                return EAGAIN
            } catch .interrupted {
                return EINTR
            } catch {
                // The journald of before is gone: ECONNREFUSED, or EPIPE or ENOTCONN where that is just happening.
            }
            try connect()
            return try sendIfOpen(entry) ? 0 : EBADF
        } catch {
            return error.rawValue
        }
    }

    /// Connects, without sending anything.
    ///
    /// - Returns: 0 where journald listens, or the errno of the failure.
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
