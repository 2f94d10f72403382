internal import Glibc

/// Which pages of this process have ever been written to.
///
/// To read an untouched page of a reserved range maps one, if only the page of zeroes, and counts as memory used.
struct PageMap {
    /// Bytes: 4096, and on arm64 up to 64 KiB.
    let pageSize = UInt(getpagesize())

    private let descriptor: Int32

    init() { descriptor = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC) }

    func close() { if descriptor >= 0 { _ = Glibc.close(descriptor) } }

    /// The page is in memory (bit 63) or was put out of it (bit 62); true where the kernel does not tell.
    func isTouched(_ address: UInt) -> Bool {
        var entry: UInt64 = 0
        let place = off_t(address / pageSize * 8)
        guard descriptor >= 0, pread(descriptor, &entry, 8, place) == 8 else { return true }
        return entry >> 62 != 0
    }
}
