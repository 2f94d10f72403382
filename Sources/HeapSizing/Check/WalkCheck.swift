internal import CTrackingRuntime
internal import SwiftRuntimeABI

/// Checks that a walk finds what objects hold.
///
/// Each check builds a few objects whose blocks it can name without knowing their layout, lets a walker find them, and
/// compares. An assumption that does not hold gives another sum, or none.
package enum WalkCheck {
    /// The outcome of this check, and of the one of the runtime that it builds on; found out at first use.
    static let result: Result<Void, HeapSizingError> = {
        switch RuntimeCheck.result {
        case .failure(.noGuard(let error)): return .failure(.noGuard(error))
        case .failure(.assumption(let text)): return .failure(.assumptionFailed(text))
        case .success: break
        }
        // Nothing is sized if the allocator must not be asked.
        guard AllocatorCheck.refusal == nil else { return .success(()) }
        var guarded = ct_guard()
        let failure = ct_guard_enter(&guarded)
        guard failure == 0 else { return .failure(.noGuard(failure)) }
        defer { ct_guard_leave(&guarded) }
        return run(assumptions)
    }()

    /// An assumption about what a walk finds.
    package struct Assumption {
        /// Words that complete "expected that".
        var expectation: String
        /// Takes one walker for all assumptions: creating one for each would take most of the time of the check.
        var holds: (inout Walker) -> Bool

        init(_ expectation: String, walk: @escaping (inout Walker) -> Bool) {
            self.expectation = expectation
            holds = walk
        }

        /// Expects a walker to find exactly these blocks from a value.
        package init<Value>(_ expectation: String, _ value: Value, blocks: [UInt]) {
            self.init(expectation) { (walker: inout Walker) in
                guard let layout = LayoutCatalog.shared.layout(of: Metadata(Value.self)) else { return false }
                let before = walker.bytes
                withExtendedLifetime(value) {
                    withUnsafePointer(to: value) { pointer in
                        walker.runRoot(UnsafePointer(layout.program), at: UInt(bitPattern: pointer))
                        walker.drain()
                    }
                }
                // The next assumption may concern some of the same blocks.
                for block in blocks { walker.marks.remove(block) }
                let expected = blocks.reduce(0) { $0 + ct_guarded_usable_size($1) }
                return walker.bytes - before == Int(expected) && walker.unsized == 0 && walker.opaquePlans.isEmpty
            }
        }
    }

    package static func run(_ assumptions: [Assumption]) -> Result<Void, HeapSizingError> {
        guard var walker = Walker() else { return .failure(.outOfMemory) }
        for assumption in assumptions where !assumption.holds(&walker) {
            return .failure(.assumptionFailed("expected that \(assumption.expectation)"))
        }
        return .success(())
    }
}
