#if HTML
import TrackingRecords

/// How long objects lived, by class.
struct LifetimeChart {
    private static let rowLimit = 12

    let data: PageData

    private struct Lifetimes {
        var column: PageData.ClassColumn
        /// Of dead objects, ascending.
        var seconds: [Double]
        var alive: Int
        /// Age of the oldest live one.
        var oldest: Double?

        func quantile(_ part: Double) -> Double { seconds[min(seconds.count - 1, Int(Double(seconds.count) * part))] }
    }

    /// `nil` where no object is known.
    var figure: Figure? {
        let all = data.classes.compactMap(lifetimes)
        guard !all.isEmpty else { return nil }
        let shown = all.filter { !$0.seconds.isEmpty }
            .sorted { ($1.seconds.count, $0.column.name) < ($0.seconds.count, $1.column.name) }.prefix(Self.rowLimit)
        let lows = shown.map { max(1e-6, $0.quantile(0.1)) }
        let highs = shown.map { max(1e-6, $0.quantile(0.9)) }
        let chart = RangeChart(
            label: "How long objects lived, by class",
            axis: Axis.lifetimes((lows.min() ?? 1e-3)...(max(lows.min() ?? 1e-3, highs.max() ?? 1))),
            rows: shown.map(row)
        )
        return Figure(
            caption: "Lifetimes of dead objects: the middle one, and the span of the 80 % around it",
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
            figure: Self.text(middle),
            color: lifetimes.column.color,
            low: Axis.logarithm(max(1e-6, low)),
            middle: Axis.logarithm(max(1e-6, middle)),
            high: Axis.logarithm(max(1e-6, high)),
            text: "\(lifetimes.column.name.cutMiddle(60))\n\(Grouped.text(count)) dead object\(count == 1 ? "" : "s")\n"
                + "10 %: \(Self.text(low))\nmiddle: \(Self.text(middle))\n90 %: \(Self.text(high))"
        )
    }

    private func table(of all: [Lifetimes]) -> Table {
        Table(
            headings: ["Class", "Dead", "10 %", "Middle", "90 %", "Longest", "Alive", "Oldest alive"],
            rows: all.map { lifetimes in
                let isEmpty = lifetimes.seconds.isEmpty
                let quantiles = [0.1, 0.5, 0.9, 1].map { isEmpty ? "–" : Self.text(lifetimes.quantile($0)) }
                return (
                    lifetimes.column.name,
                    [Grouped.text(lifetimes.seconds.count)] + quantiles
                        + [Grouped.text(lifetimes.alive), lifetimes.oldest.map(Self.text) ?? "–"]
                )
            },
            note: "Of the objects that have a record. A stream has records of the largest ones, a dump of all."
        )
    }

    /// `1.25 s`, `3 min`, in three digits.
    static func text(_ seconds: Double) -> String {
        let scales: [(Double, String)] = [
            (86_400, "d"), (3600, "h"), (60, "min"), (1, "s"), (1e-3, "ms"), (1e-6, "µs"),
        ]
        guard let (scale, unit) = scales.first(where: { seconds >= $0.0 }) else { return "0 s" }
        let number = seconds / scale
        let factor = number >= 100 ? 1.0 : number >= 10 ? 10.0 : 100.0
        return "\(Axis.decimal((number * factor).rounded() / factor)) \(unit)"
    }
}
#endif
