/// The storage of a dictionary or set, which may be changing while it is read.
///
/// It holds the number of buckets as a power of two, the addresses of the keys and of the values in the same block, and
/// then a bit for each used bucket (__RawDictionaryStorage and __RawSetStorage in the Swift repository).
@usableFromInline
package struct DictionaryBuckets {
    package let count: Int
    package let keys: UInt
    package let values: UInt
    package let bitmap: UInt
    private let keyStride: UInt
    private let valueStride: UInt

    /// Reads the storage; `nil` if it does not fit into its block.
    package init?(of address: UInt, keyStride: Int, valueStride: Int?, usable: UInt) {
        let scale = byte(at: address &+ 32)
        guard scale < 40 else { return nil }
        count = 1 << Int(scale)
        keys = word(address &+ 48)
        values = valueStride == nil ? 0 : word(address &+ 56)
        bitmap = address &+ Self.bitmapOffset(hasValues: valueStride != nil)
        self.keyStride = UInt(keyStride)
        self.valueStride = UInt(valueStride ?? 0)
        // The empty singleton has one bucket, never used, without memory for it.
        let isEmpty = word(address &+ 16) == 0 && count <= 2
        guard isEmpty || fits(keys, self.keyStride) && (valueStride == nil || fits(values, self.valueStride)) else {
            return nil
        }

        func fits(_ base: UInt, _ stride: UInt) -> Bool {
            base >= address && base &- address <= usable
                && UInt(count).multipliedReportingOverflow(by: stride).partialValue <= usable &- (base &- address)
                && !UInt(count).multipliedReportingOverflow(by: stride).overflow
        }
    }

    /// Returns the offset of the buckets' bits in the storage.
    @inlinable
    package static func bitmapOffset(hasValues: Bool) -> UInt { hasValues ? 64 : 56 }

    /// Calls `body` for each used bucket, as long as the storage can be read.
    package func forEachUsed(_ body: (Int) -> Void) {
        for first in stride(from: 0, to: count, by: 64) {
            let place = bitmap &+ UInt(first / 8)
            guard canRead(place) else { return }
            var bits = word(place)
            // Below 64 buckets, the bits of nonexistent ones are ones.
            if count < 64 { bits &= 1 << UInt(count) &- 1 }
            while bits != 0 {
                body(first + bits.trailingZeroBitCount)
                bits &= bits &- 1
            }
        }
    }

    package func key(_ bucket: Int) -> UInt { keys &+ UInt(bucket) &* keyStride }
    package func value(_ bucket: Int) -> UInt { values &+ UInt(bucket) &* valueStride }
}
