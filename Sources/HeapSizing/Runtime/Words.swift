internal import CTrackingRuntime

/// The word at `address`, or 0 where there is no memory.
@inline(__always)
func word(_ address: UInt) -> UInt { UInt(ct_read64(address)) }

/// The 32 bits at `address`, or 0 where there is no memory.
@inline(__always)
func halfWord(_ address: UInt) -> UInt32 { ct_read32(address) }

/// The signed 32 bits at `address`, or 0 where there is no memory.
@inline(__always)
func offset(at address: UInt) -> Int { Int(Int32(bitPattern: ct_read32(address))) }

/// What a relative reference at `address` refers to, or `nil` for a null reference.
///
/// The compiler writes addresses in read-only data as 32-bit distances from the place of the reference itself.
func relative(at address: UInt) -> UInt? {
    let distance = offset(at: address)
    return distance == 0 ? nil : address &+ UInt(bitPattern: distance)
}

/// `value` rounded up to the alignment that has this mask.
@inline(__always)
func aligned(_ value: UInt, mask: UInt) -> UInt { (value &+ mask) & ~mask }

/// Facts of the architecture that the Swift ABI builds on.
enum Architecture {
    /// The bits of a word that hold the address of an object; the others may hold an enum's tag or a bridge object's.
    ///
    /// The runtime reserves 0xFF00_0000_0000_0007 on x86-64 and 0xF000_0000_0000_0007 on arm64 (SwiftShims/System.h);
    /// user space ends far below either.
    #if arch(x86_64)
    static let addressMask: UInt = 0x00FF_FFFF_FFFF_FFF8
    /// The bits that an address of user space may have.
    static let addressBits: UInt = 47
    #elseif arch(arm64)
    static let addressMask: UInt = 0x0FFF_FFFF_FFFF_FFF8
    /// The bits that an address of user space may have; the kernel begins at the upper end, and gives more bits only to who
    /// asks for them by a hint (Documentation/arch/arm64/memory.rst).
    static let addressBits: UInt = 48
    #endif

    /// Below this, a word is an enum's tag in a pointer's place, never a pointer (the zero page is not mapped).
    static let leastAddress: UInt = 4096
}

/// The byte at `address`, or 0 where there is no memory.
func byte(at address: UInt) -> UInt8 { ct_read8(address) }

/// Copies `count` bytes from `address`, with zeroes for what cannot be read.
func readBytes(to destination: UnsafeMutableRawPointer, from address: UInt, count: Int) {
    ct_read_bytes(destination, address, count)
}

/// Whether memory can be read at `address`.
@inline(__always)
func canRead(_ address: UInt) -> Bool { ct_can_read(address) != 0 }
