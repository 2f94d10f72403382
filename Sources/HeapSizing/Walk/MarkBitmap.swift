internal import SwiftRuntimeABI

/// The addresses that were visited: one bit for 16 bytes, the smallest distance between two blocks.
///
/// A hash set was measured to cost ten times as much as the walk itself. User space is divided into regions of 1 GiB;
/// the bits of a region are reserved as a whole at its first address, and use memory only where bits are set: one page
/// for 512 KiB of heap.
struct MarkBitmap {
    private static let regionBits: UInt = 30
    private static let regionMask: UInt = 1 << regionBits - 1
    private static var regionCount: UInt { 1 << (Architecture.addressBits - regionBits) }
    private static let wordsPerRegion = 1 << (30 - 4 - 6)
    /// A terabyte of heap, or as many torn words that look like addresses.
    private static let maximumRegions = 1024

    private let regions: Arena<UInt>
    /// The regions that have bits, in order of their first address.
    private let present: Arena<UInt>
    private var count = 0
    private var recentRegion: UInt = 0
    private var recentWords: UnsafeMutablePointer<UInt>

    init?() {
        let table = Arena<UInt>(capacity: Int(Self.regionCount))
        let list = Arena<UInt>(capacity: Self.maximumRegions)
        let words = Arena<UInt>(capacity: Self.wordsPerRegion)
        guard let regions = table, let present = list, let first = words else {
            for arena in [table, list, words] { arena?.deallocate() }
            return nil
        }
        // Words too small for an address count as marked: null is the most frequent word of all.
        for index in 0..<Int(Architecture.leastAddress >> 10) { first.base[index] = .max }
        regions.base[0] = UInt(bitPattern: first.base)
        present.base[0] = 0
        count = 1
        recentWords = first.base
        self.regions = regions
        self.present = present
    }

    /// Marks an address.
    ///
    /// - Returns: `false` if it was marked before, or if no block can be there.
    @inline(__always)
    mutating func insert(_ address: UInt) -> Bool {
        // Most heaps lie in one region.
        if address >> Self.regionBits != recentRegion, !switchRegion(to: address) { return false }
        let index = Int(bitPattern: (address & Self.regionMask) >> 10)
        let bit: UInt = 1 &<< ((address >> 4) & 63)
        let before = recentWords[index]
        if before & bit != 0 { return false }
        recentWords[index] = before | bit
        return true
    }

    static let regionSize: UInt = 1 << regionBits

    /// The begin of the most recently used region, and its bits.
    var recent: (base: UInt, words: UnsafeMutablePointer<UInt>) { (recentRegion << Self.regionBits, recentWords) }

    /// Makes an earlier recent region the recent one again.
    mutating func `return`(to before: MarkBitmap) {
        recentRegion = before.recentRegion
        recentWords = before.recentWords
    }

    /// Makes the region of an address the recent one.
    ///
    /// - Returns: `false` if no block can be there.
    @inline(never)
    mutating func switchRegion(to address: UInt) -> Bool {
        let region = address >> Self.regionBits
        if region >= Self.regionCount { return false }
        var base = regions.base[Int(bitPattern: region)]
        if base == 0 { base = addRegion(for: address) }
        guard let words = UnsafeMutablePointer<UInt>(bitPattern: base) else { return false }
        recentRegion = region
        recentWords = words
        return true
    }

    func contains(_ address: UInt) -> Bool {
        guard address >> Architecture.addressBits == 0 else { return false }
        let base = regions.base[Int(bitPattern: address >> Self.regionBits)]
        guard let words = UnsafeMutablePointer<UInt>(bitPattern: base) else { return false }
        return words[Int(bitPattern: (address & Self.regionMask) >> 10)] & (1 &<< ((address >> 4) & 63)) != 0
    }

    mutating func remove(_ address: UInt) {
        let base = regions.base[Int(bitPattern: address >> Self.regionBits)]
        guard let words = UnsafeMutablePointer<UInt>(bitPattern: base) else { return }
        words[Int(bitPattern: (address & Self.regionMask) >> 10)] &= ~(1 &<< ((address >> 4) & 63))
    }

    @inline(never)
    private mutating func addRegion(for address: UInt) -> UInt {
        // A torn word can be any address; only a readable one is worth a region.
        guard canRead(address), count < Self.maximumRegions,
            let words = Arena<UInt>(capacity: Self.wordsPerRegion)
        else { return 0 }
        let base = UInt(bitPattern: words.base)
        present.base[count] = address >> Self.regionBits
        count += 1
        regions.base[Int(bitPattern: address >> Self.regionBits)] = base
        return base
    }

    /// Returns the first marked address from `start` on.
    func next(from start: UInt, _ pages: borrowing PageMap) -> UInt? {
        var address = start
        // Not through the table of all regions, because reading it would map its pages.
        while let region = firstRegion(from: address >> Self.regionBits) {
            if region > address >> Self.regionBits { address = region << Self.regionBits }
            if let words = UnsafeMutablePointer<UInt>(bitPattern: regions.base[Int(bitPattern: region)]),
                let found = next(from: address & Self.regionMask, in: words, pages)
            {
                return region << Self.regionBits | found
            }
            address = (region + 1) << Self.regionBits
        }
        return nil
    }

    private func firstRegion(from region: UInt) -> UInt? {
        var first: UInt?
        for index in 0..<count where present.base[index] >= region && present.base[index] < first ?? .max {
            first = present.base[index]
        }
        return first
    }

    private func next(from start: UInt, in words: UnsafeMutablePointer<UInt>, _ pages: borrowing PageMap) -> UInt? {
        let wordsPerPage = Int(pages.pageSize) / MemoryLayout<UInt>.size
        var index = Int(bitPattern: start >> 10)
        var wanted = UInt.max &<< ((start >> 4) & 63)
        while index < Self.wordsPerRegion {
            if index % wordsPerPage == 0, !pages.isTouched(UInt(bitPattern: words + index)) {
                index += wordsPerPage
                wanted = .max
                continue
            }
            let bits = words[index] & wanted
            if bits != 0 { return UInt(bitPattern: index) << 10 | UInt(bitPattern: bits.trailingZeroBitCount) << 4 }
            wanted = .max
            index += 1
        }
        return nil
    }

    private func forEachRegion(_ body: (Arena<UInt>) -> Void) {
        for index in 0..<count {
            let region = Int(bitPattern: present.base[index])
            guard let base = UnsafeMutablePointer<UInt>(bitPattern: regions.base[region]) else { continue }
            body(Arena(base: base, capacity: Self.wordsPerRegion))
        }
    }

    var residentBytes: Int {
        var bytes = regions.residentBytes + present.residentBytes
        forEachRegion { bytes += $0.residentBytes }
        return bytes
    }

    func deallocate() {
        forEachRegion { $0.deallocate() }
        regions.deallocate()
        present.deallocate()
    }
}

/// A copy of the most recently used region's state.
struct RecentMarks {
    private let base: UInt
    private let words: UnsafeMutablePointer<UInt>

    @inline(__always)
    init(_ marks: MarkBitmap) { (base, words) = marks.recent }

    @inline(__always)
    func cover(_ address: UInt) -> Bool { address &- base < MarkBitmap.regionSize }

    /// Marks an address in the region.
    @inline(__always)
    func insert(_ address: UInt) -> Bool {
        let index = Int(bitPattern: (address &- base) >> 10)
        let before = words[index]
        let after = before | 1 &<< (address >> 4 & 63)
        if after == before { return false }
        words[index] = after
        return true
    }
}
