#if HTML
import TrackingRecords

/// What a number in a chart is.
enum Unit {
    case bytes
    case count

    func text(_ number: Int) -> String {
        switch self {
        case .bytes: ByteCount(number).description
        case .count: Grouped.text(number)
        }
    }

    func axis(upTo largest: Int, intervals: Int) -> Axis {
        switch self {
        case .bytes: .bytes(upTo: largest, intervals: intervals)
        case .count: .counts(upTo: largest, intervals: intervals)
        }
    }
}

/// Numbers with commas between thousands.
enum Grouped {
    static func text(_ number: Int) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }
}

/// A value over time.
struct TimeSeries {
    struct Point: Equatable {
        /// Seconds since the tracker began.
        var time: Double
        var value: Int
    }

    var name: String
    /// Which colour of the palette; lines of the second half of it are dashed.
    var color: Int
    var points: [Point]
    /// Fills the area between this and the series before, faintly.
    var isFilled = false

    var largest: Int { points.reduce(0) { max($0, $1.value) } }
}

/// Values over time as lines, or stacked as areas.
///
/// The picture is as wide as the page lets it be: what is drawn is stretched, and text and marks stand at percentages of
/// the width, so that they stay readable on a telephone.
struct TimeChart {
    /// Units of width that lines are drawn in.
    static let width = 1000.0
    /// More points than that lie on top of each other.
    static let pointLimit = 600

    struct Mark {
        var time: Double
        var value: Int
        /// Shown beside it where there is room.
        var label: String
        /// Shown when it is pointed at.
        var text: String
    }

    /// What it shows, for those who do not see it.
    var label: String
    var unit: Unit
    var span: ClosedRange<Double>
    /// When the tracker began, in seconds since 1970.
    var start: Double
    var series: [TimeSeries]
    /// All series have the same times then, and lie on top of each other.
    var isStacked = false
    var marks: [Mark] = []
    /// Height of the plot in pixels.
    var height = 220.0
    /// Columns that can be pointed at, and rows of the table.
    var readingLimit = 60

    private var axis: Axis {
        var largest = marks.reduce(0) { max($0, $1.value) }
        if isStacked {
            largest = max(largest, stackedTotals.max() ?? 0)
        } else {
            largest = series.reduce(largest) { max($0, $1.largest) }
        }
        return unit.axis(upTo: largest, intervals: height < 150 ? 3 : 5)
    }

    private var stackedTotals: [Int] {
        var totals = [Int](repeating: 0, count: series.first?.points.count ?? 0)
        for series in series {
            for (position, point) in series.points.enumerated() where position < totals.count {
                totals[position] += point.value
            }
        }
        return totals
    }

    /// The picture as SVG.
    var svg: String {
        let (vertical, horizontal) = (axis, TimeAxis.axis(span, start: start))
        var svg = Markup()
        svg.raw("<svg class=\"chart\" role=\"img\" height=\"\(Int(height) + 24)\" aria-label=\"")
        svg.escaped(label)
        svg.raw("\">")
        drawScale(vertical, to: &svg)
        drawTimes(horizontal, to: &svg)
        svg.raw("<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(height))\" preserveAspectRatio=\"none\" width=\"100%\" ")
        svg.raw("height=\"\(Int(height))\">")
        if isStacked {
            drawAreas(vertical, horizontal, to: &svg)
        } else {
            drawLines(vertical, horizontal, to: &svg)
        }
        svg.raw("</svg>")
        drawReadings(horizontal, to: &svg)
        drawMarks(vertical, horizontal, to: &svg)
        svg.raw("</svg>")
        return svg.text
    }

    // MARK: Scales

