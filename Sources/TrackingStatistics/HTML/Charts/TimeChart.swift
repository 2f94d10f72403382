#if HTML
import TrackingRecords

/// The unit of the numbers in a chart.
enum Unit {
    case bytes
    case count

    func text(_ number: Int) -> String {
        switch self {
        case .bytes: ByteText(number).description
        case .count: CountText(number).description
        }
    }

    func axis(upTo largest: Int, intervals: Int) -> Axis {
        switch self {
        case .bytes: .bytes(upTo: largest, intervals: intervals)
        case .count: .counts(upTo: largest, intervals: intervals)
        }
    }
}

/// The values of one thing over time.
struct TimeSeries {
    struct Point: Equatable {
        /// Seconds since the tracker began.
        var time: Double
        var value: Int
    }

    var name: String
    /// The number of the color; lines in the second half of the palette are dashed.
    var color: Int
    var points: [Point]
    /// `true` to fill the area between this series and the one before, faintly.
    var isFilled = false

    var largest: Int { points.reduce(0) { max($0, $1.value) } }
}

/// A chart of values over time, as lines or as stacked areas.
///
/// The picture is as wide as the page allows. Lines are stretched; text and marks have places in percent of the width, so that
/// they stay readable on a telephone.
struct TimeChart {
    /// The width of the coordinates of lines.
    static let width = 1000.0
    /// The most points of a line; more would lie on top of each other.
    static let pointLimit = 600

    struct Mark {
        var time: Double
        var value: Int
        /// The text beside the mark, if there is space.
        var label: String
        /// The text that is shown on hover.
        var text: String
    }

    /// The description of the chart for screen readers.
    var label: String
    var unit: Unit
    var span: ClosedRange<Double>
    /// The time at which the tracker began, in seconds since 1970.
    var start: Double
    var series: [TimeSeries]
    /// `true` to stack the series, which have the same times then.
    var isStacked = false
    var marks: [Mark] = []
    /// The height of the plot in pixels.
    var height = 220.0
    /// The most moments that are shown on hover and have a row in the table.
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
            // On a narrow page every other tick is hidden, and a label at the right edge ends there.
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
        // The first series of the legend is drawn last, on top of the others.
        for (series, points) in zip(series, thinned).reversed() {
            guard let first = points.first else { continue }
            svg.raw("<path class=\"line s\(series.color)\" d=\"M")
            path(points, vertical, horizontal, to: &svg)
            // A line to the same place is drawn as a point.
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
            // A single snapshot fills the width.
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

    // MARK: Hover

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
            // In the order of the legend, from the top.
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
                // On the side that has space.
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

    /// Returns the wall time and the seconds since the tracker began: `2026-11-22 20:41:03 UTC (12.25 s)`.
    func timeText(_ time: Double) -> String {
        "\(WallTime(start + time).full) UTC (\(DecimalText.number(time)) s)"
    }
}

extension String {
    /// Returns the beginning and the end with dots in between, and a hash of the whole text if the width allows: names of
    /// generic classes may differ anywhere.
    func cutMiddle(_ width: Int) -> String { shortened(toScalars: width, digits: width < 40 ? 0 : 6) }
}
#endif
