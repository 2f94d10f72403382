#if HTML
import TrackingRecords

/// How the snapshots were taken, where that is not the usual way: in sentences.
struct SnapshotNotes {
    /// Reasons that are told; why a snapshot could not be forked mostly is one or two.
    private static let reasonLimit = 3

    let lines: [String]

    init(_ snapshots: some Collection<Snapshot>) {
        lines = [Self.forked(snapshots), Self.notForked(snapshots), Self.skipped(snapshots), Self.missed(snapshots)]
            .compactMap(\.self)
    }

    private static func forked(_ snapshots: some Collection<Snapshot>) -> String? {
        let forked = snapshots.count { $0.isolation == .forked }
        guard forked > 0 else { return nil }
        let pauses = snapshots.compactMap { $0.isolation == .forked ? $0.pause : nil }.sorted()
        var line = "\(number(forked, "snapshot")) of \(Grouped.text(snapshots.count)) \(forked == 1 ? "is" : "are")"
        line += " of one instant, taken in a copy of the process"
        guard let longest = pauses.last else { return line + "." }
        let median = Milliseconds(pauses[pauses.count / 2])
        return line + "; its threads were held up for \(median) in the median, \(Milliseconds(longest)) at most."
    }

    private static func notForked(_ snapshots: some Collection<Snapshot>) -> String? {
        var kinds: [String: (first: String, count: Int)] = [:]
        for reason in snapshots.lazy.compactMap(\.notForked) {
            // The figures in them are others each time.
            kinds[reason.filter { !$0.isWholeNumber }, default: (reason, 0)].count += 1
        }
        guard !kinds.isEmpty else { return nil }
        let sorted = kinds.values.sorted { ($1.count, $0.first) < ($0.count, $1.first) }
        var told = sorted.prefix(reasonLimit)
            .map { "\($0.first.printable)\($0.count > 1 ? " (\(Grouped.text($0.count)) like this)" : "")" }
        if sorted.count > reasonLimit { told.append(number(sorted.count - reasonLimit, "other reason")) }
        return "\(number(sorted.reduce(0) { $0 + $1.count }, "snapshot")) wanted of one instant, taken in process: "
            + told.joined(separator: "; ") + "."
    }

    private static func skipped(_ snapshots: some Collection<Snapshot>) -> String? {
        let skipped = snapshots.reduce(0) { $0 &+ $1.skipped }
        guard skipped > 0 else { return nil }
        return "\(number(skipped, "periodic snapshot")) left out, to stay within the overhead budget or because one "
            + "was still being taken."
    }

    private static func missed(_ snapshots: some Collection<Snapshot>) -> String? {
        guard let missed = snapshots.map(\.missed).max(), missed > 0 else { return nil }
        return "\(number(missed, "birth or death", "births and deaths")) could not be recorded."
    }

    private static func number(_ count: Int, _ one: String, _ many: String? = nil) -> String {
        "\(Grouped.text(count)) \(count == 1 ? one : many ?? one + "s")"
    }
}
#endif
