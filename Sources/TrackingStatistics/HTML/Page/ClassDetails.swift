#if HTML
import TrackingRecords

/// What a page tells of single classes.
struct ClassDetails {
    /// Classes with charts of their own.
    private static let chartLimit = 120
    private static let objectLimit = 10
    private static let siteLimit = 5
    private static let frameLimit = 12
    /// Rows of a tree of referents.
    private static let treeLimit = 40
    /// Smaller parts are left out of trees.
    private static let smallestPart = 0.001
    private static let openCount = 3
    /// Sections; further classes are in the table of all alone.
    private static let sectionLimit = 500

    let data: PageData
    let charts: ClassCharts

    var contexts: [Context] { data.classes.prefix(Self.sectionLimit).enumerated().map(context) }

    /// A row for each class.
    var table: [Context] {
        data.classes.enumerated()
            .map { position, column in
                [
                    "position": String(position), "hasSection": position < Self.sectionLimit,
                    "name": Cell(column.name), "short": Cell(column.name.cutMiddle(60)), "color": String(column.color),
                    "active": Grouped.text(column.actives.last ?? 0), "bytes": ByteCount(column.last).description,
                    "largest": ByteCount(column.largest).description,
                    "average": ByteCount(column.average).description,
                    "created": Grouped.text(column.created), "destroyed": Grouped.text(column.destroyed),
                    "bar": SignedBar.svg(part: share(of: column), color: column.color),
                ]
            }
    }

    private func share(of column: PageData.ClassColumn) -> Double {
        guard let total = data.totals.last, total > 0 else { return 0 }
        return Double(column.last) / Double(total)
    }

    private func context(_ position: Int, _ column: PageData.ClassColumn) -> Context {
        let (figures, tree) = (position < Self.chartLimit ? figures(column) : [], tree(column))
        let sites = sites(column)
        return [
            "position": String(position), "name": Cell(column.name), "short": Cell(column.name.cutMiddle(80)),
            "isOpen": position < Self.openCount, "color": String(column.color),
            "active": Grouped.text(column.actives.last ?? 0), "bytes": ByteCount(column.last).description,
            "figures": figures, "hasFigures": !figures.isEmpty, "objects": objects(column), "tree": tree,
            "hasTree": !tree.isEmpty, "sites": sites, "hasSites": !sites.isEmpty,
            "treeNote": column.merged == nil ? "" : "of all instances at the latest snapshot that tells",
        ]
    }

    private func figures(_ column: PageData.ClassColumn) -> [Context] {
        let color = column.color
        let instances = charts.instancePoints(column)
        var figures: [Context] = []
        if !data.times.isEmpty {
            let bytes = TimeSeries(name: "Bytes", color: color, points: charts.points(column.sums))
            figures.append(figure(bytes, .bytes, "Bytes", column.name))
        }
        if !instances.isEmpty {
            figures.append(
                figure(
                    TimeSeries(name: "Alive", color: color, points: instances),
                    .count,
                    "Instances alive",
                    column.name
                )
            )
        }
        return figures
    }

    private func figure(_ series: TimeSeries, _ unit: Unit, _ caption: String, _ name: String) -> Context {
        var thinned = series
        thinned.points = Thinning.positions(of: series.points.map(\.value), limit: 120).map { series.points[$0] }
        let chart = TimeChart(
            label: "\(caption) over time, \(name.cutMiddle(80))",
            unit: unit,
            span: data.span,
            start: data.start,
            series: [thinned],
            height: 110,
            readingLimit: 24
        )
        return Figure(chart, caption: caption, isLegendShown: false).context
    }

    // MARK: Objects

    private func objects(_ column: PageData.ClassColumn) -> [Context] {
        let all = data.contents.objects
        let largest = column.objects.map { (position: $0, size: all[$0].largestSize) }
            .sorted { ($1.size, $0.position) < ($0.size, $1.position) }.prefix(Self.objectLimit)
        guard !largest.isEmpty else { return [] }
        let table = Table(
            headings: ["Object", "Most bytes", "Own block", "Born after", "Lived"],
            rows: largest.map { position, size in
                let object = all[position]
                let flat = object.sizes.max { $0.size.size < $1.size.size }?.size.flat ?? 0
                let age = (object.death ?? data.span.upperBound) - object.birth
                return (
                    "#\(object.id) \(object.representation)",
                    [
                        ByteCount(size).description, ByteCount(flat).description, LifetimeChart.text(object.birth),
                        object.death == nil ? "\(LifetimeChart.text(age)), alive" : LifetimeChart.text(age),
                    ]
                )
            },
            note: column.objects.count > largest.count
                ? "The largest of \(Grouped.text(column.objects.count)) that have a record." : nil
        )
        return [table.context]
    }

    // MARK: Referents

    /// Its referents as rows with a depth, the largest first; empty without any.
    private func tree(_ column: PageData.ClassColumn) -> [Context] {
        guard let merged = column.merged, merged.size > 0, !merged.referents.isEmpty else { return [] }
        var rows: [Context] = []
        append(merged, depth: 0, total: merged.size, color: column.color, to: &rows)
        return rows
    }

    private func append(_ object: SizedObject, depth: Int, total: Int, color: Int, to rows: inout [Context]) {
        let part = Double(object.size) / Double(total)
        rows.append([
            "name": Cell(object.name), "short": Cell(object.name.cutMiddle(80)), "depth": String(min(depth, 12)),
            "size": ByteCount(object.size).description, "part": Axis.decimal((part * 1000).rounded() / 10) + " %",
            "bar": SignedBar.svg(part: part, color: color),
        ])
        guard depth < 12 else { return }
        for referent in object.referents.sorted(by: { $0.size > $1.size }) {
            guard Double(referent.size) >= Self.smallestPart * Double(total), rows.count < Self.treeLimit else {
                return
            }
            append(referent, depth: depth + 1, total: total, color: color, to: &rows)
        }
    }

    // MARK: Where they come from

    private func sites(_ column: PageData.ClassColumn) -> [Context] {
        guard !data.contents.traces.isEmpty else { return [] }
        let objects = column.objects.lazy.map { data.contents.objects[$0] }.filter { $0.trace != 0 }
        return InstantiationSite.grouping(objects, by: data.contents.traces.values).prefix(Self.siteLimit)
            .compactMap { site in
                guard let trace = site.trace else { return nil }
                return [
                    "place": Cell(trace.site.map(\.description) ?? "an empty stack"),
                    "live": Grouped.text(site.live), "dead": Grouped.text(site.dead),
                    "frames": trace.frames.prefix(Self.frameLimit).map { Cell($0.description) },
                ]
            }
    }
}
#endif
