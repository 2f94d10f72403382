#if CLI
import ClassTracking

/// The head of a run, before its statistics.
struct RunText {
    private static let spikeLimit = 5

    let contents: StatsContents

    func write(to output: inout some TextOutputStream) {
        output.write(title + "\n")
        if let memory = MemoryText(contents: contents).line { output.write("  \(memory)\n") }
        if let ending = contents.ending {
            output.write("  \(ending.text(latest: walls.max().map { WallTime($0).tenths }))\n")
        }
        let ledger = contents.spikeLedger
        let spikes = ledger.spikes
        if let text = ledger.warmUpText { output.write("  warming up: \(text)\n") }
        for spike in spikes.prefix(Self.spikeLimit) { output.write("  \(spike.rowText.printable)\n") }
        if spikes.count > Self.spikeLimit {
            output.write(
                "  \(counted(spikes.count - Self.spikeLimit, "more spike")); class-tracker spikes lists them\n"
            )
        }
        for text in troubles { output.write("  \(text)\n") }
        output.write("\n")
    }

    /// All known times, in seconds since 1970.
    private var walls: [Double] {
        let samples = contents.samples.samples.map(\.wallTime)
        return samples + contents.table.heads.map(\.wallTime) + contents.events.map(\.wallTime)
    }

    private var title: String {
        guard let header = contents.header else { return "unknown process" }
        let text = "\(header.program)[\(header.processID)]".printable
        let (samples, snapshots) = (contents.samples, contents.table.heads)
        let walls = walls
        // Wall times jump when the clock is set; these times give the length of the run.
        let times = samples.samples.map(\.timestamp) + snapshots.map(\.timestamp) + contents.events.map(\.timestamp)
        guard let first = (walls + [samples.firstWallTime].compactMap(\.self)).min(), let last = walls.max(),
            let begin = (times + [samples.firstTimestamp].compactMap(\.self)).min(), let end = times.max()
        else { return text }
        return text + "  \(WallTime(first).fullTenths) to \(WallTime(last).fullTenths) UTC, \(TimeText(end - begin))"
    }

    /// The losses and warnings, each kind of them once.
    private var troubles: [String] {
        var losses: [String: Int] = [:]
        var texts: [String] = []
        for event in contents.events {
            switch event.payload {
            case .drop(let drop): losses[drop.sink.printable, default: 0] += drop.count
            case .notice(let notice) where notice.severity != .info:
                let text = event.message.printable
                if !texts.contains(text), texts.count < Self.spikeLimit { texts.append(text) }
            default: break
            }
        }
        let lost = losses.sorted { $0.key < $1.key }
        return lost.map { "\(counted($0.value, "record")) dropped by the \($0.key)" } + texts
    }
}
#endif
