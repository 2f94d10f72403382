#if CLI
import Glibc

/// Memory straight from the kernel, touched and so resident, which goes back to it in full when it is let go.
///
/// What `free` is given stays with malloc for a while, which would blur the demo's picture.
struct MappedMemory: ~Copyable {
    private let base: UnsafeMutableRawPointer
    private let byteCount: Int

    /// Maps and touches memory; `nil` where the kernel has none.
    init?(byteCount: Int) {
        guard byteCount > 0 else { return nil }
        let protection = PROT_READ | PROT_WRITE
        let mapped = mmap(nil, byteCount, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else { return nil }
        base = mapped
        self.byteCount = byteCount
        // MADV_POPULATE_WRITE of Linux 5.14: one call instead of a fault for each page.
        if madvise(base, byteCount, 23) == 0 { return }
        for offset in stride(from: 0, to: byteCount, by: 4096) {
            base.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
        }
    }

    deinit {
        munmap(base, byteCount)
    }
}
#endif
