import CTrackingRuntime
import Glibc

/// Bytes in front of a page that cannot be read.
final class GuardedBytes {
    private let memory: UnsafeMutableRawPointer
    private let count: Int

    init(_ bytes: [UInt8]) {
        precondition(bytes.count <= 4096)
        memory = mmap(nil, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        count = bytes.count
        (memory + 4096 - count).copyMemory(from: bytes, byteCount: count)
        mprotect(memory + 4096, 4096, PROT_NONE)
    }

    deinit { munmap(memory, 8192) }

    var section: ct_section {
        ct_section(bytes: UnsafePointer((memory + 4096 - count).assumingMemoryBound(to: UInt8.self)), count: count)
    }
}

// Numbers as DWARF has them.

func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian, Array.init)
}

/// LEB128.
func unsigned(_ number: UInt) -> [UInt8] {
    number < 128 ? [UInt8(number)] : [UInt8(number & 127) | 128] + unsigned(number >> 7)
}

func signed(_ number: Int) -> [UInt8] {
    (-64..<64).contains(number) ? [UInt8(number & 127)] : [UInt8(number & 127) | 128] + signed(number >> 7)
}
