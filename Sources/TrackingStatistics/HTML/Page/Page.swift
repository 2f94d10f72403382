#if HTML
import Mustache
import TrackingRecords

/// Puts a page together.
struct Page {
    private static let suspectLimit = 10

    /// All templates, taken apart once.
    private static let library: MustacheLibrary = {
        var library = MustacheLibrary()
        let templates = [
            "page": PageTemplate.page, "figure": PageTemplate.figure, "table": PageTemplate.table,
            "growth": PageTemplate.growth, "suspect": PageTemplate.suspect, "classes": PageTemplate.classes,
            "class": PageTemplate.details,
        ]
        // A template that cannot be taken apart would be missing in every page; tests render them all.
        for (name, template) in templates { try? library.register(template, named: name) }
        return library
    }()

    let stats: Stats
    let data: PageData
    let title: String

    init(_ stats: Stats, title: String) {
        self.stats = stats
        self.title = title
        data = PageData(stats.contents)
    }

    var html: String {
        let charts = ClassCharts(data: data)
        let sections: [(id: String, title: String, content: Context?)] = [
            ("memory", "Memory", memory), ("classes", "Classes over time", classes(charts)),
            ("growth", "Growth", growth(charts)), ("snapshots", "Snapshots", snapshots(charts)),
            ("lifetimes", "Lifetimes", figure(LifetimeChart(data: data).figure)), ("all", "All classes", all(charts)),
        ]
        var page: Context = [
            "title": Cell(title), "about": Cell(about), "style": PageStyle.sheet, "tiles": tiles.map(\.context),
            "sections": sections.filter { $0.content != nil }
                .map { ["id": $0.id, "title": Cell($0.title)] as Context },
            "source": Cell(source),
        ]
        for section in sections { page[section.id] = section.content.map { [$0] } ?? [] }
        return Self.library.render(page, withTemplate: "page") ?? ""
    }

    // MARK: Above all

    private var about: String {
        var parts: [String] = []
        if let header = data.contents.header { parts.append("\(header.program)[\(header.processID)]") }
        if !data.times.isEmpty || !data.contents.samples.samples.isEmpty {
            let length = LifetimeChart.text(data.span.upperBound - data.span.lowerBound)
            parts.append(
                "\(data.wallText(data.span.lowerBound)) to \(data.wallText(data.span.upperBound)) UTC, \(length)"
            )
        }
        if let interval = data.contents.header?.interval, interval > 0 {
            parts.append("a sample each \(LifetimeChart.text(interval))")
        }
        return parts.joined(separator: " · ")
    }

    private var source: String {
        let samples = data.contents.samples.count
        let parts = [(samples, "sample"), (data.times.count, "snapshot"), (data.contents.objects.count, "object")]
        return parts.filter { $0.0 > 0 }.map { "\(Grouped.text($0.0)) \($0.1)\($0.0 == 1 ? "" : "s")" }
            .joined(separator: ", ")
    }

    private struct Tile {
        var label: String
        var value: String

        var context: Context { ["label": Cell(label), "value": Cell(value)] }
    }

    private var tiles: [Tile] {
        let samples = data.contents.samples
        let memory = data.contents.table.heads.compactMap(\.processMemory.residentSet)
        var tiles: [Tile] = []
        func add(_ label: String, _ value: String?) { if let value { tiles.append(Tile(label: label, value: value)) } }
        func size(_ bytes: Int?) -> String? { bytes.map { ByteCount($0).description } }
        add("Largest resident", size([samples.peak, memory.max()].compactMap(\.self).max()))
        add("Last resident", size(samples.samples.last?.memory.residentSet ?? memory.last))
        add("Largest virtual", size(samples.largestVirtualSize))
        add("Last tracked", size(data.totals.last))
        let spikes = data.contents.spikes.count
        add("Spikes", samples.samples.isEmpty ? nil : Grouped.text(spikes))
        add("Classes", data.classes.isEmpty ? nil : Grouped.text(data.classes.count))
        return tiles
    }

    // MARK: Sections

    private var memory: Context? {
        let section = MemorySection(data: data)
        let isKnown = !data.contents.samples.samples.isEmpty || !data.times.isEmpty
        return isKnown ? section.context : nil
    }

    private func classes(_ charts: ClassCharts) -> Context? {
        let (bytes, instances) = (charts.bytes, charts.instances)
        guard bytes != nil || instances != nil else { return nil }
        return ["bytes": list(bytes), "instances": list(instances)]
    }

    private func growth(_ charts: ClassCharts) -> Context? {
        guard data.times.count > 1, !data.classes.isEmpty, let first = data.contents.table.heads.first,
            let last = data.contents.table.heads.last
        else { return nil }
        let suspects = stats.leakSuspects().prefix(Self.suspectLimit).enumerated().map(suspect)
        return [
            "span": Cell("From snapshot #\(first.number), \(first.label), to #\(last.number), \(last.label)."),
            "rows": charts.growth, "suspects": suspects, "hasSuspects": !suspects.isEmpty,
        ]
    }

    private func suspect(_ position: Int, _ suspect: LeakSuspect) -> Context {
        let table = Table(
            headings: ["Snapshot with the least of its span", "Bytes", "Alive"],
            rows: suspect.evidence.map { ($0.label, [ByteCount($0.bytes).description, Grouped.text($0.active)]) }
        )
        return [
            "name": Cell(suspect.name.cutMiddle(300)), "short": Cell(suspect.name.cutMiddle(80)),
            "isFirst": position == 0, "snapshots": Grouped.text(suspect.snapshots),
            "growth": ByteCount(suspect.bytes).description, "instances": Grouped.text(suspect.instances),
            "table": [table.context],
            "sites": suspect.sites.map { site in
                [
                    "instances": Grouped.text(site.instances),
                    "frames": site.trace.frames.prefix(8).map { Cell($0.description) },
                ] as Context
            },
        ]
    }

    private func all(_ charts: ClassCharts) -> Context? {
        guard !data.classes.isEmpty else { return nil }
        let details = ClassDetails(data: data, charts: charts)
        return [
            "rows": details.table, "detailNote": details.note.map { [Cell($0)] } ?? [], "details": details.contexts,
        ]
    }

    private func snapshots(_ charts: ClassCharts) -> Context? {
        let figure = charts.snapshots
        let notes = SnapshotNotes(data.contents.table.heads).lines
        guard figure != nil || !notes.isEmpty else { return nil }
        return ["figure": list(figure), "notes": notes.map { Cell($0) }]
    }

    private func figure(_ figure: Figure?) -> Context? { figure.map { ["figure": [$0.context]] } }

    private func list(_ figure: Figure?) -> [Context] { figure.map { [$0.context] } ?? [] }
}
#endif
