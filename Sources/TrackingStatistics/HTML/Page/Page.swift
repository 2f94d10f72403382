#if HTML
import Mustache
import TrackingRecords

/// Creates the text of a page.
struct Page {
    private static let suspectLimit = 10

    /// All templates, parsed once.
    private static let library: MustacheLibrary = {
        var library = MustacheLibrary()
        let templates = [
            "page": PageTemplate.page, "figure": PageTemplate.figure, "table": PageTemplate.table,
            "growth": PageTemplate.growth, "suspect": PageTemplate.suspect, "classes": PageTemplate.classes,
            "class": PageTemplate.details,
        ]
        // A template that cannot be parsed would be missing from every page; tests render them all.
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

    // MARK: Head

    private var about: String {
        var parts: [String] = []
        if let header = data.contents.header { parts.append("\(header.program)[\(header.processID)]") }
        if !data.times.isEmpty || !data.contents.samples.samples.isEmpty {
            let length = TimeText(data.span.upperBound - data.span.lowerBound, .fine).description
            parts.append(
                "\(data.wallText(data.span.lowerBound)) to \(data.wallText(data.span.upperBound)) UTC, \(length)"
            )
        }
        if let interval = data.contents.header?.interval, interval > 0 {
            parts.append("a sample every \(TimeText(interval, .fine))")
        }
        if let ending = data.contents.ending {
            parts.append(ending.text(latest: data.wallText(data.span.upperBound)))
        }
        return parts.joined(separator: " · ")
    }

    private var source: String {
        let samples = data.contents.samples.count
        let parts = [(samples, "sample"), (data.times.count, "snapshot"), (data.contents.objects.count, "object")]
        let counts = parts.filter { $0.0 > 0 }.map { counted($0.0, $0.1) }.joined(separator: ", ")
        guard let source = stats.source else { return counts.isEmpty ? "without any record" : "from \(counts)" }
        return "from \(source)" + (counts.isEmpty ? ", which has recorded nothing yet" : ": \(counts)")
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
        func size(_ bytes: Int?) -> String? { bytes.map { ByteText($0).description } }
        add("Largest resident", size([samples.peak, memory.max()].compactMap(\.self).max()))
        add("Last resident", size(samples.samples.last?.memory.residentSet ?? memory.last))
        add("Largest virtual", size(samples.largestVirtualSize))
        add("Last tracked", data.classes.isEmpty ? nil : size(data.totals.last))
        let spikes = data.contents.spikes.count
        add("Spikes", samples.samples.isEmpty ? nil : CountText(spikes).description)
        add("Classes", data.classes.isEmpty ? nil : CountText(data.classes.count).description)
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
            headings: ["Smallest snapshot of its span", "Bytes", "Alive"],
            rows: suspect.evidence.map {
                ($0.label, [ByteText($0.bytes).description, CountText($0.active).description])
            }
        )
        return [
            "name": Cell(suspect.name.cutMiddle(300)), "short": Cell(suspect.name.cutMiddle(80)),
            "isFirst": position == 0, "snapshots": CountText(suspect.snapshots).description,
            "growth": ByteText(suspect.bytes).description, "instances": CountText(suspect.instances).description,
            "table": [table.context],
            "sites": suspect.sites.map { site in
                [
                    "instances": CountText(site.instances).description,
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
