import CTrackingRuntime

extension ClassTracker {
    /// Tracks one object: its size at each snapshot, and its death.
    ///
    /// Does nothing if the object is tracked already.
    ///
    /// - Parameters:
    ///   - object: An instance of a class.
    ///   - name: The name of the object in snapshots and in the index; `nil` for the name of its class.
    ///   - resolutionLevel: The number of levels of referents that are sized individually.
    ///   - keep: Whether the tracker retains the object, until it is detached.
    ///   - trace: Whether the stack of this call is recorded. The stack that created the object is known only for an
    ///     instance of a class that is tracked with `trace: true`.
    /// - Throws: ``TrackingError`` with the code ``TrackingError/Code/invalidArgument`` for a value in a box or a resolution
    ///   level out of range, ``TrackingError/Code/unobservable``, ``TrackingError/Code/limitReached``,
    ///   ``TrackingError/Code/forkedProcess`` or ``TrackingError/Code/closed``.
    @inline(never)  // for ct_frame
    public func trackObject(
        _ object: AnyObject,
        name: String? = nil,
        resolutionLevel: Int = 0,
        keep: Bool = false,
        trace: Bool = false
    ) throws(TrackingError) {
        ct_own_objects()
        defer { ct_end_own_objects() }
        let type: AnyClass = Swift.type(of: object)
        let typeName = ObjectRegistry.name(of: type)
        // `value as AnyObject` creates a box to which nothing else refers.
        guard !typeName.hasSuffix("__SwiftValue") else { throw .notAnInstance(typeName) }
        let rule = TrackingRule(
            name: name ?? _typeName(type, qualified: false),
            resolutionLevel: try Self.checked(resolutionLevel),
            keep: keep,
            trace: trace
        )
        try BirthObservation.check()
        try openRegistry().track(object, rule, frame: ct_frame())
        // Not needed if a watched class tracks the object, but this may be the first use of the registry.
        try BirthObservation.update()
    }

    /// Changes the resolution level of a tracked object, from the next snapshot on.
    ///
    /// - Parameters:
    ///   - object: A tracked object.
    ///   - resolutionLevel: The number of levels of referents that are sized individually.
    /// - Throws: ``TrackingError`` with the code ``TrackingError/Code/notTracked``, or ``TrackingError/Code/invalidArgument``
    ///   for a resolution level out of range.
    public func trackChange(_ object: AnyObject, resolutionLevel: Int) throws(TrackingError) {
        ct_own_objects()
        defer { ct_end_own_objects() }
        let level = try Self.checked(resolutionLevel)
        guard let registry else { throw .notTracked(ObjectRegistry.name(of: type(of: object))) }
        try registry.change(object, resolutionLevel: level)
    }

    /// Indicates whether the tracker tracks an object.
    ///
    /// - Parameter object: An instance of a class.
    /// - Returns: Whether it does.
    public func isTracking(_ object: AnyObject) -> Bool { registry?.key(of: object) != nil }

    static func checked(_ resolutionLevel: Int) throws(TrackingError) -> Int {
        guard TrackingRule.resolutionLevels.contains(resolutionLevel) else {
            throw .resolutionLevelOutOfRange(resolutionLevel)
        }
        return resolutionLevel
    }
}
