/// Metadata and what the walk has learnt about it.
///
/// Each walk has its own: one that all share would need a lock, or an order of reads and writes, at each object.
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

    /// What was learnt about `key`, or 0.
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

    /// Remembers `value` for `key`, both nonzero; false where there is no memory.
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

    /// Forgets all; the count stays, which says how much of it may be in use.
    func clear() {
        for index in 0..<entries.capacity where entries.base[index].key != 0 {
            entries.base[index] = Entry(key: 0, value: 0)
        }
    }

    var residentBytes: Int { entries.residentBytes }

    func deallocate() { entries.deallocate() }
}
