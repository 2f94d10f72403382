public import TrackingRecords

/// The change of one class between two snapshots.
public struct ClassChange: Sendable, Equatable {
    /// The name under which the objects are tracked.
    public var name: String
    /// The size at the earlier snapshot; `nil` if the name was not known.
    public var before: ClassSize?
    /// The size at the later snapshot; `nil` if the name is not known any more.
    public var after: ClassSize?
    /// The number of objects created in between; `nil` if snapshots in between are missing.
    public var created: Int?
    /// The number of objects that died in between; `nil` if snapshots in between are missing.
    public var destroyed: Int?

    /// The growth in bytes, including everything that the objects refer to.
    public var bytes: Int { (after?.sum ?? 0) - (before?.sum ?? 0) }

    /// The growth in live objects.
    public var instances: Int { (after?.active ?? 0) - (before?.active ?? 0) }
}

/// A class whose size grows from one span of time to the next and never falls back.
public struct LeakSuspect: Sendable, Equatable {
    /// The class at one snapshot.
    public struct Evidence: Sendable, Equatable {
        /// The `Snapshot.label` of the snapshot.
        public var label: String
        /// Seconds since the tracker began.
        public var timestamp: Double
        /// The number of live objects.
        public var active: Int
        /// The bytes that they held together.
        public var bytes: Int
    }

    /// A stack that created many of the objects.
    public struct Site: Sendable, Equatable {
        /// The stack.
        public var trace: InstantiationTrace
        /// The number of live objects that it created since the growth began.
        public var instances: Int
    }

    /// The name under which the objects are tracked.
    public var name: String
    /// The snapshots with the fewest bytes of successive spans of time, each above the one before.
    public var evidence: [Evidence]
    /// The number of snapshots that were compared.
    public var snapshots: Int
    /// The stacks that created the objects, the most objects first; empty without traces.
    public var sites: [Site] = []

    /// The growth in bytes from the first to the last evidence.
    public var bytes: Int { (evidence.last?.bytes ?? 0) - (evidence.first?.bytes ?? 0) }

    /// The growth in live objects from the first to the last evidence.
    public var instances: Int { (evidence.last?.active ?? 0) - (evidence.first?.active ?? 0) }
}
