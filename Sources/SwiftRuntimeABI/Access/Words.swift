public import CTrackingRuntime

// Reads of memory that may be gone: between `ct_guard_enter` and `ct_guard_leave`, a read of unmapped memory gives zero. They are
// inlined across modules, because a walk reads most words by them: each one is a single instruction. Members are inlined only if
// their type is `@usableFromInline`, too.

/// Returns the word at `address`, or 0 if there is no memory.
@inlinable @inline(__always)
package func word(_ address: UInt) -> UInt { UInt(ct_read64(address)) }

/// Returns the 32 bits at `address`, or 0 if there is no memory.
@inlinable @inline(__always)
package func halfWord(_ address: UInt) -> UInt32 { ct_read32(address) }

/// Returns the byte at `address`, or 0 if there is no memory.
@inlinable @inline(__always)
package func byte(at address: UInt) -> UInt8 { ct_read8(address) }

/// Copies `count` bytes from `address`, with zeroes for unreadable memory.
@inlinable
package func readBytes(to destination: UnsafeMutableRawPointer, from address: UInt, count: Int) {
    ct_read_bytes(destination, address, count)
}

/// Tells whether memory can be read at `address`.
@inlinable @inline(__always)
package func canRead(_ address: UInt) -> Bool { ct_can_read(address) != 0 }

/// Returns the text that ends with a zero byte at `address`; at most 4 KiB of it.
func text(at address: UInt) -> String {
    var bytes: [UInt8] = []
    while bytes.count < 4096 {
        let byte = byte(at: address &+ UInt(bytes.count))
        if byte == 0 { break }
        bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Returns the signed 32 bits at `address`, or 0 if there is no memory.
func offset(at address: UInt) -> Int { Int(Int32(bitPattern: ct_read32(address))) }

/// Returns the target of a relative reference at `address`, or `nil` for a null reference.
///
/// The compiler writes addresses in read-only data as 32-bit distances from the reference itself.
func relative(at address: UInt) -> UInt? {
    let distance = offset(at: address)
    return distance == 0 ? nil : address &+ UInt(bitPattern: distance)
}

/// Returns the target of a relative reference that is indirect if its lowest bit is set: then it refers to a word with the target.
func indirectable(at address: UInt) -> UInt? {
    let distance = offset(at: address)
    guard distance != 0 else { return nil }
    let target = address &+ UInt(bitPattern: distance & ~1)
    return distance & 1 == 0 ? target : word(target)
}

/// Returns `value` rounded up to the alignment that has this mask.
@inlinable @inline(__always)
package func aligned(_ value: UInt, mask: UInt) -> UInt { (value &+ mask) & ~mask }

/// Properties of the architecture on which the Swift ABI relies.
@usableFromInline
package enum Architecture {
    /// The bits of a word that hold the address of an object; the others may hold an enum's tag or a bridge object's.
    ///
    /// The runtime reserves 0xFF00_0000_0000_0007 on x86-64 and 0xF000_0000_0000_0007 on arm64 (SwiftShims/System.h);
    /// user space ends far below either.
    @inlinable @inline(__always)
    package static var addressMask: UInt {
        #if arch(x86_64)
        0x00FF_FFFF_FFFF_FFF8
        #elseif arch(arm64)
        0x0FFF_FFFF_FFFF_FFF8
        #endif
    }

    /// The number of bits of an address in user space.
    ///
    /// On arm64 the kernel begins at the upper end, and gives more bits only to a process that asks for them by a hint
    /// (Documentation/arch/arm64/memory.rst).
    @inlinable @inline(__always)
    package static var addressBits: UInt {
        #if arch(x86_64)
        47
        #elseif arch(arm64)
        48
        #endif
    }

    /// Below this, a word is an enum's tag in place of a pointer, never a pointer (the zero page is not mapped).
    @inlinable @inline(__always)
    package static var leastAddress: UInt { 4096 }
}
