/// Maps metadata to the layout that the walk has read from it.
///
/// Each walk has its own: a shared table would need a lock, or ordered memory accesses, at each object.
struct PointerTable {
    private struct Entry: BitwiseCopyable {
        var key: UInt
        var value: UInt
    }

    private var entries: Arena<Entry>
    private var count = 0
    private var shift: UInt

    init?(capacity: Int = 256) {
        guard let entries = Arena<Entry>(capacity: capacity) else { return nil }
        self.entries = entries
        shift = UInt(64 - capacity.trailingZeroBitCount)
    }

    /// Returns the value of `key`, or 0.
    @inline(__always)
    func find(_ key: UInt) -> UInt {
        let mask = entries.capacity &- 1
        var index = slot(key)
        while true {
            let entry = entries.base[index]
            if entry.key == key { return entry.value }
            if entry.key == 0 { return 0 }
            index = (index &+ 1) & mask
        }
    }

    @inline(__always)
    private func slot(_ key: UInt) -> Int { Int(bitPattern: (key &* 0x9E37_79B9_7F4A_7C15) &>> shift) }

    /// Stores `value` for `key`, both nonzero; returns false if there is no memory.
    mutating func insert(_ key: UInt, _ value: UInt) -> Bool {
        if count * 2 >= entries.capacity {
            guard var larger = PointerTable(capacity: entries.capacity * 2) else { return false }
            for index in 0..<entries.capacity where entries.base[index].key != 0 {
                _ = larger.insert(entries.base[index].key, entries.base[index].value)
            }
            entries.deallocate()
            self = larger
        }
        var index = slot(key)
        while entries.base[index].key != 0 && entries.base[index].key != key {
            index = (index + 1) & (entries.capacity - 1)
        }
        if entries.base[index].key == 0 { count += 1 }
        entries.base[index] = Entry(key: key, value: value)
        return true
    }

    /// Removes all entries; the count stays, which limits the pages that may be in use.
    func clear() {
        for index in 0..<entries.capacity where entries.base[index].key != 0 {
            entries.base[index] = Entry(key: 0, value: 0)
        }
    }

    var residentBytes: Int { entries.residentBytes }

    func deallocate() { entries.deallocate() }
}
