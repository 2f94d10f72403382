/// A stack with the objects that were created on it: which line creates them.
public struct InstantiationSite: Sendable, Equatable {
    /// The stack; `nil` for objects of which none is known.
    public var trace: InstantiationTrace?
    /// Objects that were created there and live.
    public var live: Int
    /// Dead ones, as far as they are kept.
    public var dead: Int

    /// Makes a site.
    ///
    /// - Parameters:
    ///   - trace: The stack.
    ///   - live: Objects that live.
    ///   - dead: Dead ones that are kept.
    public init(trace: InstantiationTrace?, live: Int, dead: Int) {
        self.trace = trace
        self.live = live
        self.dead = dead
    }

    /// Groups objects by the stack they were created on: most live ones first, then most dead ones.
    ///
    /// - Parameters:
    ///   - objects: Objects, alive and dead.
    ///   - traces: What their ``TrackedObjectRecord/trace`` refers to.
    /// - Returns: A site for each stack, and one for all objects without a known one, if there are any.
    public static func grouping(
        _ objects: some Sequence<TrackedObjectRecord>,
        by traces: some Sequence<InstantiationTrace>
    ) -> [InstantiationSite] {
        var known: [Int: InstantiationTrace] = [:]
        // A later trace of the same id is the one that later objects refer to.
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
