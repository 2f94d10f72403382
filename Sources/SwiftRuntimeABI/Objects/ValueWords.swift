/// Offsets of words in values whose layout no metadata describes.
@usableFromInline
package enum ValueWords {
    /// The context of a function, after its code.
    @inlinable @inline(__always)
    package static var functionContext: UInt { 8 }

    /// The type of the value in an existential container, after the three words for the value.
    @inlinable @inline(__always)
    package static var existentialType: UInt { 24 }

    /// The storage of a `String`, after its count and flags.
    @inlinable @inline(__always)
    package static var stringObject: UInt { 8 }
}

/// Offsets in the boxes of indirect cases, of large values in existentials, and of errors.
@usableFromInline
package enum BoxLayout {
    /// Returns the offset of the value in the box of an indirect case or of an existential.
    @inlinable
    package static func value(alignmentMask: UInt) -> UInt { aligned(ObjectCounters.headerSize, mask: alignmentMask) }

    /// The type of the error in its box, before its conformance (ErrorObject.h in the Swift repository).
    @inlinable
    package static var errorType: UInt { 16 }

    /// Returns the offset of the error in its box.
    @inlinable
    package static func error(alignmentMask: UInt) -> UInt { aligned(32, mask: alignmentMask) }
}
