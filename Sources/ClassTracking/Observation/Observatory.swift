import CTrackingRuntime
import HeapSizing
import Synchronization

/// Switches the observation of births on while any tracker watches a class, and off again.
///
/// There is one for the process: its allocations are redirected once, whoever looks at them.
enum Observatory {
    private struct State {
        var isInstalled = false
        var wasTested = false
    }

    private static let state = Mutex(State())

    /// Checks what tracking any object rests on.
    ///
    /// - Throws: ``TrackingError/unsupportedRuntime(_:)``.
    static func check() throws(TrackingError) {
        do {
            try HeapSizer.checkRuntime()
        } catch {
            throw .unsupportedRuntime("\(error)")
        }
    }

    /// Redirects allocations if a class is watched, and lets them alone if none is.
    ///
    /// - Throws: ``TrackingError/unobservable(_:)`` where the system does not let us, or a birth is not seen.
    static func update() throws(TrackingError) {
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

    /// Lets allocations alone if no class is watched any more.
    static func release() { try? update() }
}

/// Makes an object of a known class and looks whether its birth and its death arrive.
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
        let key = unsafeBitCast(Subject.self as AnyClass, to: UInt.self)
        guard ct_watch_class(registry, key, 0, 1, 0) == CT_OK else { return false }
        let (wasSeen, address) = make(registry)
        // It is dead now.
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
