internal import CTrackingRuntime
internal import SwiftRuntimeABI
internal import TrackingRecords

/// The layouts of all types met so far in this process.
///
/// A walker copies what it needs into a table of its own and never comes here while it walks; this is for a type that
/// it meets for the first time. What is in a library that was unloaded is forgotten, but not freed: another walker may be
/// reading it.
final class LayoutCatalog: Sendable {
    private static let original = LayoutCatalog()
    private static let substitute = LayoutCatalog()

    /// The catalog of this process.
    ///
    /// In the child of a fork the lock may be held by a thread that only the parent has: then a new one, which learns anew.
    static var shared: LayoutCatalog {
        guard original.process != ct_process_id() else { return original }
        return original.state.withLockIfAvailable({ _ in }) == nil ? substitute : original
    }

    private let process = ct_process_id()

    /// Used under the lock alone.
    private final class State: @unchecked Sendable {
        var compiler = LayoutCompiler()
        var trust = MetadataTrust(
            images: ImageRanges(),
            code: ImageRanges(withCodeOnly: true),
            nativeWitnesses: StandardStorage.shared.nativeWitnesses
        )
        /// How many libraries had been unloaded when it was looked for what went with them.
        var departures = ct_image_departures()

        /// Takes note of libraries that came or went.
        func refresh() {
            guard !trust.images.areCurrent else { return }
            trust.images.deallocate()
            trust.code.deallocate()
            trust = MetadataTrust(
                images: ImageRanges(),
                code: ImageRanges(withCodeOnly: true),
                nativeWitnesses: trust.nativeWitnesses
            )
            let now = ct_image_departures()
            guard now != departures else { return }
            departures = now
            compiler.forgetLost(trust)
            HiddenFieldTypes.forgetLost()
        }
    }

    private let state = OrderedMutex(.layoutCatalog, State())

    /// The layout of values of a type; `nil` where the library is gone that it is of.
    func layout(of metadata: Metadata) -> TypeLayout? {
        learn(metadata) { $0.finishedLayout(of: metadata) }
    }

    /// The layout of objects whose first word is `isa`; `nil` where the library is gone that they are of.
    func objectLayout(of isa: Metadata) -> ObjectLayout? {
        learn(isa) { compiler, trust in
            trust.isMetadataOfObject(isa.address) ? compiler.objectLayout(of: isa) : nil
        }
    }

    /// The layout of one box of captures, whose types depend on the generic arguments in it.
    ///
    /// - Parameter captured: What distinguishes it from boxes of the same code with other arguments.
    /// - Returns: The layout; `nil` where the library is gone that it is of.
    func captureLayout(of captured: CapturedArguments) -> ObjectLayout? {
        learn(captured.isa) { compiler, trust in
            captured.isWhole(trust) ? compiler.captureLayout(of: captured) : nil
        }
    }

    /// The name of a class without its module; `nil` where another class lies there, or none.
    ///
    /// - Parameters:
    ///   - isa: The class's metadata.
    ///   - identity: What `ct_identity_of_class` said of the class; `nil` for any class.
    /// - Returns: The name.
    func className(_ isa: Metadata, identity: UInt64?) -> String? {
        access { state in
            guard state.trust.isMetadataOfObject(isa.address), isa.kind == .classType, state.trust.isWhole(isa),
                identity.map({ $0 == ct_identity_of_class(isa.address) }) ?? true
            else { return nil }
            return isa.name
        } ?? nil
    }

    private func learn<Layout>(_ metadata: Metadata, _ body: (inout LayoutCompiler) -> Layout) -> Layout? {
        learn(metadata) { compiler, _ in body(&compiler) }
    }

    private func learn<Layout>(
        _ metadata: Metadata,
        _ body: (inout LayoutCompiler, MetadataTrust) -> Layout?
    ) -> Layout? {
        // A type may say what it owns, which is code of the host's: it is asked where nobody waits for us.
        while true {
            var asked: [ConformingOwner] = []
            let layout = access { state -> Layout? in
                guard state.trust.isWhole(metadata) else { return nil }
                let trust = state.trust
                let result = state.compiler.attempt { body(&$0, trust) }
                asked = result.asked
                return result.layout
            }
            if asked.isEmpty { return layout ?? nil }
            for owner in asked {
                let owned = owner.ownedMemory()
                state.withLock { $0.compiler.declarations.byConformance[owner.metadata] = owned }
            }
        }
    }

    /// Calls `body` while no library can be unloaded, and what is gone can be read; `nil` where that cannot be.
    private func access<Result>(_ body: (State) -> Result) -> Result? {
        RuntimeAccess.withLibraries {
            var guarded = ct_guard()
            guard ct_guard_enter(&guarded) == 0 else { return nil }
            defer { ct_guard_leave(&guarded) }
            var result: Result?
            state.withLock { state in
                state.refresh()
                result = body(state)
            }
            return result
        }
    }

    /// Tells a walker all that is known, so that it need not come here.
    ///
    /// - Returns: False where there is no memory.
    func teach(_ walker: inout Walker) -> Bool { access { $0.compiler.teach(&walker) } ?? false }

    /// Declares memory that the values of a type own.
    ///
    /// - Throws: `HeapSizingError` where the type has no such property.
    func declare(_ owned: [OwnedMemory], for metadata: Metadata) throws(HeapSizingError) {
        let result = access { state -> Result<Void, HeapSizingError> in
            do throws(HeapSizingError) {
                try state.compiler.declare(owned, for: metadata)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result?.get()
    }

    /// Declares memory that the values of all types of that name own.
    func declare(_ owned: [OwnedMemory], forTypesNamed name: String) {
        state.withLock { $0.compiler.declarations.byName[name] = owned }
    }
}
