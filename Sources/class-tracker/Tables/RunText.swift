#if CLI
import ClassTracking

/// What a run is about, before its statistics.
struct RunText {
    private static let spikeLimit = 5

    let contents: StatsContents

    func write(to output: inout some TextOutputStream) {
        output.write(title + "\n")
        if let memory { output.write("  \(memory)\n") }
        let spikes = contents.spikes
        for spike in spikes.prefix(Self.spikeLimit) { output.write("  \(EventText.text(of: spike))\n") }
        if spikes.count > Self.spikeLimit {
            output.write("  \(spikes.count - Self.spikeLimit) more spikes; class-tracker spikes lists them\n")
        }
        for text in troubles { output.write("  \(text)\n") }
        output.write("\n")
    }

    private var title: String {
        guard let header = contents.header else { return "unknown process" }
        var text = "\(header.program)[\(header.processID)]".printable
        let times = contents.samples.samples.map(\.wallTime) + contents.table.heads.map(\.wallTime)
        let all = times + contents.events.map(\.wallTime) + [contents.samples.firstWallTime].compactMap(\.self)
        if let first = all.min(), let last = all.max() {
            text += "  \(WallClock.date(first)) to \(WallClock.date(last)) UTC, \(Seconds(last - first))"
        }
        return text
    }

    private var memory: String? {
        let samples = contents.samples
        guard let smallest = samples.smallestResidentSet, let largest = samples.largestResidentSet,
            let mean = samples.meanResidentSet
        else { return nil }
        var text = "\(StreamSummary.count(samples.count, "sample")): resident \(ByteCount(smallest)) to "
        text += "\(ByteCount(largest)), mean \(ByteCount(mean))"
        if let peak = samples.peak, peak > largest { text += ", peak \(ByteCount(peak))" }
        if let virtual = samples.largestVirtualSize { text += "; virtual up to \(ByteCount(virtual))" }
        if samples.missedTicks > 0 { text += "; \(StreamSummary.count(samples.missedTicks, "tick")) missed" }
        return text
    }

    /// Losses and warnings, each sort once.
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
        return lost.map { "\(StreamSummary.count($0.value, "record")) dropped by the \($0.key)" } + texts
    }
}
#endif
