#if HTML
import TrackingRecords

/// The sections of single classes, and the table of all.
struct ClassDetails {
    /// The size of a section: with hundreds of classes the page stays below five megabytes.
    private struct Limits {
        var hasCharts: Bool
        var objects: Int
        var sites: Int
        var frames: Int
        /// The most rows of a tree of referents.
        var tree: Int

        /// The limits of the classes with the most bytes.
        static let large = Limits(hasCharts: true, objects: 10, sites: 5, frames: 12, tree: 30)
        static let small = Limits(hasCharts: false, objects: 3, sites: 1, frames: 4, tree: 6)
    }

    private static let largeCount = 80
    /// The smallest part of a class that a tree shows.
    private static let smallestPart = 0.001
    private static let openCount = 3
    /// The most sections; further classes are only in the table.
    private static let sectionLimit = 500

    let data: PageData
    let charts: ClassCharts

    var contexts: [Context] { data.classes.prefix(Self.sectionLimit).enumerated().map(context) }

    /// A sentence on what is left out; `nil` if nothing is.
    var note: String? {
        let count = data.classes.count
        guard count > Self.largeCount else { return nil }
        let rest =
            count > Self.sectionLimit ? "; classes after the first \(Self.sectionLimit) are only in the table" : ""
        return "The \(Self.largeCount) classes with the most bytes have charts of their own\(rest)."
    }

    /// The table of all classes, a row each.
    var table: [Context] {
        data.classes.enumerated()
            .map { position, column in
                [
                    "position": String(position), "hasSection": position < Self.sectionLimit,
                    "name": Cell(column.name.cutMiddle(300)), "short": Cell(column.name.cutMiddle(60)),
                    "color": String(column.color),
                    "active": CountText(column.actives.last ?? 0).description,
                    "bytes": ByteText(column.last).description,
                    "largest": ByteText(column.largest).description,
                    "average": ByteText(column.average).description,
                    "created": CountText(column.created).description,
                    "destroyed": CountText(column.destroyed).description,
                    "bar": CellBar.svg(part: share(of: column), color: column.color),
                ]
            }
    }

    private func share(of column: PageData.ClassColumn) -> Double {
        guard let total = data.totals.last, total > 0 else { return 0 }
        return Double(column.last) / Double(total)
    }

    private func context(_ position: Int, _ column: PageData.ClassColumn) -> Context {
        let limits = position < Self.largeCount ? Limits.large : .small
        let (figures, tree) = (limits.hasCharts ? figures(column) : [], tree(column, limit: limits.tree))
        let sites = sites(column, limits)
        return [
            "position": String(position), "name": Cell(column.name.cutMiddle(300)),
            "short": Cell(column.name.cutMiddle(80)),
            "isOpen": position < Self.openCount, "color": String(column.color),
            "active": CountText(column.actives.last ?? 0).description, "bytes": ByteText(column.last).description,
            "figures": figures, "hasFigures": !figures.isEmpty, "objects": objects(column, limit: limits.objects),
            "tree": tree,
            "hasTree": !tree.isEmpty, "sites": sites, "hasSites": !sites.isEmpty,
            "treeNote": column.merged == nil ? "" : "of all instances, at the latest snapshot that has it",
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
        thinned.points = Thinning.positions(of: series.points.map(\.value), limit: 100).map { series.points[$0] }
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

    private func objects(_ column: PageData.ClassColumn, limit: Int) -> [Context] {
        let all = data.contents.objects
        let largest = column.objects.map { (position: $0, size: all[$0].largestSize) }
            .sorted { ($1.size, $0.position) < ($0.size, $1.position) }.prefix(limit)
        guard !largest.isEmpty else { return [] }
        let table = Table(
            headings: ["Object", "Most bytes", "Own block", "Born after", "Lived"],
            rows: largest.map { position, size in
                let object = all[position]
                let flat = object.sizes.max { $0.bytes < $1.bytes }?.size.flat ?? 0
                let age = (object.death ?? data.span.upperBound) - object.birth
                return (
                    "#\(object.id) \(object.representation)",
                    [
                        ByteText(size).description, ByteText(flat).description,
                        TimeText(object.birth, .fine).description,
                        object.death == nil ? "\(TimeText(age, .fine)), alive" : TimeText(age, .fine).description,
                    ]
                )
            },
            note: column.objects.count > largest.count
                ? "The largest of \(CountText(column.objects.count)) objects with a record." : nil
        )
        return [table.context]
    }

    // MARK: Referents

    /// Returns the referents as rows with a depth, the largest first; empty if there are none.
    private func tree(_ column: PageData.ClassColumn, limit: Int) -> [Context] {
        guard let merged = column.merged, merged.size > 0, !merged.referents.isEmpty else { return [] }
        var rows: [Context] = []
        append(merged, depth: 0, TreeScale(total: merged.size, limit: limit, color: column.color), to: &rows)
        return rows
    }

    private struct TreeScale {
        var total: Int
        var limit: Int
        var color: Int
    }

    private func append(_ object: SizedObject, depth: Int, _ scale: TreeScale, to rows: inout [Context]) {
        let part = Double(object.size) / Double(scale.total)
        rows.append([
            "name": Cell(object.name.cutMiddle(300)), "short": Cell(object.name.cutMiddle(80)),
            "depth": String(min(depth, 12)),
            "size": ByteText(object.size).description, "part": DecimalText.number((part * 1000).rounded() / 10) + " %",
            "bar": CellBar.svg(part: part, color: scale.color),
        ])
        guard depth < 12 else { return }
        for referent in object.referents.sorted(by: { $0.size > $1.size }) {
            guard Double(referent.size) >= Self.smallestPart * Double(scale.total), rows.count < scale.limit else {
                return
            }
            append(referent, depth: depth + 1, scale, to: &rows)
        }
    }

    // MARK: Creating stacks

    private func sites(_ column: PageData.ClassColumn, _ limits: Limits) -> [Context] {
        guard !data.contents.traces.isEmpty else { return [] }
        let objects = column.objects.lazy.map { data.contents.objects[$0] }.filter { $0.trace != 0 }
        return InstantiationSite.grouping(objects, by: data.contents.traces.values).prefix(limits.sites)
            .compactMap { site in
                guard let trace = site.trace else { return nil }
                return [
                    "place": Cell(trace.site.map(\.description) ?? "an empty stack"),
                    "live": CountText(site.live).description, "dead": CountText(site.dead).description,
                    "frames": trace.frames.prefix(limits.frames).map { Cell($0.description) },
                ]
            }
    }
}
#endif
