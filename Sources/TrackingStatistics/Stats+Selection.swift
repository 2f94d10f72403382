import TrackingRecords

extension Stats {
    /// Forgets all classes and objects but those of some names.
    ///
    /// What all tracked objects held stays known; it is more than the sum of those that are left then.
    package func keep(_ filter: NameFilter) {
        contents.objects.removeAll { !filter.matches($0.name) }
        contents.history = contents.history.filter { filter.matches($0.key) }
        for position in contents.snapshots.indices {
            contents.snapshots[position].classes = contents.snapshots[position].classes
                .filter { filter.matches($0.key) }
            // Complete as it is.
            contents.snapshots[position].classCount = contents.snapshots[position].classes.count
        }
        order = nil
    }
}
