import CTrackingRuntime
import HeapSizing

extension ClassTracker {
    /// Tracks all instances of a class and of its subclasses that are created from now on.
    ///
    /// The class is not changed for anybody else. An object is tracked once, with the parameters of its most
    /// specialised
    /// tracked class. Called again for the same class, it changes the parameters for instances to come.
    ///
    /// - Parameters:
    ///   - type: A class; one specialisation of a generic one, see
    ///     ``trackClasses(matching:name:resolutionLevel:keep:trace:)``
    ///     for all.
    ///   - name: The name of the instances in snapshots and in the index; `nil` takes the name of the class with its
    ///     module.
    ///   - resolutionLevel: How many levels of referents are sized one by one.
    ///   - keep: Whether the tracker retains each instance, until it is detached.
    ///   - trace: Whether the stack is recorded on which an instance is created.
    /// - Throws: ``TrackingError/unobservable(_:)`` where births cannot be seen; ``TrackingError/unwritableClass(_:)``;
    ///   ``TrackingError/resolutionLevelOutOfRange(_:)``; what else may be in the way of tracking at all.
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
        try watch(unsafeBitCast(type, to: UInt.self), isDescriptor: false, typeName: typeName, rule)
    }

    /// Ends tracking the instances of a class that are created from now on; existing ones stay tracked.
    ///
    /// A generic class that is tracked by a pattern is detached with all its specialisations.
    ///
    /// - Parameter type: A tracked class.
    /// - Throws: ``TrackingError/notWatched(_:)`` where the class is not tracked.
    public func detachClass(_ type: AnyClass) throws(TrackingError) {
        ct_own_objects()
        defer { ct_end_own_objects() }
        let metadata = unsafeBitCast(type, to: UInt.self)
        guard let registry, registry.unwatch(metadata) || registry.unwatch(HeapSizer.descriptor(of: type)) else {
            throw .notWatched(ObjectRegistry.name(of: type))
        }
        BirthObservation.release()
    }

    /// Ends tracking new instances of any class; existing ones stay tracked.
    public func detachAllClasses() {
        ct_own_objects()
        defer { ct_end_own_objects() }
        ClassPatterns.remove(self)
        guard let registry else { return }
        for key in registry.watchedKeys { _ = registry.unwatch(key) }
        BirthObservation.release()
    }

    /// Ends tracking all classes and objects, and forgets the objects.
    ///
    /// Snapshots and histories remain. Objects that were kept are released on the calling thread.
    public func detachAll() {
        ClassPatterns.remove(self)
        takeRegistry()?.freeze()
        BirthObservation.release()
        releaseSweepMemory()
    }

    /// Ends tracking all classes and objects, and forgets all that was gathered.
    ///
    /// Waits for no snapshot: one that is in flight on another thread finishes, and is not kept.
    public func clear() {
        detachAll()
        forgetSnapshots()
    }

    /// Ends all the tracker does, and leaves the process as it was before; what was gathered can still be read.
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
