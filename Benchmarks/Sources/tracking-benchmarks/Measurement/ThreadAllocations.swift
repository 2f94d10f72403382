import CBenchmarkPeers
import ClassTracking
import Glibc

/// Heap allocations of the threads of this process, by what the threads are for.
struct ThreadAllocations {
    /// On the main thread, which only waits and looks.
    private(set) var main = 0
    /// On the thread that feeds the sinks.
    private(set) var sinks = 0
    /// On all others: those of Dispatch, the timer's among them.
    private(set) var sampling = 0

    /// The counts up to now.
    static func now() -> ThreadAllocations {
        var sum = ThreadAllocations()
        for index in 0..<bp_allocation_threads() {
            let thread = bp_allocation_thread(index)
            let count = Int(bp_allocations(index))
            if thread == getpid() {
                sum.main += count
            } else if name(of: thread) == "tracker-sinks" {
                sum.sinks += count
            } else {
                sum.sampling += count
            }
        }
        return sum
    }

    static func - (later: ThreadAllocations, earlier: ThreadAllocations) -> ThreadAllocations {
        var difference = ThreadAllocations()
        difference.main = later.main - earlier.main
        difference.sinks = later.sinks - earlier.sinks
        difference.sampling = later.sampling - earlier.sampling
        return difference
    }

    private static func name(of thread: Int32) -> String {
        guard let file = try? FileDescriptor.open("/proc/self/task/\(thread)/comm", .readOnly) else { return "" }
        defer { try? file.close() }
        return withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            let count = (try? file.read(into: buffer)) ?? 0
            return String(decoding: buffer[..<max(0, count - 1)], as: UTF8.self)
        }
    }
}
