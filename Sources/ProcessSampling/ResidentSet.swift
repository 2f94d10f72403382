import Glibc
import TrackingRecords

/// Reads the resident set alone, for a check between two samples.
package enum ResidentSet {
    /// Returns the current bytes from `/proc/thread-self/statm`; `nil` if the kernel does not report them.
    ///
    /// The file is opened for each reading, which takes some microseconds. Nothing is allocated, even if memory is
    /// short.
    package static func current() -> Int? {
        guard let file = try? OwnedDescriptor(process: "statm") else { return nil }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 128) { buffer in
            guard let count = try? file.read(into: UnsafeMutableRawBufferPointer(buffer)), count > 0 else { return nil }
            // In pages: "size resident shared …".
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
