internal import Glibc
internal import TrackingRecords

/// What the kernel says of the pages of this process.
struct PageMap: ~Copyable {
    /// Bytes: 4096, and on arm64 up to 64 KiB.
    let pageSize = UInt(getpagesize())

    private let file: OwnedDescriptor?

    init() { file = try? OwnedDescriptor(process: "pagemap") }

    /// The page is in memory (bit 63) or was put out of it (bit 62); true where the kernel does not tell.
    ///
    /// To read an untouched page of a reserved range maps one, if only the page of zeroes, and counts as memory used.
    func isTouched(_ address: UInt) -> Bool { entry(address).map { $0 >> 62 != 0 } ?? true }

    /// The page has something in it that belongs to no file (bit 61), as every page of malloc's; `nil` where the kernel does
    /// not tell.
    func isPrivate(_ address: UInt) -> Bool? { entry(address).map { $0 >> 62 != 0 && $0 >> 61 & 1 == 0 } }

    private func entry(_ address: UInt) -> UInt64? {
        var entry: UInt64 = 0
        let place = Int(address / pageSize * 8)
        let count = withUnsafeMutableBytes(of: &entry) { try? file?.read(into: $0, at: place) }
        return count == 8 ? entry : nil
    }
}
