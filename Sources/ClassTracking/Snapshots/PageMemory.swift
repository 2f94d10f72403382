import CTrackingRuntime
import Glibc
import Synchronization

/// Maps and populates memory in pages.
enum PageMemory {
    /// The bytes that are filled or emptied at once: for more, the kernel would block other threads that map memory too
    /// long.
    private static let piece = 512 << 10
    /// MADV_POPULATE_WRITE, since Linux 5.14.
    private static let populateWrite: Int32 = 23

    private static let inUse = Atomic(0)
    private static let mostInUse = Atomic(0)

    /// Returns the largest number of bytes in use since the last call, which snapshots have added to the process's own
    /// peak.
    static func takePeak() -> Int {
        max(mostInUse.exchange(inUse.load(ordering: .relaxed), ordering: .relaxed), inUse.load(ordering: .relaxed))
    }

    /// Maps memory, none of which is resident before it is written or filled.
    ///
    /// - Parameters:
    ///   - type: The type of its elements.
    ///   - count: The number of elements.
    ///   - isShared: Whether a copy of the process that is made later writes into the same memory.
    /// - Returns: The memory; `nil` if the kernel gives none.
    static func map<Element: BitwiseCopyable>(
        _ type: Element.Type,
        _ count: Int,
        isShared: Bool = false
    ) -> UnsafeMutableBufferPointer<Element>? {
        let bytes = max(1, count) * MemoryLayout<Element>.stride
        guard let memory = reserve(bytes, isShared: isShared)?.baseAddress else { return nil }
        let now = inUse.add(bytes, ordering: .relaxed).newValue
        _ = mostInUse.max(now, ordering: .relaxed)
        return UnsafeMutableBufferPointer(start: memory.bindMemory(to: Element.self, capacity: count), count: count)
    }

    /// Reserves addresses of which only a part will ever have memory: they do not count as in use.
    static func reserve(_ bytes: Int, isShared: Bool) -> UnsafeMutableRawBufferPointer? {
        ct_reserve(bytes, isShared ? 1 : 0).map { UnsafeMutableRawBufferPointer(start: $0, count: bytes) }
    }

    static func release(_ reserved: UnsafeMutableRawBufferPointer) { munmap(reserved.baseAddress, reserved.count) }

    /// Populates memory before it is written.
    ///
    /// A fault for each page takes longer than writing the page, and part of the memory is written under locks for
    /// which the host's threads wait. A kernel without this feature ignores the call.
    static func fill<Element: BitwiseCopyable>(_ memory: UnsafeMutableBufferPointer<Element>, _ range: Range<Int>) {
        guard let base = memory.baseAddress else { return }
        let first = UnsafeMutableRawPointer(base)
        let stride = MemoryLayout<Element>.stride
        forEachPiece(range.lowerBound * stride, min(range.upperBound, memory.count) * stride) { offset, count in
            madvise(first + offset, count, populateWrite)
        }
    }

    static func unmap<Element: BitwiseCopyable>(_ memory: UnsafeMutableBufferPointer<Element>) {
        guard let base = memory.baseAddress else { return }
        let first = UnsafeMutableRawPointer(base)
        let bytes = max(1, memory.count) * MemoryLayout<Element>.stride
        forEachPiece(0, bytes) { offset, count in madvise(first + offset, count, MADV_DONTNEED) }
        munmap(first, bytes)
        inUse.subtract(bytes, ordering: .relaxed)
    }

    private static func forEachPiece(_ start: Int, _ end: Int, _ body: (_ offset: Int, _ count: Int) -> Void) {
        // From the beginning of a page.
        var offset = start & ~4095
        while offset < end {
            let count = min(piece, end - offset)
            body(offset, count)
            offset += count
        }
    }
}
