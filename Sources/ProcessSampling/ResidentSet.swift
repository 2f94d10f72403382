import CTrackingRuntime
import Glibc

/// The resident set alone, for a look between two samples.
package enum ResidentSet {
    /// Bytes now, from `/proc/self/statm`; `nil` where the kernel does not tell.
    ///
    /// Opened with each look: the file means whichever process reads it, and no descriptor has to be guarded. It takes
    /// some microseconds.
    package static func current() -> Int? {
        // A string would be copied for the call.
        let path = StaticString("/proc/self/statm")
        let descriptor = path.withUTF8Buffer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { name in
                name.baseAddress.map { open($0, O_RDONLY | O_CLOEXEC) } ?? -1
            }
        }
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 128) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            guard count > 0 else { return nil }
            // Pages: "size resident shared …". Nothing is allocated, also where memory is short.
            var pages: Int?
            var spaces = 0
            for index in 0..<count where spaces < 2 {
                let byte = buffer[index]
                if byte == UInt8(ascii: " ") {
                    spaces += 1
                } else if spaces == 1 {
                    guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                    pages = (pages ?? 0) &* 10 &+ Int(byte &- UInt8(ascii: "0"))
                }
            }
            return pages.map { $0 &* Int(sysconf(Int32(_SC_PAGESIZE))) }
        }
    }
}
