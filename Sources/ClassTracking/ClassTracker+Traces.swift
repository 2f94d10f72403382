public import TrackingRecords

extension ClassTracker {
    /// Where the objects under a name were created, with how many of them live: the places with most live ones first.
    ///
    /// Their class has to be tracked with `trace: true`. Functions and lines are looked up here, on the calling thread,
    /// which takes milliseconds the first time.
    ///
    /// ```swift
    /// try tracker.trackClass(Connection.self, name: "Connection", trace: true)
    /// for site in tracker.instantiationSites(of: "Connection") { print(site) }
    /// // 1204 live, 17 dead: Pool.grow(by:) at Pool.swift:88 in my-service
    /// ```
    ///
    /// - Parameter name: What the objects stand under in ``index``.
    /// - Returns: A site for each stack, and one for all objects without a known stack, if there are any.
    public func instantiationSites(of name: String) -> [InstantiationSite] {
        guard let objects = index[name] else { return [] }
        let traces = Set(objects.map(\.trace)).compactMap { trace($0) }
        return InstantiationSite.grouping(objects, by: traces)
    }

    /// The stack that an object was created on, with functions and lines.
    ///
    /// - Parameter id: A ``TrackedObjectRecord/trace`` of an object of this tracker.
    /// - Returns: `nil` where the stack is not known: the object's class was not tracked with `trace: true`, or there were
    ///   too many different stacks.
    public func trace(_ id: Int) -> InstantiationTrace? { registry?.trace(id) }
}

extension ObjectRegistry {
    /// A stack with functions and lines, looked up on the calling thread.
    func trace(_ id: Int) -> InstantiationTrace? {
        let addresses = traces.addresses(of: id)
        guard !addresses.isEmpty else { return nil }
        return InstantiationTrace(id: id, frames: Symbolizer.shared.frames(at: addresses))
    }
}
