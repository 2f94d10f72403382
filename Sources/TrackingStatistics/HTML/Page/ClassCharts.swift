#if HTML
import TrackingRecords

/// The bytes and instances of classes over time, and their growth.
struct ClassCharts {
    private static let growthLimit = 20
    /// The most snapshots that have a bar.
    private static let snapshotLimit = 10

    let data: PageData

    private var colored: [PageData.ClassColumn] { data.classes.filter { $0.color != PageData.Palette.other } }

    /// The bytes by class, stacked; `nil` without snapshots.
    var bytes: Figure? {
        guard !data.times.isEmpty, !data.classes.isEmpty else { return nil }
        // The largest class is at the bottom, where its edge is easiest to follow; the rest is on top.
        var series = colored.map { TimeSeries(name: $0.name, color: $0.color, points: points($0.sums)) }
        if data.classes.count > series.count {
            var rest = [Int](repeating: 0, count: data.times.count)
            for column in data.classes where column.color == PageData.Palette.other {
                for position in rest.indices { rest[position] &+= column.sums[position] }
            }
            series.append(TimeSeries(name: otherName, color: PageData.Palette.other, points: points(rest)))
        }
        let chart = TimeChart(
            label: "Bytes that the objects of each class held over time, stacked",
            unit: .bytes,
            span: data.span,
            start: data.start,
            series: series,
            isStacked: true,
            height: 260
        )
        return Figure(chart, caption: "Bytes by class, including everything that the objects refer to")
    }

    /// The live objects of the classes with the most; `nil` if none is known.
    var instances: Figure? {
        let most = data.classes.map { (column: $0, most: $0.actives.max() ?? 0) }
            .sorted { ($1.most, $0.column.name) < ($0.most, $1.column.name) }
            .prefix(PageData.Palette.count).map(\.column)
        // A color is the same class in all charts; the unused colors go to the other classes.
        var unused = Set(0..<PageData.Palette.count).subtracting(most.map(\.color)).sorted()
        let series = most.map { column in
            let color = column.color < PageData.Palette.count ? column.color : unused.removeFirst()
            return TimeSeries(name: column.name, color: color, points: instancePoints(column))
        }
        guard series.contains(where: { !$0.points.isEmpty }) else { return nil }
        let chart = TimeChart(
            label: "Instances alive over time by class",
            unit: .count,
            span: data.span,
            start: data.start,
            series: series,
            height: 240
        )
        let more = data.classes.count - most.count
        return Figure(chart, caption: "Instances alive" + (more > 0 ? ", the classes with the most" : ""))
    }

    var otherName: String {
        let count = data.classes.count - colored.count
        return counted(count, "other class", "other classes")
    }

    /// Returns the instance counts of a class at the snapshots, or its history if there is no snapshot.
    func instancePoints(_ column: PageData.ClassColumn) -> [TimeSeries.Point] {
        if !data.times.isEmpty { return points(column.actives) }
        return (data.contents.history[column.name] ?? []).map { TimeSeries.Point(time: $0.timestamp, value: $0.count) }
    }

    func points(_ values: [Int]) -> [TimeSeries.Point] {
        zip(data.times, values).map { TimeSeries.Point(time: $0, value: $1) }
    }

    // MARK: Growth

    /// The growth of each class between the first and the last snapshot, as rows with a bar; empty without two snapshots.
    var growth: [Context] {
        guard data.times.count > 1 else { return [] }
        let ranked = data.classes.enumerated().filter { $0.element.growth != 0 || $0.element.instanceGrowth != 0 }
            .sorted { ($1.element.growth, $0.offset) < ($0.element.growth, $1.offset) }
        // The classes that shrank the most are of interest, too.
        let (first, last) = (ranked.prefix(Self.growthLimit), ranked.dropFirst(Self.growthLimit).suffix(3))
        let changes = ranked.map(\.element.growth) + [0]
        let range = (changes.min() ?? 0)...(changes.max() ?? 0)
        return (first + last.filter { $0.element.growth < 0 })
            .map { position, column in
                [
                    "position": String(position), "name": Cell(column.name.cutMiddle(300)),
                    "short": Cell(column.name.cutMiddle(60)),
                    "bar": CellBar.svg(column.growth, in: range, color: column.color),
                    "growth": signed(column.growth, ByteText(column.growth)),
                    "before": ByteText(column.sums.first ?? 0).description,
                    "after": ByteText(column.last).description,
                    "instances": signed(column.instanceGrowth, CountText(column.instanceGrowth)),
                ]
            }
    }

    // MARK: Single snapshots

    /// A bar for each of a few snapshots: the first, the last, the largest, and those with a description.
    var snapshots: Figure? {
        let shown = shownSnapshots
        guard !shown.isEmpty, !data.classes.isEmpty else { return nil }
        let all = data.contents.table
        let rows = shown.map { position in
            var parts = colored.map { BarChart.Part(name: $0.name, color: $0.color, value: $0.sums[position]) }
            let rest = data.classes.reduce(0) { $1.color == PageData.Palette.other ? $0 &+ $1.sums[position] : $0 }
            parts.append(BarChart.Part(name: otherName, color: PageData.Palette.other, value: rest))
            return BarChart.Row(
                label: "#\(all.head(position).number) \(all.head(position).label)",
                figure: ByteText(data.totals[position]).description,
                parts: parts
            )
        }
        let chart = BarChart(label: "Bytes of the objects of each class at single snapshots", rows: rows)
        let hasRest = data.classes.count > colored.count
        let entries = colored.map { Figure.LegendEntry(name: $0.name, color: $0.color, isLine: false) }
        let rest = Figure.LegendEntry(name: otherName, color: PageData.Palette.other, isLine: false)
        return Figure(
            caption: all.count > shown.count
                ? "\(CountText(shown.count)) of \(counted(all.count, "snapshot"))" : "Each snapshot",
            svg: chart.svg,
            legend: hasRest ? entries + [rest] : entries,
            table: Table(
                headings: ["Snapshot", "Tracked"] + entries.map(\.name) + (hasRest ? [otherName] : []),
                rows: rows.map { row in
                    let parts = hasRest ? row.parts : row.parts.dropLast()
                    return (row.label, [row.figure] + parts.map { ByteText($0.value).description })
                }
            )
        )
    }

    private var shownSnapshots: [Int] {
        let all = data.contents.table.indices
        guard all.count > Self.snapshotLimit else { return Array(all) }
        var shown = [0, all.count - 1]
        if let largest = all.max(by: { data.totals[$0] < data.totals[$1] }) { shown.append(largest) }
        // Snapshots with a description come first, as somebody wants to see them; the others are spread over the time.
        shown += all.filter { !data.contents.table.head($0).description.isEmpty }
        shown += (1..<Self.snapshotLimit).map { all.count * $0 / Self.snapshotLimit }
        var kept: Set<Int> = []
        for position in shown where kept.count < Self.snapshotLimit { kept.insert(position) }
        return kept.sorted()
    }
}
#endif
