#if CLI
import ClassTracking

/// Which classes have series of their own: no more than ``TrackerMetric/classLimit`` of a program, for ever.
///
/// They are chosen as they come, and snapshots tell the largest first. A class stays chosen over restarts of the program,
/// so that its series goes on.
struct ClassSelection {
    private let filters: [NameFilter]
    private var chosen: [MetricsOwner: Set<String>] = [:]

    /// - Parameter patterns: Which names are meant; all of them without any.
    init(_ patterns: [String]) { filters = patterns.map { NameFilter($0) } }

    /// Whether a class has series of its own.
    mutating func takes(_ name: String, of owner: MetricsOwner) -> Bool {
        if chosen[owner]?.contains(name) == true { return true }
        guard name != TrackerMetric.otherClass, chosen[owner, default: []].count < TrackerMetric.classLimit,
            filters.isEmpty || filters.contains(where: { $0.matches(name) })
        else { return false }
        chosen[owner, default: []].insert(name)
        return true
    }

    /// All that were chosen so far.
    func names(of owner: MetricsOwner) -> Set<String> { chosen[owner] ?? [] }

    /// Forgets those that do not run, once there are too many: transient units have another name each time.
    mutating func limit(to count: Int, keeping owners: Set<MetricsOwner>) {
        if chosen.count > count { chosen = chosen.filter { owners.contains($0.key) } }
    }
}
#endif
