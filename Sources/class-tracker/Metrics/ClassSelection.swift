#if CLI
import ClassTracking

/// Chooses the classes that have series of their own: at most ``TrackerMetric/classLimit`` of a program, for ever.
///
/// The first ones are chosen, which are the largest: snapshots list these first. A class stays chosen when the program is
/// restarted, so that its series continues.
struct ClassSelection {
    private let filters: [NameFilter]
    private var chosen: [MetricsOwner: Set<String>] = [:]

    /// Creates a selection.
    ///
    /// - Parameter patterns: The patterns of the names to choose from; without a pattern all names.
    init(_ patterns: [String]) { filters = patterns.map { NameFilter($0) } }

    /// Returns whether a class has series of its own, after choosing it if there is space.
    mutating func takes(_ name: String, of owner: MetricsOwner) -> Bool {
        if chosen[owner]?.contains(name) == true { return true }
        guard name != TrackerMetric.otherClass, chosen[owner, default: []].count < TrackerMetric.classLimit,
            filters.isEmpty || filters.contains(where: { $0.matches(name) })
        else { return false }
        chosen[owner, default: []].insert(name)
        return true
    }

    /// Returns the classes that were chosen so far.
    func names(of owner: MetricsOwner) -> Set<String> { chosen[owner] ?? [] }

    /// Forgets owners that do not run if there are too many: transient units have another name each time.
    mutating func limit(to count: Int, keeping owners: Set<MetricsOwner>) {
        if chosen.count > count { chosen = chosen.filter { owners.contains($0.key) } }
    }
}
#endif
