public import SystemPackage
public import TrackingRecords

/// Statistics as text for a terminal.
///
/// ```
/// ---- SUMMARY ------------------------------------------------------------------
/// after login (1.234s)                     active    195.4 KiB      average   pct
///   MyApp.Session                            1000    195.4 KiB        200 B   13%
///   100% = 1.4 MiB resident; 1.2 GiB virtual
/// -------------------------------------------------------------------------------
/// ```
///
/// The first row of a block has the size of all tracked objects, the rows below it those of each class. Percentages are of
/// the resident set: most of the virtual size has no memory behind it.
public final class ConsoleStats: Stats {
    private static let namesShownAlways = 8

    /// Loads the runs in a file, in the order in which they began.
    ///
    /// - Parameter path: As ``Stats/loadStats(from:)`` takes it.
    /// - Returns: The statistics of each run.
    /// - Throws: ``StatsError``.
    public static func runs(contentsOf path: FilePath) throws(StatsError) -> [ConsoleStats] {
        try contents(ofRunsIn: path).map { ConsoleStats($0) }
    }

    /// Prints the size of each class at each snapshot.
    ///
    /// - Returns: The statistics themselves.
    @discardableResult
    public func printSummary() -> Self {
        var output = StandardOutput()
        return printSummary(to: &output)
    }

    /// Prints the size of each class at each snapshot.
    ///
    /// - Parameters:
    ///   - className: A part of the names to print, or a pattern with `*` and `?` for whole names.
    ///   - limit: The most snapshots to print: the first, the one with the most tracked bytes, and the latest ones.
    ///   - output: The stream to print to.
    /// - Returns: The statistics themselves.
    @discardableResult
    public func printSummary(
        className: String? = nil,
        limit: Int? = nil,
        to output: inout some TextOutputStream
    ) -> Self {
        annotate()
        takeSamplesForSnapshots()
        let filter = NameFilter(className ?? "")
        let matching = trackedClasses.filter(filter.matches)
        let names = withInstances(matching)
        output.write("---- SUMMARY " + String(repeating: "-", count: 66) + "\n")
        let unused = matching.count - names.count + (className == nil ? contents.unusedClasses : 0)
        if unused > 0 {
            output.write(
                unused == 1
                    ? "1 class without any instance is left out\n"
                    : "\(counted(unused, "class", "classes")) without any instance are left out\n"
            )
        }
        let earlier = contents.earlierSnapshots
        if earlier > 0 { output.write("  ... \(counted(earlier, "earlier snapshot"))\n") }
        let tracked = contents.firstTrackedSnapshot ?? (trackedClasses.isEmpty ? contents.table.count : 0)
        var before = -1
        for position in shownSnapshots(limit) {
            let skipped = position - before - 1 + contents.forgotten(after: before, upTo: position)
            if skipped > 0 { output.write("  ... \(counted(skipped, "more snapshot"))\n") }
            before = position
            SummaryBlock(snapshot: contents.table[position], names: names, hasClasses: position >= tracked)
                .write(to: &output)
        }
        output.write(String(repeating: "-", count: 79) + "\n")
        return self
    }

    /// Drops the names that never had an instance if there are many: a pattern names whole modules.
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
    /// If no single object is known, the samples and the spikes of the process are printed instead.
    ///
    /// - Parameters:
    ///   - className: A part of the names to print, or a pattern with `*` and `?` for whole names.
    ///   - limit: How many objects at most, as pympler has it: from 1 on a number of objects, of which the fraction is cut
    ///     off; between 0 and 1 that part of the objects, but at least one; 0 or less prints none. Without a limit all.
    /// - Returns: The statistics themselves.
    @discardableResult
    public func printStats(className: String? = nil, limit: Double? = nil) -> Self {
        var output = StandardOutput()
        return printStats(className: className, limit: limit, to: &output)
    }

    /// Prints the objects in the order in which they were sorted.
    ///
    /// - Parameters:
    ///   - className: A part of the names to print, or a pattern with `*` and `?` for whole names.
    ///   - limit: How many objects at most, as pympler has it: from 1 on a number of objects, of which the fraction is cut
    ///     off; between 0 and 1 that part of the objects, but at least one; 0 or less prints none. Without a limit all.
    ///   - output: The stream to print to.
    /// - Returns: The statistics themselves.
    @discardableResult
    public func printStats(
        className: String? = nil,
        limit: Double? = nil,
        to output: inout some TextOutputStream
    ) -> Self {
        if contents.objects.isEmpty { MemoryText(contents: contents).write(to: &output) }
        for position in selectedPositions(className: className, limit: limit) {
            printObject(contents.objects[position], to: &output)
        }
        return self
    }

    /// Prints all data of one object.
    ///
    /// - Parameter object: An object of ``Stats/index``.
    public func printObject(_ object: TrackedObjectRecord) {
        var output = StandardOutput()
        printObject(object, to: &output)
    }

    /// Prints all data of one object.
    ///
    /// - Parameters:
    ///   - object: An object of ``Stats/index``.
    ///   - output: The stream to print to.
    public func printObject(_ object: TrackedObjectRecord, to output: inout some TextOutputStream) {
        ObjectBlock(object: object, trace: contents.traces[object.trace]).write(to: &output)
    }
}

extension Stats {
    /// Returns the positions of the objects that match, in the order of the latest sort.
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

    /// Returns the positions of the snapshots to show: the first, the largest and the latest ones.
    package func shownSnapshots(_ limit: Int?) -> [Int] {
        let all = contents.table.indices
        guard let limit, limit < all.count else { return Array(all) }
        let sizes = contents.table.heads.map { ($0.trackedTotal, $0.processMemory.residentSet ?? 0) }
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
    /// Counts the snapshots that were forgotten between two that are shown.
    fileprivate func forgotten(after first: Int, upTo last: Int) -> Int {
        (first + 1...last).reduce(0) { $0 + table.gap(before: $1) }
    }
}

/// Standard output as a stream.
struct StandardOutput: TextOutputStream {
    func write(_ string: String) { print(string, terminator: "") }
}
