public import TrackingRecords

/// Statistics as text for a terminal.
///
/// ```
/// ---- SUMMARY ------------------------------------------------------------------
/// after login (1.234s)                     active    195.38 KB      average   pct
///   MyApp.Session                            1000    195.38 KB    200     B   13%
///   100% = 1.42 MB resident; 1.22 GB virtual
/// -------------------------------------------------------------------------------
/// ```
///
/// Beside `active` stands what all tracked objects held, and below it what those of each class did. Percentages are of the
/// resident set: of the virtual size, most of which no memory stands behind, they would say nothing.
public final class ConsoleStats: Stats {
    private static let namesShownAlways = 8

    /// Prints what the objects of each name held at each snapshot.
    ///
    /// - Returns: Itself.
    @discardableResult
    public func printSummary() -> Self {
        var output = StandardOutput()
        return printSummary(to: &output)
    }

    /// Prints what the objects of each name held at each snapshot.
    ///
    /// - Parameters:
    ///   - className: Only names that contain this, or match it where it has `*` or `?`.
    ///   - limit: How many snapshots at most: the first, the one with the most tracked bytes, and the latest ones.
    ///   - output: Where to print to.
    /// - Returns: Itself.
    @discardableResult
    public func printSummary(
        className: String? = nil,
        limit: Int? = nil,
        to output: inout some TextOutputStream
    ) -> Self {
        annotate()
        let filter = NameFilter(className ?? "")
        let matching = trackedClasses.filter(filter.matches)
        let names = withInstances(matching)
        output.write("---- SUMMARY " + String(repeating: "-", count: 66) + "\n")
        if names.count < matching.count {
            output.write("\(matching.count - names.count) classes without any instance are left out\n")
        }
        var before = -1
        for position in shownSnapshots(limit) {
            let skipped = position - before - 1 + contents.forgotten(after: before, upTo: position)
            if skipped > 0 { output.write("  ... \(skipped) more snapshot\(skipped == 1 ? "" : "s")\n") }
            before = position
            SummaryBlock(snapshot: contents.table[position], names: names).write(to: &output)
        }
        output.write(String(repeating: "-", count: 79) + "\n")
        return self
    }

    /// Without those that never had an instance, where there are many: a pattern names whole modules.
    private func withInstances(_ names: [String]) -> [String] {
        guard names.count > Self.namesShownAlways else { return names }
        var seen: Set<Int> = []
        for position in contents.table.indices {
            contents.table.forEachClass(at: position) { name, size in
                if size.active > 0 || size.created > 0 { seen.insert(name) }
            }
        }
        let known = Set(seen.map { contents.table.names[$0] })
        return known.isEmpty ? names : names.filter(known.contains)
    }

    /// Prints the objects in the order in which they were sorted.
    ///
    /// - Parameters:
    ///   - className: Only those announced under a name that contains this, or matches it where it has `*` or `?`.
    ///   - limit: How many at most; below 1 that part of them, but at least one. All without a limit.
    /// - Returns: Itself.
    @discardableResult
    public func printStats(className: String? = nil, limit: Double? = nil) -> Self {
        var output = StandardOutput()
        return printStats(className: className, limit: limit, to: &output)
    }

    /// Prints the objects in the order in which they were sorted.
    ///
    /// - Parameters:
    ///   - className: Only those announced under a name that contains this, or matches it where it has `*` or `?`.
    ///   - limit: How many at most; below 1 that part of them, but at least one. All without a limit.
    ///   - output: Where to print to.
    /// - Returns: Itself.
    @discardableResult
    public func printStats(
        className: String? = nil,
        limit: Double? = nil,
        to output: inout some TextOutputStream
    ) -> Self {
        for position in selectedPositions(className: className, limit: limit) {
            printObject(contents.objects[position], to: &output)
        }
        return self
    }

    /// Prints all that is known of one object.
    ///
    /// - Parameter object: One of ``Stats/index``.
    public func printObject(_ object: TrackedObjectRecord) {
        var output = StandardOutput()
        printObject(object, to: &output)
    }

    /// Prints all that is known of one object.
    ///
    /// - Parameters:
    ///   - object: One of ``Stats/index``.
    ///   - output: Where to print to.
    public func printObject(_ object: TrackedObjectRecord, to output: inout some TextOutputStream) {
        ObjectBlock(object: object, trace: contents.traces[object.trace]).write(to: &output)
    }
}

extension Stats {
    /// The objects that are asked for, as they were sorted.
    package func selectedPositions(className: String?, limit: Double?) -> ArraySlice<Int> {
        var positions = sortedPositions[...]
        if let className {
            let filter = NameFilter(className)
            var known: [String: Bool] = [:]
            positions =
                positions.filter { position in
                    let name = contents.objects[position].name
                    if let isMeant = known[name] { return isMeant }
                    let isMeant = filter.matches(name)
                    known[name] = isMeant
                    return isMeant
                }[...]
        }
        guard let limit, limit < Double(positions.count) else { return positions }
        guard limit > 0 else { return [] }
        return positions.prefix(limit < 1 ? max(1, Int(Double(positions.count) * limit)) : Int(limit))
    }

    /// The first, the largest and the latest ones of the snapshots.
    package func shownSnapshots(_ limit: Int?) -> [Int] {
        let all = contents.table.indices
        guard let limit, limit < all.count else { return Array(all) }
        let sizes = contents.table.heads.map(\.trackedTotal)
        guard limit > 0, let largest = all.max(by: { sizes[$0] < sizes[$1] }) else {
            return []
        }
        var shown: [Int] = []
        for position in [all.count - 1, 0, largest] + all.reversed() where !shown.contains(position) {
            if shown.count == limit { break }
            shown.append(position)
        }
        return shown.sorted()
    }
}

extension StatsContents {
    /// Snapshots that were forgotten behind one that is shown and before another.
    fileprivate func forgotten(after first: Int, upTo last: Int) -> Int {
        (first + 1...last).reduce(0) { $0 + table.gap(before: $1) }
    }
}

/// Standard output as a stream.
struct StandardOutput: TextOutputStream {
    func write(_ string: String) { print(string, terminator: "") }
}
