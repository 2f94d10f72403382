#if CLI
import ClassTracking

/// The records of a stream as rows with fixed columns, each as soon as it comes.
///
/// The widths do not depend on later rows, as those of a table do that is laid out when it is complete.
struct LiveTable {
    private let palette: Palette
    private var graph = ResidentGraph()
    private var header: Header?
    /// The clues to the end of the run.
    private var clues = EndingClues()
    /// Indicates whether all records are of one file, in which one run follows another.
    var isOneFile = false
    private var wasRunning = false
    /// The number of successive checks that did not find the process.
    private var goneLooks = 0
    /// Indicates whether the end of the run was reported.
    private var isReported = false

    init(palette: Palette) {
        self.palette = palette
    }

    /// The names of the columns.
    var heading: String {
        let figures = ["RESIDENT", "PEAK", "VIRTUAL"].map { $0.right(10) }.joined(separator: " ")
        let line = "TIME (UTC) \(figures) THREADS  \("MEMORY".left(ResidentGraph.width)) EVENT"
        return palette.heading(line)
    }

    /// Returns the row of a record; `nil` for a repeated header and for single objects.
    mutating func row(for record: Record) -> String? {
        let time = WallTime(record.wallTime).tenths
        clues.note(record)
        switch record.payload {
        case .sample(let sample): return "\(time) \(row(sample))"
        case .header(let new):
            if let header, header.isSameRun(as: new), header.interval == new.interval { return nil }
            let isNewRun = header.map { !$0.isSameRun(as: new) } ?? true
            clues.isFollowed = true
            let before = isOneFile && isNewRun && !isReported ? clues.ending(of: nil) : nil
            header = new
            let row = palette.faint("\(time) \(EventText.text(of: record))")
            guard isNewRun else {
                clues.isFollowed = false
                return row
            }
            let latest = clues.latestWallTime
            (clues, wasRunning, goneLooks, isReported) = (EndingClues(), false, 0, false)
            guard let before, before.isTrouble, let latest else { return row }
            return "\(self.row(RunEnding.cutOff, at: latest))\n\(row)"
        case .classSize: return "\(time)   \(EventText.text(of: record))"
        case .spike: return "\(time) \(palette.alarm(EventText.text(of: record)))"
        case .drop: return "\(time) \(palette.warning(EventText.text(of: record)))"
        case .notice(let notice):
            let text = EventText.text(of: record)
            return "\(time) \(notice.severity == .info ? palette.faint(text) : palette.warning(text))"
        case .end: return palette.faint("\(time) \(EventText.text(of: record))")
        // Records that are too many for a table of events have no row; a report shows them.
        default: return RecordPolicy.of(record.kind).hasRow ? "\(time) \(EventText.text(of: record))" : nil
        }
    }

    private func row(_ ending: RunEnding, at time: Double) -> String {
        let text = "\(WallTime(time).tenths) \(ending.text(latest: nil))"
        return ending.isTrouble ? palette.warning(text) : palette.faint(text)
    }

    /// Returns a row on whether the process of the latest record is running.
    ///
    /// - Parameters:
    ///   - file: The file of the latest records.
    ///   - isLast: `true` if no more records are read; otherwise there is one row when the process is not found.
    /// - Returns: The row; `nil` if the run has an end, or nothing is known.
    mutating func closing(_ file: FileIdentity?, isLast: Bool) -> String? {
        clues.file = file
        guard !isReported, let ending = clues.ending(of: header), let time = clues.latestWallTime else { return nil }
        switch ending {
        case .inOrder: return nil
        case .running:
            (wasRunning, goneLooks) = (true, 0)
            return isLast ? row(ending, at: time) : nil
        case .cutOff, .unknown:
            goneLooks += 1
            // Only at the second check, since the end may be written between a check of the file and one of the process.
            guard isLast || goneLooks > 1 else { return nil }
            isReported = true
            return row(wasRunning ? .cutOff : ending, at: time)
        }
    }

    private mutating func row(_ sample: Sample) -> String {
        let resident = sample.memory.residentSet
        let figures = [resident, sample.intervalPeak, sample.memory.virtualSize]
            .map { ($0.map { ByteText($0).description } ?? "-").right(10) }
            .joined(separator: " ")
        let threads = (sample.memory.threadCount.map(String.init) ?? "-").right(7)
        let bar = graph.bar(resident: resident ?? 0, peak: sample.intervalPeak ?? 0)
        var events: [String] = []
        if let scale = bar.newScale { events.append(palette.faint("of \(ByteText(scale).short)")) }
        if sample.missedTicks > 0 { events.append(palette.warning("\(counted(sample.missedTicks, "tick")) missed")) }
        if let window = sample.window, window.count > 1 { events.append(counted(window.count, "sample")) }
        if sample.clockBehind != nil { events.append(palette.warning("clock was set back")) }
        let shown = palette.memory(bar.resident) + palette.peak(bar.peak) + bar.blanks
        return "\(figures) \(threads)  \(shown) \(events.joined(separator: ", "))".trimmed
    }
}
#endif
