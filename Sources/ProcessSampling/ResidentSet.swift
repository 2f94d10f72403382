import Glibc
import TrackingRecords

/// The resident set alone, for a look between two samples.
package enum ResidentSet {
    /// Bytes now, from `/proc/thread-self/statm`; `nil` where the kernel does not tell.
    ///
    /// Opened with each look, which takes some microseconds. Nothing is allocated, also where memory is short.
    package static func current() -> Int? {
        guard let file = try? OwnedDescriptor(process: "statm") else { return nil }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 128) { buffer in
            guard let count = try? file.read(into: UnsafeMutableRawBufferPointer(buffer)), count > 0 else { return nil }
            // Pages: "size resident shared …".
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
