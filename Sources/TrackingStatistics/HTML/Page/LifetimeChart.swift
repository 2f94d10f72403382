#if HTML
import TrackingRecords

/// The lifetimes of objects, by class.
struct LifetimeChart {
    private static let rowLimit = 12

    let data: PageData

    private struct Lifetimes {
        var column: PageData.ClassColumn
        /// The lifetimes of dead objects, ascending.
        var seconds: [Double]
        var alive: Int
        /// The age of the oldest live object.
        var oldest: Double?

        func quantile(_ part: Double) -> Double { seconds[min(seconds.count - 1, Int(Double(seconds.count) * part))] }
    }

    /// The chart with its table; `nil` if no object is known.
    var figure: Figure? {
        let all = data.classes.compactMap(lifetimes)
        guard !all.isEmpty else { return nil }
        let shown = all.filter { !$0.seconds.isEmpty }
            .sorted { ($1.seconds.count, $0.column.name) < ($0.seconds.count, $1.column.name) }.prefix(Self.rowLimit)
        let lows = shown.map { max(1e-6, $0.quantile(0.1)) }
        let highs = shown.map { max(1e-6, $0.quantile(0.9)) }
        let chart = RangeChart(
            label: "Lifetimes of objects by class",
            axis: Axis.lifetimes((lows.min() ?? 1e-3)...(max(lows.min() ?? 1e-3, highs.max() ?? 1))),
            rows: shown.map(row)
        )
        return Figure(
            caption: "Lifetimes of dead objects: the median, and the range of the middle 80 %",
            svg: shown.isEmpty ? "" : chart.svg,
            legend: [],
            table: table(of: all)
        )
    }

    private func lifetimes(_ column: PageData.ClassColumn) -> Lifetimes? {
        guard !column.objects.isEmpty else { return nil }
        var lifetimes = Lifetimes(column: column, seconds: [], alive: 0)
        for position in column.objects {
            let object = data.contents.objects[position]
            if let death = object.death {
                lifetimes.seconds.append(max(0, death - object.birth))
            } else {
                lifetimes.alive += 1
                lifetimes.oldest = max(lifetimes.oldest ?? 0, data.span.upperBound - object.birth)
            }
        }
        lifetimes.seconds.sort()
        return lifetimes
    }

    private func row(_ lifetimes: Lifetimes) -> RangeChart.Row {
        let (low, middle, high) = (lifetimes.quantile(0.1), lifetimes.quantile(0.5), lifetimes.quantile(0.9))
        let count = lifetimes.seconds.count
        return RangeChart.Row(
            label: lifetimes.column.name,
            figure: TimeText(middle, .fine).description,
            color: lifetimes.column.color,
            low: Axis.logarithm(max(1e-6, low)),
            middle: Axis.logarithm(max(1e-6, middle)),
            high: Axis.logarithm(max(1e-6, high)),
            text: "\(lifetimes.column.name.cutMiddle(60))\n\(counted(count, "dead object"))\n"
                + "10 %: \(TimeText(low, .fine))\nmedian: \(TimeText(middle, .fine))\n90 %: \(TimeText(high, .fine))"
        )
    }

    private func table(of all: [Lifetimes]) -> Table {
        Table(
            headings: ["Class", "Dead", "10 %", "Median", "90 %", "Longest", "Alive", "Oldest alive"],
            rows: all.map { lifetimes in
                let isEmpty = lifetimes.seconds.isEmpty
                let quantiles = [0.1, 0.5, 0.9, 1]
                    .map { isEmpty ? "–" : TimeText(lifetimes.quantile($0), .fine).description }
                return (
                    lifetimes.column.name,
                    [CountText(lifetimes.seconds.count).description] + quantiles
                        + [
                            CountText(lifetimes.alive).description,
                            lifetimes.oldest.map { TimeText($0, .fine).description } ?? "–",
                        ]
                )
            },
            note: "Only objects with a record count: the largest ones in a stream, all of them in a dump."
        )
    }
}
#endif
