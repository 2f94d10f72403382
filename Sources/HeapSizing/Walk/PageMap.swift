internal import Glibc
internal import TrackingRecords

/// Reads the kernel's state of the pages of this process.
struct PageMap: ~Copyable {
    /// The bytes of a page: 4096, and on arm64 up to 64 KiB.
    let pageSize = UInt(getpagesize())

    private let file: OwnedDescriptor?

    init() { file = try? OwnedDescriptor(process: "pagemap") }

    /// Indicates whether the page is in memory (bit 63) or swapped out (bit 62); true if the kernel does not report it.
    ///
    /// Reading an untouched page of a reserved range maps at least the page of zeroes, which counts as used memory.
    func isTouched(_ address: UInt) -> Bool { entry(address).map { $0 >> 62 != 0 } ?? true }

    /// Indicates whether the page has content that belongs to no file (bit 61), as every page of malloc's; `nil` if the
    /// kernel does not report it.
    func isPrivate(_ address: UInt) -> Bool? { entry(address).map { $0 >> 62 != 0 && $0 >> 61 & 1 == 0 } }

    private func entry(_ address: UInt) -> UInt64? {
        var entry: UInt64 = 0
        let place = Int(address / pageSize * 8)
        let count = withUnsafeMutableBytes(of: &entry) { try? file?.read(into: $0, at: place) }
        return count == 8 ? entry : nil
    }
}
