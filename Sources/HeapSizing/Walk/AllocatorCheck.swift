internal import CTrackingRuntime
internal import Glibc

/// Checks whether the process's allocator can be asked for the sizes of blocks that may be freed meanwhile.
enum AllocatorCheck {
    /// The reason why it cannot; `nil` if it can.
    static let refusal: HeapSizingError? = {
        // Also if another library is called before glibc's allocator.
        if BlockSize.headersAreReadable { return nil }
        switch ct_allocator_in_charge() {
        case CT_GLIBC, CT_JEMALLOC, CT_MIMALLOC, CT_TCMALLOC, CT_SANITIZER: return nil
        case CT_SCUDO: return .allocator("Scudo")
        case CT_HARDENED_MALLOC: return .allocator("hardened_malloc")
        case CT_CHECKED_JEMALLOC: return .allocator("a jemalloc that was built with its checks")
        case CT_CHECKED_TCMALLOC: return .allocator("tcmalloc's library for debugging")
        case CT_WITHOUT_SIZES: return .allocator("a malloc whose malloc_usable_size cannot be called, in \(path)")
        default: return .allocator("a malloc that is not known, in \(path)")
        }
    }()

    /// The name of the allocator, for people.
    static var name: String {
        switch ct_allocator_in_charge() {
        case CT_MIMALLOC: "mimalloc"
        case CT_JEMALLOC, CT_CHECKED_JEMALLOC: "a jemalloc without statistics"
        case CT_TCMALLOC, CT_CHECKED_TCMALLOC: "tcmalloc"
        case CT_SCUDO: "Scudo"
        case CT_HARDENED_MALLOC: "hardened_malloc"
        case CT_SANITIZER: "a sanitizer's allocator"
        default: "the malloc in \(path)"
        }
    }

    private static var path: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let first = buffer.baseAddress, ct_allocator_path(first, buffer.count) != 0 else {
                return "an unknown file"
            }
            return String(cString: first)
        }
    }
}
