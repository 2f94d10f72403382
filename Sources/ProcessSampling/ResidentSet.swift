import CTrackingRuntime
import Glibc

/// The resident set alone, for a look between two samples.
package enum ResidentSet {
    /// Bytes now, from `/proc/self/statm`; `nil` where the kernel does not tell.
    ///
    /// Opened with each look: the file means whichever process reads it, and no descriptor has to be guarded. It takes
    /// some microseconds.
    package static func current() -> Int? {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 128) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            guard count > 0 else { return nil }
            // Pages: "size resident shared …".
            let fields = buffer[..<count].split(separator: UInt8(ascii: " "), maxSplits: 2)
            guard fields.count > 1 else { return nil }
            var pages = 0
            for digit in fields[1] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
                pages = pages &* 10 &+ Int(digit &- UInt8(ascii: "0"))
            }
            return pages &* Int(sysconf(Int32(_SC_PAGESIZE)))
        }
    }
}
