#if CLI
import ClassTracking

/// The records of a stream as rows of fixed columns, each as soon as it is there.
///
/// Widths do not depend on what comes later, as they would with a table that is laid out when it is complete.
struct LiveTable {
    private let palette: Palette
    private var graph = ResidentGraph()
    private var header: Header?

    init(palette: Palette) {
        self.palette = palette
    }

    /// The names of the columns.
    var heading: String {
        let figures = ["RESIDENT", "PEAK", "VIRTUAL"].map { $0.rightAligned(10) }.joined(separator: " ")
        let line = "TIME (UTC) \(figures) THREADS  \("MEMORY".leftAligned(ResidentGraph.width)) EVENT"
        return palette.heading(line)
    }

    /// The row of a record; `nil` for the header of a file that goes on with the run before, and for single objects.
    mutating func row(for record: Record) -> String? {
        let time = WallClock.time(record.wallTime)
        switch record.payload {
        case .sample(let sample): return "\(time) \(row(sample))"
        case .header(let new):
            if let header, header.isSameRun(as: new), header.interval == new.interval { return nil }
            header = new
            return palette.faint("\(time) \(EventText.text(of: record))")
        case .snapshot: return "\(time) \(EventText.text(of: record))"
        case .classSize: return "\(time)   \(EventText.text(of: record))"
        // Too many for a table of what happens; a report shows them.
        case .object, .trace, .history: return nil
        case .spike: return "\(time) \(palette.alarm(EventText.text(of: record)))"
        case .drop: return "\(time) \(palette.warning(EventText.text(of: record)))"
        case .notice(let notice):
            let text = EventText.text(of: record)
            return "\(time) \(notice.severity == .info ? palette.faint(text) : palette.warning(text))"
        case .end: return palette.faint("\(time) \(EventText.text(of: record))")
        }
    }

    private mutating func row(_ sample: Sample) -> String {
        let resident = sample.memory.residentSet
        let figures = [resident, sample.intervalPeak, sample.memory.virtualSize]
            .map { ($0.map { ByteCount($0).description } ?? "-").rightAligned(10) }
            .joined(separator: " ")
        let threads = (sample.memory.threadCount.map(String.init) ?? "-").rightAligned(7)
        let bar = graph.bar(resident: resident ?? 0, peak: sample.intervalPeak ?? 0)
        var events: [String] = []
        if let scale = bar.newScale { events.append(palette.faint("of \(Self.whole(scale))")) }
        if sample.missedTicks > 0 { events.append(palette.warning("\(sample.missedTicks) ticks missed")) }
        if let window = sample.window, window.count > 1 { events.append("\(window.count) samples") }
        if sample.clockBehind != nil { events.append(palette.warning("clock was set back")) }
        let shown = palette.memory(bar.resident) + palette.peak(bar.peak) + bar.blanks
        return "\(figures) \(threads)  \(shown) \(events.joined(separator: ", "))".trimmed
    }

    /// `64 MiB`: a power of two needs no decimal.
    private static func whole(_ bytes: Int) -> String {
        let text = ByteCount(bytes).description
        return text.split(separator: ".0", maxSplits: 1).joined()
    }
}

extension Record.Kind {
    /// Whether the table has rows of such records.
    var hasRow: Bool {
        switch self {
        case .object, .trace, .history: false
        case .header, .sample, .snapshot, .classSize, .spike, .drop, .notice, .end: true
        }
    }
}
#endif
