#if HTML
import TrackingRecords

/// What classes hold and how many instances they have, over time, and what grew.
struct ClassCharts {
    private static let growthLimit = 20
    /// Bars of snapshots.
    private static let snapshotLimit = 10

    let data: PageData

    private var colored: [PageData.ClassColumn] { data.classes.filter { $0.color != PageData.Palette.other } }

    /// Bytes by class, stacked; `nil` without snapshots.
    var bytes: Figure? {
        guard !data.times.isEmpty, !data.classes.isEmpty else { return nil }
        // The largest is at the bottom, where its edge is easiest to follow; the rest is on top of all.
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
        return Figure(chart, caption: "Bytes by class, with all that the objects refer to")
    }

    /// Live objects of the classes with the most; `nil` where none is known.
    var instances: Figure? {
        let most = data.classes.map { (column: $0, most: $0.actives.max() ?? 0) }
            .sorted { ($1.most, $0.column.name) < ($0.most, $1.column.name) }
            .prefix(PageData.Palette.count).map(\.column)
        // A colour means the same class in all charts; those that are left go to the others.
        var free = Set(0..<PageData.Palette.count).subtracting(most.map(\.color)).sorted()
        let series = most.map { column in
            let color = column.color < PageData.Palette.count ? column.color : free.removeFirst()
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
        return count == 1 ? "1 other class" : "\(count) other classes"
    }

    /// What is known of each birth and death, or else what snapshots counted.
    func instancePoints(_ column: PageData.ClassColumn) -> [TimeSeries.Point] {
        if !data.times.isEmpty { return points(column.actives) }
        return (data.contents.history[column.name] ?? []).map { TimeSeries.Point(time: $0.timestamp, value: $0.count) }
    }

    func points(_ values: [Int]) -> [TimeSeries.Point] {
        zip(data.times, values).map { TimeSeries.Point(time: $0, value: $1) }
    }

    // MARK: Growth

    /// What grew between the first and the last snapshot, as rows with a bar; empty without two of them.
    var growth: [Context] {
        guard data.times.count > 1 else { return [] }
        let ranked = data.classes.enumerated().filter { $0.element.growth != 0 || $0.element.instanceGrowth != 0 }
            .sorted { ($1.element.growth, $0.offset) < ($0.element.growth, $1.offset) }
        // What shrank the most is as telling as what grew.
        let (first, last) = (ranked.prefix(Self.growthLimit), ranked.dropFirst(Self.growthLimit).suffix(3))
        let changes = ranked.map(\.element.growth) + [0]
        let range = (changes.min() ?? 0)...(changes.max() ?? 0)
        return (first + last.filter { $0.element.growth < 0 })
            .map { position, column in
                [
                    "position": String(position), "name": Cell(column.name.cutMiddle(300)),
                    "short": Cell(column.name.cutMiddle(60)),
                    "bar": CellBar.svg(column.growth, in: range, color: column.color),
                    "growth": Self.signed(column.growth, ByteCount(column.growth).description),
                    "before": ByteCount(column.sums.first ?? 0).description,
                    "after": ByteCount(column.last).description,
                    "instances": Self.signed(column.instanceGrowth, Grouped.text(column.instanceGrowth)),
                ]
            }
    }

    static func signed(_ number: Int, _ text: String) -> String { number > 0 ? "+" + text : text }

    // MARK: Single snapshots

    /// A bar for each of a few snapshots: those with a description, the first, the largest and the last.
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
                figure: ByteCount(data.totals[position]).description,
                parts: parts
            )
        }
        let chart = BarChart(label: "What the objects of each class held at single snapshots", rows: rows)
        let hasRest = data.classes.count > colored.count
        let entries = colored.map { Figure.LegendEntry(name: $0.name, color: $0.color, isLine: false) }
        let rest = Figure.LegendEntry(name: otherName, color: PageData.Palette.other, isLine: false)
        return Figure(
            caption: all.count > shown.count
                ? "\(shown.count) of \(Grouped.text(all.count)) snapshots" : "Each snapshot",
            svg: chart.svg,
            legend: hasRest ? entries + [rest] : entries,
            table: Table(
                headings: ["Snapshot", "Tracked"] + entries.map(\.name) + (hasRest ? [otherName] : []),
                rows: rows.map { row in
                    let parts = hasRest ? row.parts : row.parts.dropLast()
                    return (row.label, [row.figure] + parts.map { ByteCount($0.value).description })
                }
            )
        )
    }

    private var shownSnapshots: [Int] {
        let all = data.contents.table.indices
        guard all.count > Self.snapshotLimit else { return Array(all) }
        var shown = [0, all.count - 1]
        if let largest = all.max(by: { data.totals[$0] < data.totals[$1] }) { shown.append(largest) }
        // What somebody gave a name is what they want to see; the others are spread over the time.
        shown += all.filter { !data.contents.table.head($0).description.isEmpty }
        shown += (1..<Self.snapshotLimit).map { all.count * $0 / Self.snapshotLimit }
        var kept: Set<Int> = []
        for position in shown where kept.count < Self.snapshotLimit { kept.insert(position) }
        return kept.sorted()
    }
}
#endif
