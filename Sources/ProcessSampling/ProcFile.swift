import CTrackingRuntime
import Glibc
import SystemPackage
import TrackingRecords

/// One file of `/proc/self`, opened once and kept.
///
/// A kept descriptor has two dangers. It means the process that opened it, so a forked child would read, and reset, its
/// parent. And a host that closes descriptors it does not know (`closefrom`) may be given the number again for a
/// connection of its own, into which we would write. So every use checks the process and what the number now means.
struct ProcFile: ~Copyable {
    private let path: StaticString
    private let flags: Int32
    private var descriptor: Int32 = -1
    private var identity: FileIdentity?
    private var process: pid_t = 0

    init(path: StaticString, flags: Int32) {
        self.path = path
        self.flags = flags
    }

    deinit {
        if let identity, FileIdentity(descriptor: descriptor) == identity { close(descriptor) }
    }

    /// The kept descriptor without a look at what it means now: for reads whose result tells; negative where there is none.
    var kept: Int32 { identity != nil && process == ct_process_id() ? descriptor : -1 }

    /// The descriptor, opened again where the kept one is not ours any more; a negative errno where that fails.
    mutating func current() -> Int32 {
        let process = ct_process_id()
        if let identity {
            let isOurs = FileIdentity(descriptor: descriptor) == identity
            if isOurs, process == self.process { return descriptor }
            // Only what is still ours may be closed: any other number belongs to the host.
            if isOurs { close(descriptor) }
        }
        identity = nil
        descriptor = path.withUTF8Buffer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { name in
                name.baseAddress.map { open($0, flags | O_CLOEXEC) } ?? -1
            }
        }
        guard descriptor >= 0 else { return -errno }
        identity = FileIdentity(descriptor: descriptor)
        self.process = process
        return descriptor
    }
}
