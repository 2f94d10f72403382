#if CLI
import ClassTracking

/// What a record other than a sample says, in the words of the table.
enum EventText {
    static func text(of record: Record) -> String {
        switch record.payload {
        case .spike(let spike): text(of: spike)
        case .header(let header):
            "\(header.program)[\(header.processID)], a sample every \(Seconds(header.interval))".printable
        case .end(let end):
            "ended: \(StreamSummary.count(end.samples, "sample")), \(StreamSummary.count(end.spikes, "spike"))"
                + (end.maximumResidentSet.map { ", largest resident set \(ByteCount($0))" } ?? "")
        default: record.message.printable
        }
    }

    static func text(of spike: Spike) -> String {
        let height = "peak \(ByteCount(spike.peak)), \(ByteCount(spike.excess)) above normal"
        guard spike.state == .ended else { return "spike \(spike.number) begins: \(height)\(growth(in: spike))" }
        return "spike \(spike.number): \(height), \(fate(of: spike))\(growth(in: spike))"
    }

    private static func growth(in spike: Spike) -> String { spike.grownText.printable }

    private static func fate(of spike: Spike) -> String {
        if spike.betweenSamples { return "between two samples" }
        if spike.outcome == .newLevel { return "stays at \(ByteCount(spike.level ?? spike.peak))" }
        return "came down" + (spike.duration.map { " within \(Seconds($0))" } ?? "")
    }
}
#endif
