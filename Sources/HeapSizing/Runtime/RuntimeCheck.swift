internal import CTrackingRuntime

/// What this library takes for granted of the Swift runtime, checked on objects made for it.
///
/// Each check builds a few objects whose blocks it can name without knowing their layout, lets a walker find them, and
/// compares. An assumption that does not hold, in a runtime newer than this library say, gives another sum, or none.
package enum RuntimeCheck {
    /// The outcome, found out at first use.
    static let result: Result<Void, HeapSizingError> = {
        var guarded = ct_guard()
        let failure = ct_guard_enter(&guarded)
        guard failure == 0 else { return .failure(.noGuard(failure)) }
        defer { ct_guard_leave(&guarded) }
        // Nothing is sized where the allocator must not be asked.
        return run(AllocatorCheck.refusal == nil ? metadataAssumptions + heapAssumptions : metadataAssumptions)
    }()

    /// Something that must be so, in words that complete "expected that".
    package struct Assumption {
        var expectation: String
        /// Takes the walker of all assumptions: one each would be most of what the check costs at a program's start.
        var holds: (inout Walker) -> Bool

        init(_ expectation: String, walk: @escaping (inout Walker) -> Bool) {
            self.expectation = expectation
            holds = walk
        }

        package init(_ expectation: String, holds: @escaping () -> Bool) {
            self.init(expectation) { (_: inout Walker) in holds() }
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
                // The next assumption may be about some of the same blocks.
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

    // MARK: Metadata

    private static var metadataAssumptions: [Assumption] {
        let node = Node()
        let isa = Metadata(word(address(of: node)))
        return [
            Assumption("an object begins with its class's metadata") { isa == Metadata(Node.self) },
            Assumption("all classes have the value witnesses of a native reference") {
                let others = [Metadata(Leaf.self), Metadata(Generic<Int>.self), Metadata(Agent.self)]
                return ([isa] + others)
                    .allSatisfy {
                        $0.valueWitnesses.table == StandardStorage.shared.nativeWitnesses && $0.kind == .classType
                    }
            },
            Assumption("a class names its superclass and its instances' size") {
                isa.superclass == Metadata(Leaf.self) && isa.instanceSize == 16 + 8 + 8 + 16
            },
            Assumption("a descriptor names its context") {
                isa.descriptor?.path.hasSuffix("RuntimeCheck.Node") == true
            },
            Assumption("generic arguments stand where the members of their class begin") {
                Metadata(Generic<Node>.self).genericArgument(0) == isa
            },
            Assumption("a new object's counters are 3") {
                withExtendedLifetime(node) { word(address(of: node) &+ 8) & 0xFFFF_FFFF == 3 }
            },
            Assumption("the standard library's storage is of known classes") {
                let known = StandardStorage.shared
                return known.array != nil && known.dictionary != nil && known.set != nil && known.string != nil
                    && known.managedBuffer != nil
            },
            Assumption("short text has no breadcrumbs") {
                var text = "a text of its own \(known)"
                text.reserveCapacity(Int(Walker.shortText) - 2)
                let storage = unsafeBitCast(text, to: (UInt, UInt).self).1 & Architecture.addressMask
                return withExtendedLifetime(text) {
                    word(storage &+ 16) >> 63 == 0 && word(storage) == StandardStorage.shared.nativeString
                }
            },
        ]
    }
}
