internal import CTrackingRuntime
internal import SwiftRuntimeABI
internal import TrackingRecords

/// The layouts of all types seen so far in this process.
///
/// A walker copies the layouts that it needs into a table of its own, and uses the catalog only for a type that it sees
/// for the first time. Layouts of an unloaded library are removed, but not freed, because another walker may be reading
/// them.
final class LayoutCatalog: Sendable {
    private static let original = LayoutCatalog()
    private static let substitute = LayoutCatalog()

    /// The catalog of this process.
    ///
    /// In the child of a fork the lock may be held by a thread that does not exist there: the child creates an empty
    /// catalog.
    static var shared: LayoutCatalog {
        guard original.process != ct_process_id() else { return original }
        return original.state.withLockIfAvailable({ _ in }) == nil ? substitute : original
    }

    private let process = ct_process_id()

    /// Used only while the lock is held.
    private final class State: @unchecked Sendable {
        var compiler = LayoutCompiler()
        var trust = MetadataTrust(
            images: ImageRanges(),
            code: ImageRanges(withCodeOnly: true),
            nativeWitnesses: StandardStorage.shared.nativeWitnesses
        )
        /// The number of libraries that had been unloaded at the last check for lost layouts.
        var departures = ct_image_departures()

        /// Handles libraries that were loaded or unloaded.
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

    /// Returns the layout of values of a type; `nil` if its library was unloaded.
    func layout(of metadata: Metadata) -> TypeLayout? {
        learn(metadata) { $0.finishedLayout(of: metadata) }
    }

    /// Returns the layout of objects whose first word is `isa`; `nil` if their library was unloaded.
    func objectLayout(of isa: Metadata) -> ObjectLayout? {
        learn(isa) { compiler, trust in
            trust.isMetadataOfObject(isa.address) ? compiler.objectLayout(of: isa) : nil
        }
    }

    /// Returns the layout of one box of captures, whose types depend on the generic arguments in it.
    ///
    /// - Parameter captured: The words that distinguish it from boxes of the same code with other arguments.
    /// - Returns: The layout; `nil` if its library was unloaded.
    func captureLayout(of captured: CapturedArguments) -> ObjectLayout? {
        learn(captured.isa) { compiler, trust in
            captured.isWhole(trust) ? compiler.captureLayout(of: captured) : nil
        }
    }

    /// Returns the name of a class without its module; `nil` if another class is at the address, or none.
    ///
    /// - Parameters:
    ///   - isa: The class's metadata.
    ///   - identity: The result of `ct_identity_of_class` for the class; `nil` for any class.
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
        // A type may declare its owned memory in code of the host, which is called without the lock.
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

    /// Calls `body` while no library can be unloaded and unmapped memory can be read; returns `nil` if that is not
    /// possible.
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

    /// Copies all known layouts to a walker, so that it need not use the catalog.
    ///
    /// - Returns: `false` if there is no memory.
    func teach(_ walker: inout Walker) -> Bool { access { $0.compiler.teach(&walker) } ?? false }

    /// Declares memory that the values of a type own.
    ///
    /// - Throws: `HeapSizingError` if the type has no such property.
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

    /// Declares memory that the values of all types with a name own.
    func declare(_ owned: [OwnedMemory], forTypesNamed name: String) {
        state.withLock { $0.compiler.declarations.byName[name] = owned }
    }
}
