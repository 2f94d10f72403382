package import TrackingRecords

/// The difference of two snapshots.
///
/// If nothing was tracked, the memory of the process is all that differs.
public struct StatsDiff: Sendable, Equatable {
    /// The earlier snapshot.
    package var before: Snapshot
    /// The later snapshot.
    package var after: Snapshot
    /// Indicates whether both are of one run, so that births and deaths in between are known.
    package var isOneRun: Bool
    /// The classes of both, the most growth in bytes first.
    public var classes: [ClassChange]
    /// The classes that grow from snapshot to snapshot, the most growth first; of one run only.
    public var suspects: [LeakSuspect] = []
}

extension Stats {
    /// Compares two snapshots.
    ///
    /// - Parameters:
    ///   - from: The earlier snapshot: its description, its label, or its number with a `#` in front; `nil` is the first one.
    ///   - to: The later snapshot; `nil` is the last one.
    /// - Returns: The difference, and the classes that may leak.
    /// - Throws: ``StatsError`` with the code ``StatsError/Code/noSnapshot``.
    public func diff(from: String? = nil, to: String? = nil) throws(StatsError) -> StatsDiff {
        annotate()
        takeSamplesForSnapshots()
        let first = try position(of: from, otherwise: 0)
        let last = try position(of: to, otherwise: contents.table.count - 1)
        let range = min(first, last)...max(first, last)
        var diff = Self.compare(contents.table[first], contents.table[last], between: contents.table)
        diff.suspects = leakSuspects(in: range)
        return diff
    }

    /// Compares the last snapshots of two statistics, such as two dumps.
    ///
    /// - Parameter later: The later statistics.
    /// - Returns: The difference.
    /// - Throws: ``StatsError`` with the code ``StatsError/Code/noSnapshot`` if there is none.
    public func diff(to later: Stats) throws(StatsError) -> StatsDiff {
        for stats in [self, later] {
            stats.annotate()
            stats.takeSamplesForSnapshots()
        }
        let (own, other) = (contents.table, later.contents.table)
        guard own.count > 0, other.count > 0 else { throw .noSnapshot(nil, known: []) }
        let (before, after) = (own[own.count - 1], other[other.count - 1])
        var isOneRun = false
        if let header, let latest = later.header { isOneRun = header.isSameRun(as: latest) }
        guard isOneRun else { return Self.compare(before, after, between: nil) }
        var diff = Self.compare(before, after, between: other)
        let first = other.indices.first { other.head($0).number >= before.number } ?? 0
        diff.suspects = later.leakSuspects(in: first...other.count - 1)
        return diff
    }

    private func position(of label: String?, otherwise position: Int) throws(StatsError) -> Int {
        guard let label else {
            guard contents.table.indices.contains(position) else { throw .noSnapshot(nil, known: []) }
            return position
        }
        // If several snapshots have the name, the latest one is most likely meant.
        let named = contents.table.indices.last { position in
            let snapshot = contents.table.head(position)
            return snapshot.description == label || snapshot.label == label || "#\(snapshot.number)" == label
        }
        guard let named else {
            throw .noSnapshot(label, known: contents.table.heads.suffix(3).map(\.label))
        }
        return named
    }

    private static func compare(_ before: Snapshot, _ after: Snapshot, between: SnapshotTable?) -> StatsDiff {
        let turnover = between.flatMap { Self.turnover(after: before.number, to: after.number, $0) }
        var names = Set(before.classes.keys).union(after.classes.keys)
        if let turnover { names.formUnion(turnover.keys) }
        var changes = names.map { name in
            ClassChange(
                name: name,
                before: before.classes[name],
                after: after.classes[name],
                created: turnover.map { $0[name]?.created ?? 0 },
                destroyed: turnover.map { $0[name]?.destroyed ?? 0 }
            )
        }
        changes.sort { ($1.bytes, $1.instances, $0.name) < ($0.bytes, $0.instances, $1.name) }
        return StatsDiff(before: before, after: after, isOneRun: between != nil, classes: changes)
    }

    /// Counts births and deaths by name; `nil` if a snapshot in between is missing, and its counts with it.
    private static func turnover(after first: Int, to last: Int, _ table: SnapshotTable) -> [String: ClassSize]? {
        let between = table.indices.filter { table.head($0).number > first && table.head($0).number <= last }
        guard first <= last, between.count == last - first else { return nil }
        var sums = [ClassSize?](repeating: nil, count: table.names.count)
        for position in between {
            table.forEachClass(at: position) { name, size in
                var sum = sums[name] ?? ClassSize()
                sum.created &+= size.created
                sum.destroyed &+= size.destroyed
                sums[name] = sum
            }
        }
        let known = zip(table.names, sums).compactMap { name, sum in sum.map { (name, $0) } }
        return Dictionary(uniqueKeysWithValues: known)
    }
}
