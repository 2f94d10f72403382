import CTrackingRuntime

extension ClassTracker {
    /// Tracks one object: its size at each snapshot, and when it dies.
    ///
    /// Nothing happens where the object is tracked already.
    ///
    /// - Parameters:
    ///   - object: An instance of a class.
    ///   - name: The name of the object in snapshots and in the index; `nil` takes the name of its class.
    ///   - resolutionLevel: How many levels of referents are sized one by one.
    ///   - keep: Whether the tracker retains the object, until it is detached.
    ///   - trace: Whether the stack of this call is recorded. The object exists already: where it was created is known only
    ///     for instances of a class that is tracked with `trace: true`.
    /// - Throws: ``TrackingError/notAnInstance(_:)`` for a value in a box; ``TrackingError/resolutionLevelOutOfRange(_:)``;
    ///   what else may be in the way of tracking at all.
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
        // `value as AnyObject` makes a box that nobody else refers to.
        guard !typeName.hasSuffix("__SwiftValue") else { throw .notAnInstance(typeName) }
        let rule = TrackingRule(
            name: name ?? _typeName(type, qualified: false),
            resolutionLevel: try Self.checked(resolutionLevel),
            keep: keep,
            trace: trace
        )
        try BirthObservation.check()
        try openRegistry().track(object, rule, frame: ct_frame())
        // A tracked class that is watched too would not need it, but this may be the first use of the registry.
        try BirthObservation.update()
    }

    /// Changes how a tracked object is sized, from the next snapshot on.
    ///
    /// - Parameters:
    ///   - object: A tracked object.
    ///   - resolutionLevel: How many levels of referents are sized one by one.
    /// - Throws: ``TrackingError/notTracked(_:)``; ``TrackingError/resolutionLevelOutOfRange(_:)``.
    public func trackChange(_ object: AnyObject, resolutionLevel: Int) throws(TrackingError) {
        ct_own_objects()
        defer { ct_end_own_objects() }
        let level = try Self.checked(resolutionLevel)
        guard let registry else { throw .notTracked(ObjectRegistry.name(of: type(of: object))) }
        try registry.change(object, resolutionLevel: level)
    }

    /// Tells whether the tracker tracks an object.
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
