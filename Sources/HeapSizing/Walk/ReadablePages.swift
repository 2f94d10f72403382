internal import CTrackingRuntime

/// Determines which pages may be read through a word that may not be a reference.
///
/// Reading any other page may block without end, or have effects: a page that another thread has yet to fill
/// (userfaultfd), a file of an unreachable server, the registers of a device. malloc's blocks lie in private pages that
/// are present.
final class ReadablePages {
    /// The number of pages that are remembered; a power of two.
    private static let places = 512

    private var pages: PageMap?
    /// For each place the number of a page, above one bit that indicates whether it may be read.
    private let known: Arena<UInt>

    init?() {
        guard let known = Arena<UInt>(capacity: Self.places) else { return nil }
        self.known = known
    }

    /// Indicates whether `bytes` from an address on may be read; `nil` if the kernel does not report it.
    func contain(_ address: UInt, bytes: UInt = 8) -> Bool? {
        guard let first = isReadable(address >> 12) else { return nil }
        let last = (address &+ bytes &- 1) >> 12
        return first && (last == address >> 12 || isReadable(last) ?? false)
    }

    private func isReadable(_ page: UInt) -> Bool? {
        let place = Int(bitPattern: page & UInt(Self.places - 1))
        let entry = known.base[place]
        if entry >> 1 == page, entry != 0 { return entry & 1 != 0 }
        if pages == nil { pages = PageMap() }
        guard let isPrivate = pages?.isPrivate(page << 12) else { return nil }
        known.base[place] = page << 1 | (isPrivate ? 1 : 0)
        return isPrivate
    }

    /// Clears the results, at the end of a walk, after which pages may be mapped and unmapped.
    func forget() {
        if pages == nil { return }
        pages = nil
        for place in 0..<Self.places { known.base[place] = 0 }
    }

    func deallocate() {
        forget()
        known.deallocate()
    }
}
