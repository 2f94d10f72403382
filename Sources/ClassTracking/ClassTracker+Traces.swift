import CTrackingRuntime
public import TrackingRecords

extension ClassTracker {
    /// Returns the places that created the objects under a name, with the number of live objects: those with most live
    /// objects first.
    ///
    /// Their class has to be tracked with `trace: true`. Functions and lines are looked up here, on the calling thread:
    /// reading the files of the program takes milliseconds and, during that time, megabytes of memory. If the line
    /// tables of a file are larger than 64 MiB, functions are returned, but not lines; if the rest of its debug
    /// information is, inlined calls are returned as the function that contains them.
    ///
    /// ```swift
    /// try tracker.trackClass(Connection.self, name: "Connection", trace: true)
    /// for site in tracker.instantiationSites(of: "Connection") { print(site) }
    /// // 1204 live, 17 dead: Pool.grow(by:) at Pool.swift:88 in my-service
    /// ```
    ///
    /// - Parameter name: The name of the objects in ``index``.
    /// - Returns: A site for each stack, and one for all objects without a known stack, if there are any.
    public func instantiationSites(of name: String) -> [InstantiationSite] {
        ct_own_objects()
        defer { ct_end_own_objects() }
        guard let objects = index[name] else { return [] }
        return InstantiationSite.grouping(objects, by: traces(objects.map(\.trace)))
    }

    /// Returns the stack that created an object, with functions and lines.
    ///
    /// - Parameter id: A ``TrackedObjectRecord/trace`` of an object of this tracker.
    /// - Returns: `nil` if the stack is not known: the object's class was not tracked with `trace: true`, or there were
    ///   too many different stacks.
    public func trace(_ id: Int) -> InstantiationTrace? { traces([id]).first }

    /// Returns the stacks that created objects, with functions and lines; faster than one by one.
    ///
    /// - Parameter ids: The ``TrackedObjectRecord/trace`` of objects of this tracker.
    /// - Returns: The known stacks, in the order of their ids, each once.
    package func traces(_ ids: some Sequence<Int>) -> [InstantiationTrace] {
        ct_own_objects()
        defer { ct_end_own_objects() }
        return registry?.stacks(ids) ?? []
    }
}

extension ObjectRegistry {
    /// Returns stacks with functions and lines, looked up on the calling thread.
    func stacks(_ ids: some Sequence<Int>) -> [InstantiationTrace] {
        let stacks = Set(ids).sorted().map { (id: $0, addresses: traces.addresses(of: $0)) }
            .filter { !$0.addresses.isEmpty }
        let frames = Symbolizer.shared.frames(at: Set(stacks.flatMap(\.addresses)))
        return stacks.map { stack in
            InstantiationTrace(
                id: stack.id,
                frames: stack.addresses.flatMap { frames[$0] ?? [TraceFrame(address: $0)] }
            )
        }
    }
}
