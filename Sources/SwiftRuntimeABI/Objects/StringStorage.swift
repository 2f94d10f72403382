/// The text of a `String` (StringObject.swift and StringStorage.swift in the Swift repository).
@usableFromInline
package enum StringStorage {
    /// The bits of which one is set in the second word of a `String` without an object: 63 for static text, 61 for text in the
    /// string itself.
    @inlinable
    package static var withoutObject: UInt { 1 << 63 | 1 << 61 }

    /// Returns whether a word may be the second one of a `String` with its text in itself, which is any bytes at all.
    @inlinable
    package static func isInPlace(_ word: UInt) -> Bool { word >> 63 & word >> 61 & 1 != 0 }

    /// The length below which text never has a place for breadcrumbs.
    @inlinable @inline(__always)
    package static var shortText: UInt { 64 }

    /// Returns the address of the breadcrumbs, the positions that are remembered for UTF-16, after the text.
    ///
    /// - Parameters:
    ///   - address: The address of the storage, which is an object.
    ///   - usable: The bytes of its block.
    /// - Returns: An address; `nil` if the storage has no place for them.
    @inlinable
    package static func breadcrumbs(of address: UInt, usable: UInt) -> UInt? {
        guard hasBreadcrumbs(address) else { return nil }
        let place = aligned(address &+ 32 &+ word(address &+ 16) & 0xFFFF_FFFF_FFFF, mask: 7)
        return place &- address &+ 8 <= usable ? place : nil
    }

    /// Returns whether the storage has a place for breadcrumbs.
    @inlinable
    static func hasBreadcrumbs(_ address: UInt) -> Bool { word(address &+ 16) >> 63 != 0 }
}
