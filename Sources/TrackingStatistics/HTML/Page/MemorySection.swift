#if HTML
import TrackingRecords

/// The memory of the process over time, with its spikes.
struct MemorySection {
    private static let markLimit = 60
    private static let rowLimit = 100

    let data: PageData

    private var samples: [Sample] { data.contents.samples.samples }

    var context: Context {
        let spikes = data.contents.spikes
        return [
            "figures": figures.map(\.context),
            "spikes": spikes.isEmpty ? [] : [table(of: spikes).context],
            "spikeCount": Cell(spikes.count == 1 ? "1 spike" : "\(Grouped.text(spikes.count)) spikes"),
        ]
    }

    private var figures: [Figure] {
        var figures: [Figure] = []
        let resident = residentChart
        if !resident.series.allSatisfy(\.points.isEmpty) {
            figures.append(Figure(resident, caption: "Resident and tracked memory"))
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
                    name: "Peak since the sample before",
                    color: PageData.Palette.peak,
                    points: peaks,
                    isFilled: true
                )
            )
        }
        if !data.times.isEmpty {
            let tracked = zip(data.times, data.totals).map { TimeSeries.Point(time: $0, value: $1) }
            series.append(TimeSeries(name: "Tracked objects", color: PageData.Palette.tracked, points: tracked))
        }
        return TimeChart(
            label: "Resident memory, its peaks, and the memory of tracked objects over time",
            unit: .bytes,
            span: data.span,
            start: data.start,
            series: series,
            marks: marks,
            height: 260
        )
    }

    /// Where nothing sampled, snapshots know it too.
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

    /// The highest ones where there are very many.
    private var marks: [TimeChart.Mark] {
        data.contents.spikes.sorted { $0.peak > $1.peak }.prefix(Self.markLimit).sorted { $0.peakTime < $1.peakTime }
            .map { spike in
                TimeChart.Mark(
                    time: spike.peakTime,
                    value: spike.peak,
                    label: "spike \(spike.number)",
                    text: "Spike \(spike.number), \(data.wallText(spike.peakTime)) UTC\n"
                        + "peak \(ByteCount(spike.peak)), \(ByteCount(spike.excess)) above the normal "
                        + "\(ByteCount(spike.baseline))\(spike.grownText)"
                )
            }
    }

    private func table(of spikes: [Spike]) -> Table {
        let shown = spikes.sorted { ($1.excess, $0.number) < ($0.excess, $1.number) }.prefix(Self.rowLimit)
            .sorted { $0.number < $1.number }
        return Table(
            headings: ["Spike", "When (UTC)", "Baseline", "Peak", "Above it", "Lasted", "Outcome", "What grew"],
            rows: shown.map { spike in
                let grown = spike.grownText.drop { $0 == ";" || $0 == " " }
                return (
                    "\(spike.number)",
                    [
                        data.wallText(spike.peakTime), ByteCount(spike.baseline).description,
                        ByteCount(spike.peak).description, ByteCount(spike.excess).description,
                        spike.duration.map { "≤ \(Axis.decimal($0)) s" } ?? "goes on", Self.outcome(spike),
                        grown.isEmpty ? "–" : String(grown),
                    ]
                )
            },
            note: shown.count < spikes.count ? "The \(shown.count) highest of \(Grouped.text(spikes.count))." : nil
        )
    }

    private static func outcome(_ spike: Spike) -> String {
        if spike.betweenSamples { return "between two samples" }
        return switch spike.outcome {
        case .transient: "came back"
        case .newLevel: "new level"
        case nil: "goes on"
        }
    }
}
#endif
