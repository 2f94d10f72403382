#if CLI
import ClassTracking
import TextTable

/// Creates a table of spikes.
enum SpikeTable {
    /// Returns the table, with columns for the machine and the process if there are several.
    static func text(of spikes: [StreamSummary.Entry], showsProcess: Bool, showsHost: Bool = false) -> String {
        let showsSuppressed = spikes.contains { $0.spike.suppressed > 0 }
        let table = TextTable<StreamSummary.Entry> { entry in
            let spike = entry.spike
            return [
                Column(title: "#", value: spike.number, align: .right),
                Column(title: "when (UTC)", value: WallTime(entry.beginWallTime).fullTenths),
                Column(title: "baseline", value: ByteText(spike.baseline).description, align: .right),
                Column(title: "peak", value: ByteText(spike.peak).description, align: .right),
                Column(title: "excess", value: ByteText(spike.excess).description, align: .right),
                Column(title: "lasted", value: spike.durationText ?? "-", align: .right),
                Column(title: "outcome", value: spike.outcomeText),
            ] + (showsSuppressed ? [Column(title: "suppressed before", value: spike.suppressed, align: .right)] : [])
        }
        var lines = (table.string(for: spikes) ?? "").split(separator: "\n").map(String.init)
        if showsProcess { prepend("process", spikes.map(\.process), to: &lines) }
        if showsHost { prepend("machine", spikes.map { $0.host ?? "-" }, to: &lines) }
        return lines.map(\.trimmed).joined(separator: "\n")
    }

    /// Adds a column of names in front.
    ///
    /// `TextTable` would count characters, some of which take two columns or none.
    private static func prepend(_ title: String, _ values: [String], to lines: inout [String]) {
        let width = ([title] + values).map(\.columns).max() ?? 0
        let column = [title, String(repeating: "-", count: width)] + values
        lines = zip(column, lines).map { "\($0.left(width)) \($1)" }
    }
}
#endif
