#if HTML
import TrackingRecords

/// The data of a page, collected once.
struct PageData {
    /// One class over time.
    struct ClassColumn {
        var name: String
        /// The bytes at each snapshot; 0 if the class was not there.
        var sums: [Int]
        /// The live objects at each snapshot.
        var actives: [Int]
        var created = 0
        var destroyed = 0
        /// The referents at the latest snapshot that has them.
        var merged: SizedObject?
        /// The average size of an object at the last snapshot that has the class.
        var average = 0
        /// The positions of its objects among those of the run.
        var objects: [Int] = []
        /// The number of its color, the same in all charts.
        var color = Palette.other

        var largest: Int { sums.max() ?? 0 }
        var last: Int { sums.last ?? 0 }
        var growth: Int { last - (sums.first ?? 0) }
        var instanceGrowth: Int { (actives.last ?? 0) - (actives.first ?? 0) }
    }

    /// The colors of classes.
    enum Palette {
        static let count = 8
        /// The color of all classes without one of their own.
        static let other = 8
        /// The color of the resident set of the process.
        static let resident = 0
        static let peak = 1
        static let tracked = 2
        static let virtual = 3
    }

    let contents: StatsContents
    /// The time at which the tracker began, in seconds since 1970.
    let start: Double
    /// The range of all known times, in seconds since the tracker began.
    let span: ClosedRange<Double>
    /// The times of the snapshots, in seconds since the tracker began.
    let times: [Double]
    /// The bytes of all tracked objects at each snapshot.
    let totals: [Int]
    /// The classes, the ones with the most bytes at any snapshot first.
    let classes: [ClassColumn]

    init(_ contents: StatsContents) {
        self.contents = contents
        let (samples, snapshots) = (contents.samples.samples, contents.table.heads)
        times = snapshots.map(\.timestamp)
        totals = snapshots.map(\.trackedTotal)
        start =
            contents.header?.startTime ?? samples.first.map { $0.wallTime - $0.timestamp } ?? snapshots.first
            .map { $0.wallTime - $0.timestamp } ?? 0
        classes = Self.columns(contents)
        var ends = [times.first, times.last, samples.first?.timestamp, samples.last?.timestamp].compactMap(\.self)
        if ends.isEmpty { ends = contents.history.values.flatMap { [$0.first, $0.last].compactMap { $0?.timestamp } } }
        let (first, last) = (ends.min() ?? 0, ends.max() ?? 0)
        // A single moment is drawn in the middle of a second.
        span = first < last ? first...last : first - 0.5...first + 0.5
    }

    private static func columns(_ contents: StatsContents) -> [ClassColumn] {
        let names = contents.names
        let table = contents.table
        var positions: [String: Int] = [:]
        var columns: [ClassColumn] = []
        for name in names {
            positions[name] = columns.count
            let zeros = [Int](repeating: 0, count: table.count)
            columns.append(ClassColumn(name: name, sums: zeros, actives: zeros))
        }
        let places = table.names.map { positions[$0] ?? -1 }
        for moment in table.indices {
            table.forEachClass(at: moment) { name, size in
                let position = places[name]
                guard position >= 0 else { return }
                columns[position].sums[moment] = size.sum
                columns[position].actives[moment] = size.active
                columns[position].created &+= size.created
                columns[position].destroyed &+= size.destroyed
                columns[position].average = size.average
                if let merged = size.merged { columns[position].merged = merged }
            }
        }
        var latest: (name: String, position: Int) = ("", -1)
        for (number, object) in contents.objects.enumerated() {
            if object.name != latest.name || latest.position < 0 {
                latest = (object.name, positions[object.name] ?? -1)
            }
            if latest.position >= 0 { columns[latest.position].objects.append(number) }
        }
        let ranked = columns.map { (column: $0, largest: $0.largest) }
            .sorted { ($1.largest, $0.column.name) < ($0.largest, $1.column.name) }
            .map(\.column)
        return ranked.enumerated()
            .map { rank, column in
                var column = column
                if rank < Palette.count { column.color = rank }
                return column
            }
    }

    /// Returns the wall time of a moment: `2026-11-22 20:41:03`.
    func wallText(_ time: Double) -> String { WallTime(start + time).full }
}
#endif
