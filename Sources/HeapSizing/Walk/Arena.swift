internal import CTrackingRuntime
internal import Glibc
internal import TrackingRecords

/// Memory for the walk, mapped by the kernel: the walk must not change the heap that it measures.
///
/// Pages use no memory until they are written, so that reserving many is cheap.
struct Arena<Element: BitwiseCopyable> {
    let base: UnsafeMutablePointer<Element>
    let capacity: Int

    /// Reserves zeroed memory; `nil` if the kernel has none.
    init?(capacity: Int) {
        let bytes = capacity * MemoryLayout<Element>.stride
        guard let memory = ct_reserve(bytes, 0) else { return nil }
        // A huge page would use 2 MiB for the first bit.
        madvise(memory, bytes, MADV_NOHUGEPAGE)
        base = memory.bindMemory(to: Element.self, capacity: capacity)
        self.capacity = capacity
    }

    init(base: UnsafeMutablePointer<Element>, capacity: Int) {
        self.base = base
        self.capacity = capacity
    }

    var bytes: Int { capacity * MemoryLayout<Element>.stride }

    /// The bytes that are in memory; 0 if the kernel does not report them.
    ///
    /// Read from /proc, because mincore(2) is usually not among the system calls that a service may use
    /// (@system-service), and would end the process.
    var residentBytes: Int {
        let page = Int(getpagesize())
        let perPage = MemoryLayout<UInt64>.size
        guard let file = try? OwnedDescriptor(process: "pagemap") else { return 0 }
        let first = Int(bitPattern: base) / page
        let count = (bytes + page - 1) / page
        var pages = [UInt64](repeating: 0, count: count)
        let read = pages.withUnsafeMutableBytes { (try? file.read(into: $0, at: first * perPage)) ?? 0 }
        // The highest bit means that the page is present.
        return pages.prefix(read / perPage).count { $0 >> 63 != 0 } * page
    }

    func deallocate() { ct_unmap(base, bytes) }
}
