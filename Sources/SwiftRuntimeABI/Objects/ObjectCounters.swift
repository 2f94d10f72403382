/// The reference counts of an object, its second word (RefCount.h in the Swift repository).
@usableFromInline
package struct ObjectCounters {
    @usableFromInline
    package let word: UInt

    @inlinable @inline(__always)
    package init(_ word: UInt) { self.word = word }

    /// The bytes of an object's header: its metadata and its counters.
    @inlinable @inline(__always)
    package static var headerSize: UInt { 16 }

    /// The offset of the counters in an object.
    @inlinable @inline(__always)
    package static var offset: UInt { 8 }

    /// The low 32 bits of a new object's counters.
    package static var new: UInt { 3 }

    /// The bits that the counters of an ordinary object do not have.
    ///
    /// A new object's counters are 3, and further retains add above bit 32: an object without these bits is alive, in the heap,
    /// and has no side table.
    @inlinable @inline(__always)
    package static var rare: UInt { 1 << 63 | 1 << 32 | 0xFFFF_FFFC }

    /// Indicates whether this is a static object, or one whose count overflowed.
    @inlinable
    package var isImmortal: Bool { word >> 63 != 0 && word & 0xFFFF_FFFF == 0xFFFF_FFFF }

    /// Indicates whether the counters are in a side table, because there is or was a weak reference.
    @inlinable
    package var isInSideTable: Bool { word >> 62 == 3 }

    /// The address of the side table, if there is one.
    ///
    /// Its first word is the address of the object, and its third one the counters.
    @inlinable
    package var sideTable: UInt { (word & (1 << 62 - 1)) << 3 }

    /// The offset of the counters in a side table.
    @inlinable
    package static var sideTableOffset: UInt { 16 }

    /// Indicates whether the object is being released; of counters that are in no side table.
    @inlinable
    package var isDying: Bool { word & 1 << 32 != 0 }

    /// Indicates whether the object is being released; of counters in a side table.
    @inlinable
    package var isDyingInSideTable: Bool { isDying && word & 0xFFFF_FFFF != 0xFFFF_FFFF }

    /// Indicates whether the object may be on a stack: a new object with two unowned references has the same counters.
    @inlinable
    package var mayBeOnStack: Bool { word & 0xFFFF_FFFF == 5 }
}
