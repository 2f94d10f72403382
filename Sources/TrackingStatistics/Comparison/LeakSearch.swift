import TrackingRecords

extension Stats {
    /// Spans of time that are compared at most; as many rises in a row are no accident.
    private static let spanLimit = 8
    /// Fewer snapshots show nothing.
    private static let fewestSnapshots = 3
    private static let siteLimit = 3

    /// The classes that grow and do not come back.
    ///
    /// The snapshots are split into up to eight spans of time. A class is suspected when the least it held within each span
    /// is more than within the span before: what goes up and down, such as a cache that is emptied now and then, is none.
    /// With fewer than eight snapshots, each is a span. A class that began to grow later is found in the second half, or
    /// the last quarter, if it grew beyond all that it held before.
    ///
    /// - Parameter range: The positions of the snapshots to look at; all without one. Three are the least.
    /// - Returns: The suspects, the most growth in bytes first.
    public func leakSuspects(in range: ClosedRange<Int>? = nil) -> [LeakSuspect] {
        annotate()
        guard !snapshots.isEmpty else { return [] }
        let range = (range ?? 0...snapshots.count - 1).clamped(to: 0...snapshots.count - 1)
        var names: Set<String> = []
        for position in range { names.formUnion(snapshots[position].classes.keys) }
        var suspects: [LeakSuspect] = []
        for name in names {
            guard var suspect = suspect(name, in: range) else { continue }
            suspect.sites = sites(of: suspect)
            suspects.append(suspect)
        }
        return suspects.sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }
    }

    private func suspect(_ name: String, in range: ClosedRange<Int>) -> LeakSuspect? {
        for part in [1, 2, 4] {
            let count = range.count / part
            guard count >= (part == 1 ? Self.fewestSnapshots : Self.spanLimit) else { return nil }
            let latest = range.upperBound - count + 1...range.upperBound
            let evidence = leastOfSpans(name, latest)
            guard zip(evidence, evidence.dropFirst()).allSatisfy({ $0.bytes < $1.bytes }) else { continue }
            // The rising half of a slow wave goes no higher than the wave before.
            let most = snapshots[range.lowerBound..<latest.lowerBound].map { $0.bytes(of: name) }.max() ?? -1
            guard evidence.last?.bytes ?? 0 > most else { continue }
            return LeakSuspect(name: name, evidence: evidence, snapshots: count)
        }
        return nil
    }

    private func leastOfSpans(_ name: String, _ range: ClosedRange<Int>) -> [LeakSuspect.Evidence] {
        let spans = min(Self.spanLimit, range.count)
        return (0..<spans)
            .compactMap { span in
                let begin = range.lowerBound + range.count * span / spans
                let end = range.lowerBound + range.count * (span + 1) / spans
                let sizes = snapshots[begin..<end]
                // Where a class is not there yet, it holds nothing.
                let least = sizes.min { $0.bytes(of: name) < $1.bytes(of: name) }
                return least.map {
                    LeakSuspect.Evidence(
                        label: $0.label,
                        timestamp: $0.timestamp,
                        active: $0.classes[name]?.active ?? 0,
                        bytes: $0.bytes(of: name)
                    )
                }
            }
    }

    private func sites(of suspect: LeakSuspect) -> [LeakSuspect.Site] {
        let begin = suspect.evidence.first?.timestamp ?? 0
        var counts: [Int: Int] = [:]
        for object in contents.objects
        where object.trace != 0 && object.death == nil && object.birth >= begin && object.name == suspect.name {
            counts[object.trace, default: 0] += 1
        }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.siteLimit)
            .compactMap { trace, count in
                contents.traces[trace].map { LeakSuspect.Site(trace: $0, instances: count) }
            }
    }
}

extension Snapshot {
    fileprivate func bytes(of name: String) -> Int { classes[name]?.sum ?? 0 }
}
