public import TrackingRecords

/// What changed between two snapshots.
public struct StatsDiff: Sendable, Equatable {
    /// The earlier snapshot.
    public var before: Snapshot
    /// The later snapshot.
    public var after: Snapshot
    /// Whether both are of one run, so that objects that died and came in between can be told.
    public var isOneRun: Bool
    /// The names in either, the most growth in bytes first.
    public var classes: [ClassChange]
    /// The classes that grow from snapshot to snapshot, the most growth first; of one run only.
    public var suspects: [LeakSuspect] = []
}

extension Stats {
    /// Compares two snapshots.
    ///
    /// - Parameters:
    ///   - from: The earlier one: its description, its label, or its number with a `#` before it; the first one where that
    ///     is `nil`.
    ///   - to: The later one; the last one where that is `nil`.
    /// - Returns: What changed, and what may leak.
    /// - Throws: ``StatsError/noSnapshot(_:known:)``.
    public func diff(from: String? = nil, to: String? = nil) throws(StatsError) -> StatsDiff {
        annotate()
        let first = try position(of: from, otherwise: snapshots.startIndex)
        let last = try position(of: to, otherwise: snapshots.endIndex - 1)
        let range = min(first, last)...max(first, last)
        var diff = Self.compare(snapshots[first], snapshots[last], between: snapshots)
        diff.suspects = leakSuspects(in: range)
        return diff
    }

    /// Compares the last snapshots of two statistics, such as two dumps.
    ///
    /// - Parameter later: The later ones.
    /// - Returns: What changed.
    /// - Throws: ``StatsError/noSnapshot(_:known:)`` where there is none.
    public func diff(to later: Stats) throws(StatsError) -> StatsDiff {
        annotate()
        later.annotate()
        guard let before = snapshots.last, let after = later.snapshots.last else {
            throw .noSnapshot(nil, known: [])
        }
        var isOneRun = false
        if let header, let other = later.header { isOneRun = header.isSameRun(as: other) }
        guard isOneRun else { return Self.compare(before, after, between: nil) }
        var diff = Self.compare(before, after, between: later.snapshots)
        let first = later.snapshots.firstIndex { $0.number >= before.number } ?? 0
        diff.suspects = later.leakSuspects(in: first...later.snapshots.count - 1)
        return diff
    }

    private func position(of label: String?, otherwise position: Int) throws(StatsError) -> Int {
        guard let label else {
            guard snapshots.indices.contains(position) else { throw .noSnapshot(nil, known: []) }
            return position
        }
        // The latest, as it is most likely meant.
        let named = snapshots.lastIndex {
            $0.description == label || $0.label == label || "#\($0.number)" == label
        }
        guard let named else {
            throw .noSnapshot(label, known: snapshots.suffix(3).map(\.label))
        }
        return named
    }

    private static func compare(_ before: Snapshot, _ after: Snapshot, between: [Snapshot]?) -> StatsDiff {
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

    /// Births and deaths by name; `nil` where a snapshot in between is missing, and with it what it counted.
    private static func turnover(after first: Int, to last: Int, _ snapshots: [Snapshot]) -> [String: ClassSize]? {
        let between = snapshots.filter { $0.number > first && $0.number <= last }
        guard first <= last, between.count == last - first else { return nil }
        var sums: [String: ClassSize] = [:]
        for snapshot in between {
            for (name, size) in snapshot.classes {
                sums[name, default: ClassSize()].created += size.created
                sums[name, default: ClassSize()].destroyed += size.destroyed
            }
        }
        return sums
    }
}
