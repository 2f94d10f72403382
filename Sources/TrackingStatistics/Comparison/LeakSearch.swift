import TrackingRecords

extension Stats {
    /// The most spans of time that are compared: so many rises in a row are no accident.
    private static let spanLimit = 8
    /// The fewest snapshots that show a trend.
    private static let fewestSnapshots = 3
    private static let siteLimit = 3

    /// Finds the classes that grow and do not fall back.
    ///
    /// The snapshots are split into up to eight spans of time. A class is a suspect if its smallest size within each span is
    /// larger than within the span before: a class that goes up and down, such as a cache that is emptied from time to time, is
    /// none. With fewer than eight snapshots each is a span; if a span of time has no snapshot, the spans have equal numbers
    /// of snapshots instead. A class that began to grow later is found in the second half or the last quarter, if it grew
    /// beyond its largest size before.
    ///
    /// - Parameter range: The positions of the snapshots to compare, at least three; all snapshots without a range.
    /// - Returns: The suspects, the most growth in bytes first.
    public func leakSuspects(in range: ClosedRange<Int>? = nil) -> [LeakSuspect] {
        annotate()
        let table = contents.table
        guard table.count > 0 else { return [] }
        // Before anything was tracked, the size of a class was not zero but unknown.
        guard let first = contents.firstTrackedSnapshot else { return [] }
        let range = (range ?? 0...table.count - 1).clamped(to: first...table.count - 1)
        let times = range.map { table[$0].timestamp }
        // A class that is not there yet has the size 0.
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

    // `sums` are the sizes of a class at the snapshots from position `first` on, which were taken at `times`.
    private func suspect(_ name: String, _ sums: [Int], _ times: [Double], from first: Int) -> LeakSuspect? {
        for part in [1, 2, 4] {
            let count = sums.count / part
            guard count >= (part == 1 ? Self.fewestSnapshots : Self.spanLimit) else { return nil }
            let latest = sums.count - count
            let smallest = Self.spans(of: times, latest..<sums.count).compactMap { $0.min { sums[$0] < sums[$1] } }
            guard zip(smallest, smallest.dropFirst()).allSatisfy({ sums[$0] < sums[$1] }) else { continue }
            // The rising half of a slow wave is no growth: it goes no higher than the wave before.
            guard let last = smallest.last, sums[last] > sums[..<latest].max() ?? -1 else { continue }
            return LeakSuspect(name: name, evidence: smallest.map { evidence(name, at: first + $0) }, snapshots: count)
        }
        return nil
    }

    // Splits by time and not by number: around a spike there are many snapshots.
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
