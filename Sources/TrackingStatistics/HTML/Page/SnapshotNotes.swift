#if HTML
import TrackingRecords

/// Sentences on snapshots that were not taken in the usual way.
struct SnapshotNotes {
    /// The most reasons that are listed; mostly there are one or two.
    private static let reasonLimit = 3

    let lines: [String]

    init(_ snapshots: some Collection<Snapshot>) {
        lines = [
            Self.earlier(snapshots), Self.unused(snapshots), Self.forked(snapshots), Self.notForked(snapshots),
            Self.skipped(snapshots), Self.missed(snapshots),
        ]
        .compactMap(\.self)
    }

    private static func earlier(_ snapshots: some Collection<Snapshot>) -> String? {
        guard let first = snapshots.first?.number, first > 1 else { return nil }
        return "\(counted(first - 1, "earlier snapshot")) \(first == 2 ? "is" : "are") not in the records any more."
    }

    private static func unused(_ snapshots: some Collection<Snapshot>) -> String? {
        let tracked = snapshots.reversed().first { $0.classCount > 0 || $0.unusedClasses > 0 }
        guard let unused = tracked?.unusedClasses, unused > 0 else { return nil }
        return
            "\(counted(unused, "class that matches", "classes that match")) a pattern \(unused == 1 ? "has" : "have") never "
            + "had an instance."
    }

    private static func forked(_ snapshots: some Collection<Snapshot>) -> String? {
        let forked = snapshots.count { $0.isolation == .forked }
        guard forked > 0 else { return nil }
        let pauses = snapshots.compactMap { $0.isolation == .forked ? $0.pause : nil }.sorted()
        var line = "\(counted(forked, "snapshot")) of \(CountText(snapshots.count)) \(forked == 1 ? "is" : "are")"
        line += " of one instant, taken in a copy of the process"
        guard let longest = pauses.last else { return line + "." }
        let median = TimeText(pauses[pauses.count / 2], .fine)
        return line + "; its threads were held up for \(median) in the median, \(TimeText(longest, .fine)) at most."
    }

    private static func notForked(_ snapshots: some Collection<Snapshot>) -> String? {
        var kinds: [String: (first: String, count: Int)] = [:]
        for reason in snapshots.lazy.compactMap(\.notForked) {
            // Reasons that differ only in figures are one.
            kinds[reason.filter { !$0.isWholeNumber }, default: (reason, 0)].count += 1
        }
        guard !kinds.isEmpty else { return nil }
        let sorted = kinds.values.sorted { ($1.count, $0.first) < ($0.count, $1.first) }
        var listed = sorted.prefix(reasonLimit)
            .map { "\($0.first.printable)\($0.count > 1 ? " (\(CountText($0.count)) like this)" : "")" }
        if sorted.count > reasonLimit { listed.append(counted(sorted.count - reasonLimit, "other reason")) }
        let count = sorted.reduce(0) { $0 + $1.count }
        return
            "\(counted(count, "snapshot")) should have been of one instant and \(count == 1 ? "was" : "were") taken in process: "
            + listed.joined(separator: "; ") + "."
    }

    private static func skipped(_ snapshots: some Collection<Snapshot>) -> String? {
        let skipped = snapshots.reduce(0) { $0 &+ $1.skipped }
        guard skipped > 0 else { return nil }
        return "\(counted(skipped, "periodic snapshot")) left out, to stay within the overhead budget or because one "
            + "was still being taken."
    }

    private static func missed(_ snapshots: some Collection<Snapshot>) -> String? {
        guard let missed = snapshots.map(\.missed).max(), missed > 0 else { return nil }
        return "\(counted(missed, "birth or death", "births and deaths")) could not be recorded."
    }
}
#endif
