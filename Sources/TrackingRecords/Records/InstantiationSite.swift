/// A stack with the number of objects that were created on it, which shows the line that creates them.
public struct InstantiationSite: Sendable, Equatable {
    /// The stack; `nil` for objects with an unknown one.
    public var trace: InstantiationTrace?
    /// The number of live objects created there.
    public var live: Int
    /// The number of dead objects created there, as far as they are kept.
    public var dead: Int

    /// Creates a site.
    ///
    /// - Parameters:
    ///   - trace: The stack.
    ///   - live: The number of live objects.
    ///   - dead: The number of dead objects that are kept.
    package init(trace: InstantiationTrace?, live: Int, dead: Int) {
        self.trace = trace
        self.live = live
        self.dead = dead
    }

    /// Groups objects by the stack that created them: those with most live objects first, then those with most dead
    /// ones.
    ///
    /// - Parameters:
    ///   - objects: The objects, alive and dead.
    ///   - traces: The traces to which ``TrackedObjectRecord/trace`` refers.
    /// - Returns: A site for each stack, and one for all objects without a known one, if there are any.
    package static func grouping(
        _ objects: some Sequence<TrackedObjectRecord>,
        by traces: some Sequence<InstantiationTrace>
    ) -> [InstantiationSite] {
        var known: [Int: InstantiationTrace] = [:]
        // Of two traces with the same id, later objects refer to the later one.
        for trace in traces { known[trace.id] = trace }
        var sites: [Int: InstantiationSite] = [:]
        for object in objects {
            let trace = known[object.trace]
            var site = sites[trace?.id ?? 0] ?? InstantiationSite(trace: trace, live: 0, dead: 0)
            if object.death == nil { site.live += 1 } else { site.dead += 1 }
            sites[trace?.id ?? 0] = site
        }
        return
            sites.sorted { first, second in
                (second.value.live, second.value.dead, first.key) < (first.value.live, first.value.dead, second.key)
            }
            .map(\.value)
    }
}

extension InstantiationSite: CustomStringConvertible {
    /// The counts and the line that creates the objects.
    public var description: String {
        let place = trace.map { $0.site.map(String.init(describing:)) ?? "an empty stack" } ?? "an unknown place"
        return "\(live) live, \(dead) dead: \(place)"
    }
}