    private func drawScale(_ axis: Axis, to svg: inout Markup) {
        for tick in axis.ticks {
            let y = height * (1 - axis.part(of: tick.value))
            svg.raw("<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"")
            svg.number(y)
            svg.raw("\" y2=\"")
            svg.number(y)
            svg.raw("\"/><text class=\"y\" x=\"-8\" y=\"")
            svg.number(y + 4)
            svg.raw("\">\(tick.label)</text>")
        }
    }

    private func drawTimes(_ axis: Axis, to svg: inout Markup) {
        for (number, tick) in axis.ticks.enumerated() {
            let part = axis.part(of: tick.value)
            // On a narrow page every other one gives way, and text at the right edge ends there: it has no room beyond.
            let anchor = part > 0.96 ? " last" : ""
            let wide = number % 2 == 1 ? " wide" : ""
            svg.raw("<line class=\"tick\(wide)\" x1=\"")
            svg.percent(part)
            svg.raw("\" x2=\"")
            svg.percent(part)
            svg.raw("\" y1=\"\(Int(height))\" y2=\"\(Int(height) + 5)\"/><text class=\"x\(anchor)\(wide)\" x=\"")
            svg.percent(part)
            svg.raw("\" y=\"\(Int(height) + 19)\">\(tick.label)</text>")
        }
    }

    // MARK: Values

    private func point(_ point: TimeSeries.Point, _ vertical: Axis, _ horizontal: Axis, to svg: inout Markup) {
        svg.number(Self.width * horizontal.part(of: point.time))
        svg.raw(" ")
        svg.number(height * (1 - vertical.part(of: Double(point.value))))
    }

    private func path(
        _ points: some Sequence<TimeSeries.Point>,
        _ vertical: Axis,
        _ horizontal: Axis,
        to svg: inout Markup
    ) {
        var isFirst = true
        for each in points {
            if !isFirst { svg.raw("L") }
            isFirst = false
            point(each, vertical, horizontal, to: &svg)
        }
    }

    private func drawLines(_ vertical: Axis, _ horizontal: Axis, to svg: inout Markup) {
        let thinned = series.map { Self.thinned($0.points) }
        for (position, series) in series.enumerated() where series.isFilled && position > 0 && !series.points.isEmpty {
            svg.raw("<path class=\"band f\(series.color)\" d=\"M")
            path(thinned[position], vertical, horizontal, to: &svg)
            svg.raw("L")
            path(thinned[position - 1].reversed(), vertical, horizontal, to: &svg)
            svg.raw("Z\"/>")
        }
        // The first one in the legend is on top of the others.
        for (series, points) in zip(series, thinned).reversed() {
            guard let first = points.first else { continue }
            svg.raw("<path class=\"line s\(series.color)\" d=\"M")
            path(points, vertical, horizontal, to: &svg)
            // A line of no length is drawn as a point.
            if points.count == 1 {
                svg.raw("L")
                point(first, vertical, horizontal, to: &svg)
            }
            svg.raw("\"/>")
        }
    }

    private func drawAreas(_ vertical: Axis, _ horizontal: Axis, to svg: inout Markup) {
        let shown = Thinning.positions(of: stackedTotals, limit: Self.pointLimit)
        guard let times = series.first.map({ first in shown.map { first.points[$0].time } }), !times.isEmpty else {
            return
        }
        var below = [Int](repeating: 0, count: shown.count)
        for series in series {
            let above = zip(below, shown).map { $0 + series.points[$1].value }
            // One snapshot is as wide as the chart.
            let ends = times.count == 1 ? [span.lowerBound, span.upperBound] : times
            let edge = zip(ends, times.count == 1 ? above + above : above).map { TimeSeries.Point(time: $0, value: $1) }
            let base = zip(ends, times.count == 1 ? below + below : below).map { TimeSeries.Point(time: $0, value: $1) }
            svg.raw("<path class=\"area f\(series.color) s\(series.color)\" d=\"M")
            path(edge, vertical, horizontal, to: &svg)
            svg.raw("L")
            path(base.reversed(), vertical, horizontal, to: &svg)
            svg.raw("Z\"/>")
            below = above
        }
    }

    static func thinned(_ points: [TimeSeries.Point]) -> [TimeSeries.Point] {
        guard points.count > pointLimit else { return points }
        return Thinning.positions(of: points.map(\.value), limit: pointLimit).map { points[$0] }
    }

    // MARK: What is pointed at

    private func drawReadings(_ axis: Axis, to svg: inout Markup) {
        let readings = readings
        let parts = readings.rows.map { axis.part(of: $0.time) }
        for (position, row) in readings.rows.enumerated() {
            let left = position > 0 ? (parts[position - 1] + parts[position]) / 2 : 0
            let right = position + 1 < parts.count ? (parts[position] + parts[position + 1]) / 2 : 1
            svg.raw("<rect class=\"hit\" y=\"0\" height=\"\(Int(height))\" x=\"")
            svg.percent(left)
            svg.raw("\" width=\"")
            svg.percent(max(0, right - left))
            svg.raw("\"><title>")
            svg.escaped(timeText(row.time))
            // The order of the legend, which is from the top.
            for (series, value) in zip(series, row.values).reversed() {
                guard let value else { continue }
                svg.raw("\n")
                svg.escaped(series.name.cutMiddle(60))
                svg.raw(": \(unit.text(value))")
            }
            svg.raw("</title></rect>")
        }
    }

    private func drawMarks(_ vertical: Axis, _ horizontal: Axis, to svg: inout Markup) {
        var latest = -1.0
        for mark in marks {
            let part = horizontal.part(of: mark.time)
            let y = height * (1 - vertical.part(of: Double(mark.value)))
            svg.raw("<g class=\"mark\"><circle cx=\"")
            svg.percent(part)
            svg.raw("\" cy=\"")
            svg.number(y)
            svg.raw("\" r=\"5\"/>")
            if part - latest > 0.06 {
                latest = part
                // Beside it, on the side that has room.
                svg.raw("<text class=\"\(part > 0.85 ? "last" : "first")\" dx=\"\(part > 0.85 ? -9 : 9)\" x=\"")
                svg.percent(part)
                svg.raw("\" y=\"")
                svg.number(max(10, y + 4))
                svg.raw("\">")
                svg.escaped(mark.label)
                svg.raw("</text>")
            }
            svg.raw("<title>")
            svg.escaped(mark.text)
            svg.raw("</title></g>")
        }
    }

    /// Such as `2026-11-22 20:41:03 UTC (12.25 s)`.
    func timeText(_ time: Double) -> String {
        "\(WallTime(start + time).full) UTC (\(Axis.decimal(time)) s)"
    }
}

extension String {
    /// Beginning and end, with dots for what lies between: names of generic classes differ at either.
    func cutMiddle(_ width: Int) -> String {
        guard utf8.count > width, count > width else { return self }
        return prefix(width / 2 - 1) + "…" + suffix(width - width / 2)
    }
}
#endif
