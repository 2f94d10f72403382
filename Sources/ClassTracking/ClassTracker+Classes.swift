import CTrackingRuntime
import SwiftRuntimeABI

extension ClassTracker {
    /// Tracks all instances of a class and of its subclasses that are created from now on.
    ///
    /// Other code sees no change of the class. An object is tracked once, with the parameters of its most derived
    /// tracked class. Another call for the same class changes the parameters for later instances.
    ///
    /// - Parameters:
    ///   - type: A class, or one specialization of a generic class; see
    ///     ``trackClasses(matching:name:resolutionLevel:keep:trace:)`` for all specializations.
    ///   - name: The name of the instances in snapshots and in the index; `nil` for the name of the class with its
    ///     module.
    ///   - resolutionLevel: The number of levels of referents that are sized individually.
    ///   - keep: Whether the tracker retains each instance, until it is detached.
    ///   - trace: Whether the stack that creates an instance is recorded.
    /// - Throws: ``TrackingError`` with the code ``TrackingError/Code/unobservable`` if births or deaths cannot be observed,
    ///   ``TrackingError/Code/invalidArgument`` for a resolution level out of range, ``TrackingError/Code/limitReached``,
    ///   ``TrackingError/Code/forkedProcess`` or ``TrackingError/Code/closed``.
    public func trackClass(
        _ type: AnyClass,
        name: String? = nil,
        resolutionLevel: Int = 0,
        keep: Bool = false,
        trace: Bool = false
    ) throws(TrackingError) {
        ct_own_objects()
        defer { ct_end_own_objects() }
        let typeName = ObjectRegistry.name(of: type)
        let rule = TrackingRule(
            name: name ?? typeName,
            resolutionLevel: try Self.checked(resolutionLevel),
            keep: keep,
            trace: trace
        )
        try watch(Metadata(type).address, isDescriptor: false, typeName: typeName, rule)
    }

    /// Stops tracking instances of a class that are created from now on; existing ones stay tracked.
    ///
    /// A generic class that is tracked by a pattern is detached with all its specializations.
    ///
    /// - Parameter type: A tracked class.
    /// - Throws: ``TrackingError`` with the code ``TrackingError/Code/notTracked``.
    public func detachClass(_ type: AnyClass) throws(TrackingError) {
        ct_own_objects()
        defer { ct_end_own_objects() }
        let metadata = Metadata(type)
        guard let registry, registry.unwatch(metadata.address) || registry.unwatch(metadata.descriptor?.address ?? 0)
        else {
            throw .notWatched(ObjectRegistry.name(of: type))
        }
        BirthObservation.release()
    }

    /// Stops tracking new instances of any class; existing ones stay tracked.
    public func detachAllClasses() {
        ct_own_objects()
        defer { ct_end_own_objects() }
        ClassPatterns.remove(self)
        guard let registry else { return }
        for key in registry.watchedKeys { _ = registry.unwatch(key) }
        BirthObservation.release()
    }

    /// Stops tracking all classes and objects, and discards the objects.
    ///
    /// Snapshots and histories remain. Objects that were kept are released on the calling thread.
    public func detachAll() {
        ClassPatterns.remove(self)
        takeRegistry()?.freeze()
        BirthObservation.release()
        releaseSweepMemory()
    }

    /// Stops tracking all classes and objects, and discards all recorded data.
    ///
    /// Waits for no snapshot: a snapshot in progress on another thread finishes, and is not stored.
    public func clear() {
        detachAll()
        forgetSnapshots()
    }

    /// Stops the tracker, and restores the process to its state before; the recorded data can still be read.
    ///
    /// Waits for the sinks like ``stopPeriodicSnapshots()``. Objects that were kept are released on the calling thread.
    public func close() {
        stopPeriodicSnapshots()
        ClassPatterns.remove(self)
        registry?.freeze()
        BirthObservation.release()
        releaseSweepMemory()
    }

    func watch(
        _ key: UInt,
        isDescriptor: Bool,
        identity: UInt64 = 0,
        typeName: String,
        _ rule: TrackingRule,
        isNamed: Bool = true
    ) throws(TrackingError) {
        try BirthObservation.check()
        let registry = try openRegistry()
        try registry.watch(
            key,
            isDescriptor: isDescriptor,
            identity: identity,
            typeName: typeName,
            rule,
            isNamed: isNamed
        )
        do {
            try BirthObservation.update()
        } catch {
            _ = registry.unwatch(key)
            throw error
        }
    }
}
