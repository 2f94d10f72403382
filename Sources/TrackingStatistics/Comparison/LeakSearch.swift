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
    /// With fewer than eight snapshots each is a span; where there is none for a long time, the snapshots are shared out evenly
    /// instead. A class that began to grow later is found in the second half, or
    /// the last quarter, if it grew beyond all that it held before.
    ///
    /// - Parameter range: The positions of the snapshots to look at; all without one. Three are the least.
    /// - Returns: The suspects, the most growth in bytes first.
    public func leakSuspects(in range: ClosedRange<Int>? = nil) -> [LeakSuspect] {
        annotate()
        let table = contents.table
        guard table.count > 0 else { return [] }
        let range = (range ?? 0...table.count - 1).clamped(to: 0...table.count - 1)
        let times = range.map { table[$0].timestamp }
        // Where a class is not there yet, it holds nothing.
        var sums = [[Int]](repeating: [], count: table.names.count)
        for (offset, position) in range.enumerated() {
            table.forEachSum(at: position) { name, sum in
                if sums[name].isEmpty { sums[name] = [Int](repeating: 0, count: range.count) }
                sums[name][offset] = sum
            }
        }
        var suspects: [LeakSuspect] = []
        for (name, sums) in sums.enumerated() where !sums.isEmpty {
            guard var suspect = suspect(table.names[name], sums, times, from: range.lowerBound) else { continue }
            suspect.sites = sites(of: suspect)
            suspects.append(suspect)
        }
        return suspects.sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }
    }

    // Of a class: what it held at each snapshot, when these were taken, and the position of the first of them.
    private func suspect(_ name: String, _ sums: [Int], _ times: [Double], from first: Int) -> LeakSuspect? {
        for part in [1, 2, 4] {
            let count = sums.count / part
            guard count >= (part == 1 ? Self.fewestSnapshots : Self.spanLimit) else { return nil }
            let latest = sums.count - count
            let least = Self.spans(of: times, latest..<sums.count).compactMap { $0.min { sums[$0] < sums[$1] } }
            guard zip(least, least.dropFirst()).allSatisfy({ sums[$0] < sums[$1] }) else { continue }
            // The rising half of a slow wave goes no higher than the wave before.
            guard let last = least.last, sums[last] > sums[..<latest].max() ?? -1 else { continue }
            return LeakSuspect(name: name, evidence: least.map { evidence(name, at: first + $0) }, snapshots: count)
        }
        return nil
    }

    // The snapshots of each span of time. Around a spike there are many of them, which is no reason to make spans of it.
    private static func spans(of times: [Double], _ range: Range<Int>) -> [Range<Int>] {
        let count = min(spanLimit, range.count)
        guard let first = range.first, let last = range.last, times[last] > times[first] else { return [] }
        func spans(_ begin: (Int) -> Int) -> [Range<Int>] {
            (0..<count).map { begin($0)..<max(begin($0), $0 + 1 == count ? range.upperBound : begin($0 + 1)) }
        }
        let length = (times[last] - times[first]) / Double(count)
        let byTime = spans { span in
            range.first { times[$0] >= times[first] + Double(span) * length } ?? range.upperBound
        }
        if count == spanLimit, byTime.allSatisfy({ !$0.isEmpty }) { return byTime }
        return spans { range.lowerBound + range.count * $0 / count }
    }

    private func evidence(_ name: String, at position: Int) -> LeakSuspect.Evidence {
        let snapshot = contents.table[position]
        return LeakSuspect.Evidence(
            label: snapshot.label,
            timestamp: snapshot.timestamp,
            active: snapshot.classes[name]?.active ?? 0,
            bytes: snapshot.classes[name]?.sum ?? 0
        )
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
