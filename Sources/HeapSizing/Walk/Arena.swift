internal import Glibc

/// Memory of the walk's own, asked of the kernel: what is walked must not change by being walked.
///
/// Pages cost nothing until they are written to, so that reserving much is cheap.
struct Arena<Element: BitwiseCopyable> {
    let base: UnsafeMutablePointer<Element>
    let capacity: Int

    /// Reserves zeroed memory; `nil` where the kernel has none to give.
    init?(capacity: Int) {
        let bytes = capacity * MemoryLayout<Element>.stride
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0), memory != MAP_FAILED else {
            return nil
        }
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

    /// Bytes that are in memory.
    var residentBytes: Int {
        let page = 4096
        var residence = [UInt8](repeating: 0, count: (bytes + page - 1) / page)
        guard mincore(base, bytes, &residence) == 0 else { return 0 }
        return residence.reduce(0) { $0 + Int($1 & 1) } * page
    }

    func deallocate() { munmap(base, bytes) }
}
