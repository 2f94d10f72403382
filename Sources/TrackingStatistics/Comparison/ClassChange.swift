package import TrackingRecords

/// The change of one class between two snapshots.
public struct ClassChange: Sendable, Equatable {
    /// The name under which the objects are tracked.
    public var name: String
    /// The size at the earlier snapshot; `nil` if the name was not known.
    package var before: ClassSize?
    /// The size at the later snapshot; `nil` if the name is not known any more.
    package var after: ClassSize?
    /// The number of objects created in between; `nil` if snapshots in between are missing.
    package var created: Int?
    /// The number of objects that died in between; `nil` if snapshots in between are missing.
    package var destroyed: Int?

    /// The growth in bytes, including everything that the objects refer to.
    public var bytes: Int { (after?.sum ?? 0) - (before?.sum ?? 0) }

    /// The growth in live objects.
    public var instances: Int { (after?.active ?? 0) - (before?.active ?? 0) }
}

/// A class whose size grows from one span of time to the next and never falls back.
public struct LeakSuspect: Sendable, Equatable {
    /// The class at one snapshot.
    package struct Evidence: Sendable, Equatable {
        /// The `Snapshot.label` of the snapshot.
        package var label: String
        /// Seconds since the tracker began.
        package var timestamp: Double
        /// The number of live objects.
        package var active: Int
        /// The bytes that they held together.
        package var bytes: Int
    }

    /// A stack that created many of the objects.
    package struct Site: Sendable, Equatable {
        /// The stack.
        package var trace: InstantiationTrace
        /// The number of live objects that it created since the growth began.
        package var instances: Int
    }

    /// The name under which the objects are tracked.
    public var name: String
    /// The snapshots with the fewest bytes of successive spans of time, each above the one before.
    package var evidence: [Evidence]
    /// The number of snapshots that were compared.
    package var snapshots: Int
    /// The stacks that created the objects, the most objects first; empty without traces.
    package var sites: [Site] = []

    /// The growth in bytes from the first to the last evidence.
    public var bytes: Int { (evidence.last?.bytes ?? 0) - (evidence.first?.bytes ?? 0) }

    /// The growth in live objects from the first to the last evidence.
    public var instances: Int { (evidence.last?.active ?? 0) - (evidence.first?.active ?? 0) }
}
