import CTrackingTestSupport
import Testing

extension Trait where Self == ConditionTrait {
    /// Not with a sanitizer, whose allocator the tests' own must not come before.
    static var countedAllocations: Self {
        .enabled(if: ctt_counts_allocations() != 0, "a sanitizer has an allocator of its own")
    }

    /// Not with a sanitizer, which reports crashes itself.
    static var runtimeBacktraces: Self {
        .enabled(if: ctt_counts_allocations() != 0, "a sanitizer reports crashes itself")
    }
}
