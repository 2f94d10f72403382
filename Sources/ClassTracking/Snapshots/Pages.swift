import Glibc
import Synchronization

/// Memory by the page.
enum Pages {
    private static let hugePage = 2 << 20
    /// MADV_POPULATE_WRITE, since Linux 5.14.
    private static let populateWrite: Int32 = 23

    private static let inUse = Atomic(0)
    private static let mostInUse = Atomic(0)

    /// The most bytes that were in use at one time since the last call: what snapshots have added to the process's own
    /// peak.
    static func takePeak() -> Int {
        max(mostInUse.exchange(inUse.load(ordering: .relaxed), ordering: .relaxed), inUse.load(ordering: .relaxed))
    }

    static func map<Element: BitwiseCopyable>(
        _: Element.Type,
        _ count: Int
    ) -> UnsafeMutableBufferPointer<Element>? {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let bytes = max(1, count) * MemoryLayout<Element>.stride
        guard let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0), memory != MAP_FAILED else {
            return nil
        }
        // All of it will be written at once, partly under locks that the host's threads want: a fault for each page takes
        // longer than writing the page. A kernel that does not know how leaves it as it is.
        if bytes >= hugePage { madvise(memory, bytes, MADV_HUGEPAGE) }
        madvise(memory, bytes, populateWrite)
        let now = inUse.add(bytes, ordering: .relaxed).newValue
        _ = mostInUse.max(now, ordering: .relaxed)
        return UnsafeMutableBufferPointer(start: memory.bindMemory(to: Element.self, capacity: count), count: count)
    }

    static func unmap<Element: BitwiseCopyable>(_ memory: UnsafeMutableBufferPointer<Element>) {
        guard let first = memory.baseAddress else { return }
        let bytes = max(1, memory.count) * MemoryLayout<Element>.stride
        munmap(first, bytes)
        inUse.subtract(bytes, ordering: .relaxed)
    }
}
