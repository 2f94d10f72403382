import CTrackingRuntime
import TrackingRecords

/// The redirection of the Swift runtime's allocations to `ct_allocate_object`.
///
/// The entry of the runtime's function is tried first: every allocation passes through it, including those of the
/// standard library and of libraries loaded later, and one changed byte redirects all. If that fails and the runtime is
/// a shared library, the slots through which other objects import it are redirected instead.
package enum RuntimeHooks {
    package enum Mode: String, Sendable {
        case entries
        case slots
    }

    private struct State {
        var mode: Mode?
        /// The loader's generation at the last check, for libraries that do not announce themselves.
        var generation: UInt64 = 0
        /// The state of the entries at the last check.
        var entries = CT_ENTRIES_HOLD
    }

    private static let state = OrderedMutex(.runtimeHooks, State())

    /// The current way of redirection; `nil` if allocations are not redirected.
    package static var mode: Mode? { state.withLock { $0.mode } }

    /// Redirects allocations.
    ///
    /// - Parameter modes: The ways to try, in this order.
    /// - Throws: ``TrackingError/Code/unobservable``; nothing is changed then.
    package static func install(_ modes: [Mode] = [.entries, .slots]) throws(TrackingError) {
        try state.withLock { state throws(TrackingError) in
            guard state.mode == nil else { return }
            state.generation = ct_image_generation()
            state.entries = CT_ENTRIES_HOLD
            var reasons: [String] = []
            for mode in modes {
                // A program that contains the runtime imports nothing from it.
                if mode == .slots, ct_runtime_is_shared() == 0, modes.count > 1 { continue }
                let result = mode == .entries ? redirectEntries() : redirectSlots()
                if result == CT_HOOKED {
                    state.mode = mode
                    return
                }
                let reason = reason(result)
                if !reasons.contains(reason) { reasons.append(reason) }
            }
            throw .unobservable(reasons.joined(separator: "; and "))
        }
    }

    /// Restores allocations.
    package static func remove() {
        // The lock may be held by a thread that does not exist in the child, where nothing is observed.
        guard ct_tracking_is_forked() == 0 else { return }
        state.withLock { state in
            switch state.mode {
            case .entries:
                ct_restore_slots()
                restoreEntries()
            case .slots: ct_restore_slots()
            case nil: break
            }
            state.mode = nil
        }
    }

    /// Handles libraries that were loaded and software that changed redirected code; takes a microsecond if nothing has
    /// changed.
    ///
    /// - Returns: Whether there are libraries whose classes have not been listed, and a sentence for the stream if
    ///   births were not observed, once.
    static func refresh() -> (hasNewLibraries: Bool, notice: String?) {
        state.withLock { state in
            guard let mode = state.mode else { return (false, nil) }
            let notice = mode == .entries ? renewEntries(&state) : nil
            let generation = ct_image_generation()
            guard generation != state.generation else { return (false, notice) }
            state.generation = generation
            if mode == .slots { _ = ct_redirect_slots(1) }
            return (true, notice)
        }
    }

    private static func renewEntries(_ state: inout State) -> String? {
        let entries = ct_renew_entries()
        defer { state.entries = entries }
        guard entries != state.entries else { return nil }
        switch entries {
        case CT_ENTRIES_RENEWED:
            return "another tool had put swift_allocObject's own code back: objects created meanwhile are missing, "
                + "new ones are seen again"
        case CT_ENTRIES_TAKEN:
            return "another tool, such as a debugger or a uprobe, has changed the first instruction of "
                + "swift_allocObject: some objects that are created are missing until it is removed"
        default: return nil
        }
    }

    private static func redirectEntries() -> ct_hook_result {
        for function in [CT_ALLOCATE_OBJECT, CT_DEALLOCATE_PARTIAL_INSTANCE] {
            let result = ct_redirect_entry(function)
            if result != CT_HOOKED {
                restoreEntries()
                return result
            }
        }
        // If this fails, classes of new libraries are found at the next sample.
        _ = ct_redirect_entry(CT_ADD_IMAGE)
        // Redirected import slots skip the jump at the function's entry: 0.5 ns per allocation instead of 3 ns.
        if ct_runtime_is_shared() != 0 { _ = ct_redirect_slots(0) }
        return CT_HOOKED
    }

    private static func restoreEntries() {
        for function in [CT_ADD_IMAGE, CT_ALLOCATE_OBJECT, CT_DEALLOCATE_PARTIAL_INSTANCE] {
            ct_restore_entry(function)
        }
    }

    private static func redirectSlots() -> ct_hook_result {
        let result = ct_redirect_slots(1)
        if result != CT_HOOKED && result != CT_HOOK_OTHER_COPY { ct_restore_slots() }
        return result
    }

    private static func reason(_ result: ct_hook_result) -> String {
        switch result {
        case CT_HOOK_UNKNOWN_CODE:
            "swift_allocObject begins otherwise than it is known to, maybe because another tool or a debugger changed it"
        case CT_HOOK_PLACE_TAKEN:
            "all places in memory that swift_allocObject can be led to are in use; "
                + "track classes earlier, or link the Swift runtime dynamically"
        case CT_HOOK_NO_CODE_MEMORY, CT_HOOK_CODE_READ_ONLY:
            "the system forbids changing code; link the Swift runtime dynamically, "
                + "or mount /proc and allow it (SELinux execmem, MemoryDenyWriteExecute=no)"
        case CT_HOOK_NO_SLOTS: "nothing imports swift_allocObject"
        case CT_HOOK_OTHER_COPY:
            "another copy of the tracker in this process, as of the preloaded agent or a library, observes what libraries "
                + "import, which one alone can do; track all classes by that one"
        case CT_HOOK_SLOT_READ_ONLY: "the system forbids changing what libraries import"
        default: "there are more libraries than can be observed"
        }
    }
}
