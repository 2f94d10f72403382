import CTrackingTestSupport
import Testing

extension Trait where Self == ConditionTrait {
    /// For tests in which an address is used again at once.
    static var addressesUsedAgain: Self {
        .disabled(if: ctt_sanitizer() != nil, "a sanitizer lets an address rest for a while before it is used again")
    }

    /// For tests of what glibc tells about its heap.
    static var heapIsKnown: Self {
        .disabled(if: ctt_sanitizer() != nil, "a sanitizer's allocator does not tell what it holds")
    }

    /// For tests of spikes.
    static var memoryGoesBack: Self {
        .disabled(if: ctt_sanitizer() != nil, "a sanitizer keeps what was freed, and has memory of its own beside it")
    }

    /// For tests of slots in which libraries are opened.
    static var opensLibrariesItself: Self {
        .disabled(if: ctt_sanitizer() != nil, "a sanitizer has a dlopen of its own, which is called without a slot")
    }

    /// For tests of traps in code that is redirected.
    static var trapsAreLandedOn: Self {
        .disabled(
            if: ctt_sanitizer().map { String(cString: $0) } == "AddressSanitizer",
            "with AddressSanitizer the place that a trap leads to is not executable"
        )
    }
}
