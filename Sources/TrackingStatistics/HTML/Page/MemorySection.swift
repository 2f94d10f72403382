#if HTML
import TrackingRecords

/// The section on the memory of the process over time, with its spikes.
struct MemorySection {
    private static let markLimit = 60
    private static let rowLimit = 100

    let data: PageData

    private var samples: [Sample] { data.contents.samples.samples }

    var context: Context {
        let ledger = data.contents.spikeLedger
        let spikes = ledger.spikes
        return [
            "figures": figures.map(\.context),
            "spikes": spikes.isEmpty ? [] : [table(of: spikes).context],
            "warmUp": ledger.warmUpText.map { [Cell("Warming up: \($0).")] } ?? [],
            "spikeCount": Cell(spikeCount(spikes.count)),
        ]
    }

    private func spikeCount(_ count: Int) -> String {
        let earlier = data.contents.earlierSpikes
        let text = counted(count, "spike")
        return earlier > 0 ? "\(text); \(counted(earlier, "earlier one")) not in the records any more" : text
    }

    private var figures: [Figure] {
        var figures: [Figure] = []
        let resident = residentChart
        if !resident.series.allSatisfy(\.points.isEmpty) {
            let caption = data.classes.isEmpty ? "Resident memory" : "Resident and tracked memory"
            figures.append(Figure(resident, caption: caption))
        }
        let virtual = virtualChart
        if !virtual.series[0].points.isEmpty {
            figures.append(Figure(virtual, caption: "Virtual size", isLegendShown: false))
        }
        return figures
    }

    private var residentChart: TimeChart {
        var series: [TimeSeries] = []
        let resident = residentPoints
        if !resident.isEmpty {
            series.append(TimeSeries(name: "Resident", color: PageData.Palette.resident, points: resident))
        }
        let peaks = samples.compactMap { sample in
            (sample.intervalPeak ?? sample.window?.maximum)
                .map { TimeSeries.Point(time: sample.timestamp, value: $0) }
        }
        if !peaks.isEmpty {
            series.append(
                TimeSeries(
                    name: "Peak since the previous sample",
                    color: PageData.Palette.peak,
                    points: peaks,
                    isFilled: true
                )
            )
        }
        if !data.classes.isEmpty, !data.times.isEmpty {
            let tracked = zip(data.times, data.totals).map { TimeSeries.Point(time: $0, value: $1) }
            series.append(TimeSeries(name: "Tracked objects", color: PageData.Palette.tracked, points: tracked))
        }
        return TimeChart(
            label: data.classes.isEmpty
                ? "Resident memory and its peaks over time"
                : "Resident memory, its peaks, and the memory of tracked objects over time",
            unit: .bytes,
            span: data.span,
            start: data.start,
            series: series,
            marks: marks,
            height: 260
        )
    }

    /// The resident set of the samples, or of the snapshots if there is no sample.
    private var residentPoints: [TimeSeries.Point] {
        if samples.isEmpty {
            return data.contents.table.heads.compactMap { snapshot in
                snapshot.processMemory.residentSet.map { TimeSeries.Point(time: snapshot.timestamp, value: $0) }
            }
        }
        return samples.compactMap { sample in
            (sample.window?.mean ?? sample.memory.residentSet)
                .map { TimeSeries.Point(time: sample.timestamp, value: $0) }
        }
    }

    private var virtualChart: TimeChart {
        var points = samples.compactMap { sample in
            sample.memory.virtualSize.map { TimeSeries.Point(time: sample.timestamp, value: $0) }
        }
        if points.isEmpty {
            points = data.contents.table.heads.compactMap { snapshot in
                snapshot.processMemory.virtualSize.map { TimeSeries.Point(time: snapshot.timestamp, value: $0) }
            }
        }
        return TimeChart(
            label: "Virtual size of the process over time",
            unit: .bytes,
            span: data.span,
            start: data.start,
            series: [TimeSeries(name: "Virtual", color: PageData.Palette.virtual, points: points)],
            height: 120
        )
    }

    /// The marks of the spikes; if there are very many, those of the highest ones.
    private var marks: [TimeChart.Mark] {
        data.contents.spikes.sorted { $0.peak > $1.peak }.prefix(Self.markLimit).sorted { $0.peakTime < $1.peakTime }
            .map { spike in
                TimeChart.Mark(
                    time: spike.peakTime,
                    value: spike.peak,
                    label: "spike \(spike.number)",
                    text: "Spike \(spike.number), \(data.wallText(spike.peakTime)) UTC\n"
                        + "\(spike.heightText) the normal \(ByteText(spike.baseline))\(spike.restText)"
                )
            }
    }

    private func table(of spikes: [Spike]) -> Table {
        let shown = spikes.sorted { ($1.excess, $0.number) < ($0.excess, $1.number) }.prefix(Self.rowLimit)
            .sorted { $0.number < $1.number }
        return Table(
            headings: ["Spike", "When (UTC)", "Baseline", "Peak", "Above it", "Lasted", "Outcome", "Growth"],
            rows: shown.map { spike in
                let grown = spike.restText.drop { $0 == ";" || $0 == " " }
                return (
                    "\(spike.number)",
                    [
                        data.wallText(spike.peakTime), ByteText(spike.baseline).description,
                        ByteText(spike.peak).description, ByteText(spike.excess).description,
                        spike.durationText ?? "–", spike.outcomeText,
                        grown.isEmpty ? "–" : String(grown),
                    ]
                )
            },
            note: shown.count < spikes.count ? "The \(shown.count) highest of \(CountText(spikes.count))." : nil
        )
    }
}
#endif
