#if CLI
import ClassTracking
import TextTable

/// Spikes as a table.
enum SpikeTable {
    /// The rows; with columns for the machine and the process where they are of more than one.
    static func text(of spikes: [StreamSummary.Entry], showsProcess: Bool, showsHost: Bool = false) -> String {
        let table = TextTable<StreamSummary.Entry> { entry in
            let spike = entry.spike
            let process = Column(title: "process", value: entry.process)
            let host = Column(title: "machine", value: entry.host ?? "-")
            return (showsHost ? [host] : []) + (showsProcess ? [process] : []) + [
                Column(title: "#", value: spike.number, align: .right),
                Column(title: "when (UTC)", value: WallClock.date(entry.beginWallTime)),
                Column(title: "baseline", value: ByteCount(spike.baseline).description, align: .right),
                Column(title: "peak", value: ByteCount(spike.peak).description, align: .right),
                Column(title: "excess", value: ByteCount(spike.excess).description, align: .right),
                Column(title: "lasted", value: duration(of: spike), align: .right),
                Column(title: "outcome", value: outcome(of: spike)),
            ]
        }
        let lines = (table.string(for: spikes) ?? "").split(separator: "\n")
        return lines.map { String($0).trimmed }.joined(separator: "\n")
    }

    /// The kernel keeps the height of a peak, not its time: all that is known is the samples around it.
    private static func duration(of spike: Spike) -> String {
        spike.duration.map { "≤ \(Seconds($0))" } ?? "-"
    }

    private static func outcome(of spike: Spike) -> String {
        switch spike.outcome {
        // Such a spike has always come down: it is none otherwise.
        case .transient where spike.betweenSamples: "between samples"
        case .transient: "came down"
        case .newLevel: "stays at \(ByteCount(spike.level ?? spike.peak))"
        case nil: "ongoing"
        }
    }
}
#endif
