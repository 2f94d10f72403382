import CTrackingRuntime
import HeapSizing

extension ClassTracker {
    /// Tracks all instances of a class and of its subclasses that are created from now on.
    ///
    /// The class is not changed for anybody else. An object is tracked once, with the parameters of its most specialised
    /// tracked class. Called again for the same class, it changes the parameters for instances to come.
    ///
    /// - Parameters:
    ///   - type: A class; one specialisation of a generic one, see ``trackClasses(matching:name:resolutionLevel:keep:trace:)``
    ///     for all.
    ///   - name: What instances stand under; the name of the class with its module where that is `nil`.
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
        let metadata = unsafeBitCast(type, to: UInt.self)
        guard let registry, registry.unwatch(metadata) || registry.unwatch(HeapSizer.descriptor(of: type)) else {
            throw .notWatched(ObjectRegistry.name(of: type))
        }
        Observatory.release()
    }

    /// Ends tracking new instances of any class; existing ones stay tracked.
    public func detachAllClasses() {
        ClassPatterns.remove(self)
        guard let registry else { return }
        for key in registry.watchedKeys { _ = registry.unwatch(key) }
        Observatory.release()
    }

    /// Ends tracking all classes and objects, and forgets the objects.
    ///
    /// What is gathered in snapshots stays. Objects that were kept are released on the calling thread.
    public func detachAll() {
        ClassPatterns.remove(self)
        takeRegistry()?.freeze()
        Observatory.release()
        releaseSweepMemory()
    }

    /// Ends tracking all classes and objects, and forgets all that was gathered.
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
        Observatory.release()
        releaseSweepMemory()
    }

    func watch(_ key: UInt, isDescriptor: Bool, typeName: String, _ rule: TrackingRule) throws(TrackingError) {
        try Observatory.check()
        let registry = try openRegistry()
        try registry.watch(key, isDescriptor: isDescriptor, typeName: typeName, rule)
        do {
            try Observatory.update()
        } catch {
            _ = registry.unwatch(key)
            throw error
        }
    }
}
