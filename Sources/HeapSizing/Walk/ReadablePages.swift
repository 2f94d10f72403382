internal import CTrackingRuntime

/// Which pages may be read that are reached by a word of which nobody says that it is a reference.
///
/// To read another one may take for ever, or have effects: a page that another thread has yet to fill (userfaultfd), a file
/// of a server that is gone, the registers of a device. Blocks of malloc's lie in private memory that is there.
final class ReadablePages {
    /// As many pages as are remembered; a power of two.
    private static let places = 512

    private var pages: PageMap?
    /// For each place the number of a page, above one bit that says whether it may be read.
    private let known: Arena<UInt>

    init?() {
        guard let known = Arena<UInt>(capacity: Self.places) else { return nil }
        self.known = known
    }

    /// Whether `bytes` from an address on may be read; `nil` where the kernel does not tell.
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

    /// Forgets what was found: at the end of a walk, after which pages may come and go.
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
