import CTrackingRuntime
import HeapSizing
import SwiftRuntimeABI
import TrackingRecords

/// Starts the observation of births when any tracker watches a class, and stops it when none does.
///
/// There is one for the process, because allocations are redirected once for all trackers.
package enum BirthObservation {
    private struct State {
        var isInstalled = false
        var wasTested = false
    }

    private static let state = OrderedMutex(.observatory, State())

    /// Checks the assumptions for tracking any object.
    ///
    /// - Throws: ``TrackingError/Code/unobservable``.
    static func check() throws(TrackingError) {
        do {
            try HeapSizer.checkMetadata()
        } catch {
            throw .unsupportedRuntime("\(error)")
        }
    }

    /// Redirects allocations if a class is watched, and restores them if none is.
    ///
    /// - Throws: ``TrackingError/Code/unobservable`` if the system forbids it, or a birth is not observed;
    ///   ``TrackingError/Code/forkedProcess``.
    static func update() throws(TrackingError) {
        // The lock may be held by a thread that does not exist in the child.
        guard ct_tracking_is_forked() == 0 else { throw .forkedProcess }
        if ct_watches_births() != 0 { ct_search_functions() }
        try state.withLock { state throws(TrackingError) in
            let isWanted = ct_watches_births() != 0
            if isWanted, !state.isInstalled {
                try RuntimeHooks.install()
                state.isInstalled = true
                if !state.wasTested {
                    guard ObservationProbe.succeeds() else {
                        RuntimeHooks.remove()
                        state.isInstalled = false
                        throw .unobservable("a new object was not seen, as by a Swift runtime that works otherwise")
                    }
                    state.wasTested = true
                }
            } else if !isWanted, state.isInstalled {
                RuntimeHooks.remove()
                state.isInstalled = false
            }
        }
    }

    /// Applies patterns to libraries that were loaded unnoticed, and checks the redirection.
    ///
    /// Takes a microsecond if nothing has changed.
    ///
    /// - Returns: One line for the stream if births were not observed, once.
    @discardableResult
    package static func refresh() -> String? {
        guard ct_tracking_is_forked() == 0 else { return nil }
        let (hasNewLibraries, notice) = RuntimeHooks.refresh()
        if hasNewLibraries {
            ct_classes_renew()
            ClassPatterns.applyToNewLibraries()
        }
        ClassPatterns.tellLateClasses()
        guard let refusal = refusedClasses() else { return notice }
        return notice.map { "\($0); \(refusal)" } ?? refusal
    }

    /// Returns one line about the classes that should be observed and cannot be, once; `nil` if there are none.
    private static func refusedClasses() -> String? {
        withUnsafeTemporaryAllocation(of: ct_refused_class.self, capacity: 16) { list in
            guard let first = list.baseAddress else { return nil }
            let count = ct_take_refused_classes(first, list.count)
            guard count > 0 else { return nil }
            let names = list[..<count]
                .map { HeapSizer.className($0.metadata, identity: $0.identity) ?? "a class that is gone" }
            return "not tracked: \(TrackingError.unwritableClass(names.sorted().joined(separator: ", ")))"
        }
    }

    /// Restores allocations if no class is watched any more.
    static func release() { try? update() }
}

/// Creates an object of a known class and checks that its birth and its death are recorded.
enum ObservationProbe {
    private final class Subject {
        var value = 0
    }

    static func succeeds() -> Bool {
        guard let registry = ct_registry_open(0) else { return false }
        defer {
            var nobody = UnsafeMutableRawPointer(registry)
            _ = ct_registry_freeze(registry, &nobody, 0)
            ct_registry_close(registry)
        }
        let key = Metadata(Subject.self).address
        guard ct_watch_class(registry, key, 0, 0, 1, 0) == CT_OK else { return false }
        // The object represents one of the host.
        let depth = ct_exchange_own_objects(0)
        let (wasSeen, address) = make(registry)
        _ = ct_exchange_own_objects(depth)
        // The object has been released.
        return wasSeen && !isTracked(registry, address)
    }

    @inline(never)
    private static func make(_ registry: OpaquePointer) -> (wasSeen: Bool, address: UnsafeMutableRawPointer) {
        let subject = Subject()
        let address = Unmanaged.passUnretained(subject).toOpaque()
        return withExtendedLifetime(subject) { (isTracked(registry, address), address) }
    }

    private static func isTracked(_ registry: OpaquePointer, _ address: UnsafeMutableRawPointer) -> Bool {
        var flags: UInt32 = 0
        var key: UInt64 = 0
        return ct_object_rule(registry, address, &flags, &key) != 0
    }
}
