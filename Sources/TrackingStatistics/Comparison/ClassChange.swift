public import TrackingRecords

/// How what the objects under one name held changed between two snapshots.
public struct ClassChange: Sendable, Equatable {
    /// What the objects were announced under.
    public var name: String
    /// What they held before; `nil` where the name was not there.
    public var before: ClassSize?
    /// What they hold after; `nil` where the name is not there any more.
    public var after: ClassSize?
    /// Objects announced in between; `nil` where the snapshots in between are not known.
    public var created: Int?
    /// Objects that died in between; `nil` where the snapshots in between are not known.
    public var destroyed: Int?

    /// Bytes more than before, with all that the objects refer to.
    public var bytes: Int { (after?.sum ?? 0) - (before?.sum ?? 0) }

    /// Live objects more than before.
    public var instances: Int { (after?.active ?? 0) - (before?.active ?? 0) }
}

/// A class whose objects take more and more, and never come back to what they took.
public struct LeakSuspect: Sendable, Equatable {
    /// What is known of the class at one snapshot.
    public struct Evidence: Sendable, Equatable {
        /// The snapshot's ``/TrackingRecords/Snapshot/label``.
        public var label: String
        /// Seconds since the tracker began.
        public var timestamp: Double
        /// Objects that were alive.
        public var active: Int
        /// Bytes that they held together.
        public var bytes: Int
    }

    /// Where many of the objects were created.
    public struct Site: Sendable, Equatable {
        /// The stack.
        public var trace: InstantiationTrace
        /// Live objects that were created there since the growth began.
        public var instances: Int
    }

    /// What the objects were announced under.
    public var name: String
    /// The snapshots with the least bytes of successive spans of time, each above the one before.
    public var evidence: [Evidence]
    /// How many snapshots were looked at.
    public var snapshots: Int
    /// Where they were created, the most objects first; empty without traces.
    public var sites: [Site] = []

    /// Bytes that it grew, from the first to the last of the evidence.
    public var bytes: Int { (evidence.last?.bytes ?? 0) - (evidence.first?.bytes ?? 0) }

    /// Live objects more than at the first of the evidence.
    public var instances: Int { (evidence.last?.active ?? 0) - (evidence.first?.active ?? 0) }
}
