internal import CTrackingRuntime

/// Checks the assumptions of this module about the Swift runtime.
///
/// It reads types and objects of its own, whose layout the compiler tells as well, and compares. If an assumption does not hold,
/// as in a runtime that is newer than this module, classes are not tracked and objects are not sized. `HeapSizing` checks besides
/// that a walk finds the blocks of such objects.
package enum RuntimeCheck {
    /// The reason why the readers of this module must not be used.
    package enum Failure: Error, Hashable {
        /// The text completes "expected that", with these words.
        case assumption(String)
        /// The guard against faults could not be set up; the number is an errno.
        case noGuard(Int32)
    }

    /// An assumption about the runtime.
    package struct Assumption {
        /// The words that complete "expected that".
        let expectation: String
        let holds: () -> Bool

        package init(_ expectation: String, holds: @escaping () -> Bool) {
            self.expectation = expectation
            self.holds = holds
        }
    }

    /// The result of the check, which is made at the first use.
    package static let result: Result<Void, Failure> = {
        var guarded = ct_guard()
        let failure = ct_guard_enter(&guarded)
        guard failure == 0 else { return .failure(.noGuard(failure)) }
        defer { ct_guard_leave(&guarded) }
        return run(assumptions)
    }()

    /// Everything that is checked.
    static var assumptions: [Assumption] { metadata + descriptors + storage + tracking }

    /// Tries assumptions one after the other, up to the first one that does not hold.
    package static func run(_ assumptions: [Assumption]) -> Result<Void, Failure> {
        for assumption in assumptions where !assumption.holds() {
            return .failure(.assumption("expected that \(assumption.expectation)"))
        }
        return .success(())
    }

    // MARK: Assumptions of all readers

    private static var metadata: [Assumption] {
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
            Assumption("value witnesses tell the size of a type") {
                let witnesses = Metadata(Sample.self).valueWitnesses
                return witnesses.size == MemoryLayout<Sample>.size && witnesses.stride == MemoryLayout<Sample>.stride
                    && witnesses.alignmentMask == UInt(MemoryLayout<Sample>.alignment - 1) && !witnesses.isTrivial
                    && witnesses.isInline && Metadata(Int.self).valueWitnesses.isTrivial
            },
            Assumption("a new object's counters are 3") {
                withExtendedLifetime(node) {
                    word(address(of: node) &+ ObjectCounters.offset) & 0xFFFF_FFFF == ObjectCounters.new
                }
            },
        ]
    }

    private static var descriptors: [Assumption] {
        [
            Assumption("a descriptor names its context") {
                Metadata(Node.self).descriptor?.path.hasSuffix("RuntimeCheck.Node") == true
            },
            Assumption("generic arguments stand where the members of their class begin") {
                Metadata(Generic<Node>.self).genericArgument(0) == Metadata(Node.self)
            },
            Assumption("a class's descriptor names its stored properties, and its metadata their offsets") {
                let metadata = Metadata(Node.self)
                // A program may be built without them, and without their names.
                guard let fields = metadata.descriptor?.fields else { return true }
                guard fields.count == 2, let offsets = metadata.classFieldOffsets else { return false }
                return [nil, "text"].contains(fields[1].name) && word(offsets) == 24 && word(offsets &+ 8) == 32
                    && fields[1].mangledType?.resolve(in: nil, arguments: nil) == Metadata(String.self)
            },
            Assumption("a struct's metadata has the offsets of its stored properties") {
                let offsets = Metadata(Sample.self).structFieldOffsets ?? 0
                return halfWord(offsets) == 0 && halfWord(offsets &+ 4) == 8
            },
        ]
    }

    private static var storage: [Assumption] {
        [
            Assumption("the standard library's storage is of known classes") {
                let known = StandardStorage.shared
                return known.array != nil && known.dictionary != nil && known.set != nil && known.string != nil
                    && known.managedBuffer != nil
            },
            Assumption("short text has no breadcrumbs") {
                var text = "a text of its own \(known)"
                text.reserveCapacity(Int(StringStorage.shortText) - 2)
                let storage = unsafeBitCast(text, to: (UInt, UInt).self).1 & Architecture.addressMask
                return withExtendedLifetime(text) {
                    !StringStorage.hasBreadcrumbs(storage) && word(storage) == StandardStorage.shared.nativeString
                }
            },
        ]
    }
}
