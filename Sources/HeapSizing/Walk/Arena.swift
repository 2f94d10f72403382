internal import CTrackingRuntime
internal import Glibc
internal import TrackingRecords

/// Memory of the walk's own, asked of the kernel: what is walked must not change by being walked.
///
/// Pages cost nothing until they are written to, so that reserving much is cheap.
struct Arena<Element: BitwiseCopyable> {
    let base: UnsafeMutablePointer<Element>
    let capacity: Int

    /// Reserves zeroed memory; `nil` where the kernel has none to give.
    init?(capacity: Int) {
        let bytes = capacity * MemoryLayout<Element>.stride
        guard let memory = ct_reserve(bytes, 0) else { return nil }
        // A huge page would make 2 MiB of the first bit.
        madvise(memory, bytes, MADV_NOHUGEPAGE)
        base = memory.bindMemory(to: Element.self, capacity: capacity)
        self.capacity = capacity
    }

    init(base: UnsafeMutablePointer<Element>, capacity: Int) {
        self.base = base
        self.capacity = capacity
    }

    var bytes: Int { capacity * MemoryLayout<Element>.stride }

    /// Bytes that are in memory; 0 where the kernel does not say.
    ///
    /// From /proc, because mincore(2) is not among the calls that a service is allowed as a rule (@system-service), and would
    /// be its end.
    var residentBytes: Int {
        let page = Int(getpagesize())
        let perPage = MemoryLayout<UInt64>.size
        guard let file = try? OwnedDescriptor(process: "pagemap") else { return 0 }
        let first = Int(bitPattern: base) / page
        let count = (bytes + page - 1) / page
        var pages = [UInt64](repeating: 0, count: count)
        let read = pages.withUnsafeMutableBytes { (try? file.read(into: $0, at: first * perPage)) ?? 0 }
        // The highest bit says that the page is there.
        return pages.prefix(read / perPage).count { $0 >> 63 != 0 } * page
    }

    func deallocate() { ct_unmap(base, bytes) }
}
