import TrackingRecords

/// The memory and the spikes of a process as text.
package struct MemoryText {
    private let contents: StatsContents

    package init(contents: StatsContents) { self.contents = contents }

    /// The samples in one line, or the snapshots if there is no sample; `nil` if there is neither.
    package var line: String? {
        var samples = contents.samples
        if samples.samples.isEmpty {
            for snapshot in contents.table.heads { samples.add(Sample(snapshot)) }
        }
        guard let smallest = samples.smallestResidentSet, let largest = samples.largestResidentSet,
            let mean = samples.meanResidentSet
        else { return nil }
        var text = counted(samples.count, contents.samples.samples.isEmpty ? "snapshot" : "sample")
        text += ": resident \(ByteText(smallest)) to \(ByteText(largest)), mean \(ByteText(mean))"
        // A spike or a snapshot may show more than the last sample of a process that was killed.
        let peaks = [samples.peak].compactMap(\.self) + contents.spikes.map(\.peak)
        if let peak = peaks.max(), peak > largest { text += ", peak \(ByteText(peak))" }
        if let virtual = samples.largestVirtualSize { text += "; virtual up to \(ByteText(virtual))" }
        if samples.missedTicks > 0 { text += "; \(counted(samples.missedTicks, "tick")) missed" }
        return text
    }

    func write(to output: inout some TextOutputStream) {
        guard let line else { return }
        output.write(line + "\n")
        let earlier = contents.earlierSpikes
        if earlier > 0 { output.write("  ... \(counted(earlier, "earlier spike"))\n") }
        let ledger = contents.spikeLedger
        if let text = ledger.warmUpText { output.write("  warming up: \(text)\n") }
        for spike in ledger.spikes { output.write("  \(Record(.spike(spike)).message.printable)\n") }
    }
}

extension Sample {
    fileprivate init(_ snapshot: Snapshot) {
        self.init(timestamp: snapshot.timestamp, wallTime: snapshot.wallTime, memory: snapshot.processMemory)
    }
}
