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
    private var descriptor: Int32 = -1
    private var identity: FileIdentity?
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

    deinit {
        if let identity, FileIdentity(descriptor: descriptor) == identity { Glibc.close(descriptor) }
        address.deallocate()
    }

    /// Closes the socket; sending opens another one.
    mutating func close() {
        if let identity, FileIdentity(descriptor: descriptor) == identity { Glibc.close(descriptor) }
        identity = nil
    }

    /// Sends one entry.
    ///
    /// - Returns: 0, or the errno of the failure: `EAGAIN` where journald does not read, `ENOENT` and `ECONNREFUSED` where
    ///   there is none.
    mutating func send(_ entry: UnsafeRawBufferPointer) -> Int32 {
        guard !isTooLong else { return ENAMETOOLONG }
        if identity == nil || FileIdentity(descriptor: descriptor) != identity {
            let error = open()
            if error != 0 { return error }
        }
        let error = write(entry)
        guard error != 0, error != EAGAIN, error != EINTR else { return error }
        // The journald of before is gone: ECONNREFUSED, or EPIPE or ENOTCONN where that is just happening.
        let failure = connect()
        return failure == 0 ? write(entry) : failure
    }

    private func write(_ entry: UnsafeRawBufferPointer) -> Int32 {
        Glibc.send(descriptor, entry.baseAddress, entry.count, Int32(MSG_NOSIGNAL)) >= 0 ? 0 : errno
    }

    private func connect() -> Int32 {
        let (descriptor, length) = (descriptor, addressLength)
        let result = address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            Glibc.connect(descriptor, address, length)
        }
        return result == 0 ? 0 : errno
    }

    private mutating func open() -> Int32 {
        // A descriptor that is not ours any more belongs to the host and is not closed.
        identity = nil
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        var wait = timeval(tv_sec: 0, tv_usec: Self.patience)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        identity = FileIdentity(descriptor: descriptor)
        return connect()
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
