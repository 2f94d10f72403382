import TrackingRecords

extension Stats {
    /// Forgets all classes and objects but those whose names match.
    ///
    /// The total of all tracked objects stays; it is more than the sum of those that are left.
    package func keep(_ filter: NameFilter) {
        contents.objects.removeAll { !filter.matches($0.name) }
        contents.history = contents.history.filter { filter.matches($0.key) }
        var table = SnapshotTable()
        for position in contents.table.indices {
            var snapshot = contents.table[position]
            snapshot.classes = snapshot.classes.filter { filter.matches($0.key) }
            // The snapshot is complete: no class is missing from the requested ones.
            snapshot.classCount = snapshot.classes.count
            table.append(snapshot)
        }
        contents.table = table
        order = nil
    }
}
