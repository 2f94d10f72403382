import CTrackingTestSupport
import Testing

/// Keeps suites apart that look at what the process has only one of: its resident set, the kernel's high-water mark.
struct ProcessWide: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    @concurrent func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        // Waiting without holding a thread: the pool has as few as two.
        while ctt_try_lock() == 0 { try await Task.sleep(for: .milliseconds(1)) }
        defer { ctt_unlock() }
        try await function()
    }
}

extension Trait where Self == ConditionTrait {
    /// Not with a sanitizer, whose allocator the tests' own must not come before.
    static var countedAllocations: Self {
        .enabled(if: ctt_counts_allocations() != 0, "a sanitizer has an allocator of its own")
    }
}

extension Trait where Self == ProcessWide {
    static var processWide: Self { Self() }
}
