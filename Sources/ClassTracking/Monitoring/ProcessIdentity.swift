import CTrackingRuntime
import Glibc
import ProcessSampling
import SwiftRuntimeABI
import SystemPackage
import TrackingRecords

/// The identity of this process, for the header of its records.
enum ProcessIdentity {
    /// Returns the header; without a `memoryLimit` of the configuration it has the limit of the control group.
    static func header(startTime: Double, interval: Duration, memoryLimit: Int?) -> Header {
        Header(
            program: program,
            processID: Int(ct_process_id()),
            bootID: identifier(text(of: "/proc/sys/kernel/random/boot_id")),
            invocationID: identifier(getenv("INVOCATION_ID").map { String(cString: $0) }),
            startTime: startTime,
            interval: interval.inSeconds,
            swiftVersion: SwiftVersions.compiler,
            trackerVersion: TrackerVersion.current,
            memoryLimit: memoryLimit ?? MemoryLimit.current()
        )
    }

    /// The name of the executable's file; if that cannot be read, the kernel's name of the process, which is cut at 15
    /// bytes.
    static var program: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            let count = buffer.baseAddress.map { readlink("/proc/thread-self/exe", $0, buffer.count) } ?? -1
            guard count > 0 else { return text(of: "/proc/self/comm") ?? "unknown" }
            let path = String(decoding: UnsafeRawBufferPointer(buffer)[..<count], as: UTF8.self)
            let name = FilePath(path).lastComponent?.string ?? path
            // The kernel marks the old file after an upgrade in place.
            return name.hasSuffix(" (deleted)") ? String(name.dropLast(10)) : name
        }
    }

    /// Returns 32 hexadecimal digits, as the journal writes identifiers.
    private static func identifier(_ text: String?) -> String? {
        guard let digits = text?.filter(\.isHexDigit), digits.utf8.count == 32 else { return nil }
        return digits.lowercased()
    }

    private static func text(of path: String) -> String? {
        guard let file = try? OwnedDescriptor(opening: path, O_RDONLY) else { return nil }
        return withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            guard let count = try? file.read(into: buffer), count > 0 else { return nil }
            let text = String(decoding: buffer[..<count], as: UTF8.self)
            return text.hasSuffix("\n") ? String(text.dropLast()) : text
        }
    }
}
