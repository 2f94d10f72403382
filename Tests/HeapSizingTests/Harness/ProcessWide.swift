import CTrackingTestSupport
import Testing

/// Keeps what takes tens of megabytes away from suites that look at the resident set of the process.
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

extension Trait where Self == ProcessWide {
    static var processWide: Self { Self() }
}
