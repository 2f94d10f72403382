internal import Synchronization

/// The layouts of all types met so far in this process.
///
/// A walker copies what it needs into a table of its own and never comes here while it walks; this is for a type that
/// it meets for the first time. Nothing is ever removed: metadata is never freed either.
final class LayoutCatalog: Sendable {
    static let shared = LayoutCatalog()

    private let state = Mutex(LayoutCompiler())

    /// The layout of values of a type.
    func layout(of metadata: Metadata) -> TypeLayout {
        state.withLock { $0.finishedLayout(of: metadata) }
    }

    /// The layout of objects whose first word is `isa`.
    func objectLayout(of isa: Metadata) -> ObjectLayout {
        state.withLock { $0.objectLayout(of: isa) }
    }

    /// The layout of one box of captures, whose types depend on the generic arguments in it.
    ///
    /// - Parameter captured: What distinguishes it from boxes of the same code with other arguments.
    /// - Returns: The layout.
    func captureLayout(of captured: CapturedArguments) -> ObjectLayout {
        state.withLock { $0.captureLayout(of: captured) }
    }

    /// Tells a walker all that is known, so that it need not come here.
    ///
    /// - Returns: False where there is no memory.
    func teach(_ walker: inout Walker) -> Bool { state.withLock { $0.teach(&walker) } }

    /// Declares memory that the values of a type own.
    ///
    /// - Throws: `HeapSizingError` where the type has no such property.
    func declare(_ owned: [OwnedMemory], for metadata: Metadata) throws(HeapSizingError) {
        let result = state.withLock { compiler -> Result<Void, HeapSizingError> in
            do throws(HeapSizingError) {
                try compiler.declare(owned, for: metadata)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Declares memory that the values of all types of that name own.
    func declare(_ owned: [OwnedMemory], forTypesNamed name: String) {
        state.withLock { $0.declarations.byName[name] = owned }
    }
}
