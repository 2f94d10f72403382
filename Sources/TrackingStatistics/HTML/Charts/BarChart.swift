#if HTML
import TrackingRecords

/// Horizontal bars, one a row, with their parts side by side.
struct BarChart {
    struct Part {
        var name: String
        var color: Int
        var value: Int
    }

    struct Row {
        /// The text above the bar on the left.
        var label: String
        /// The text above the bar on the right.
        var figure: String
        var parts: [Part]
    }

    private static let rowHeight = 42
    private static let barHeight = 16

    /// The description of the chart for screen readers.
    var label: String
    var rows: [Row]

    var svg: String {
        let axis = Axis.bytes(upTo: rows.map { $0.parts.reduce(0) { $0 + $1.value } }.max() ?? 0)
        let height = rows.count * Self.rowHeight
        var svg = Markup()
        svg.raw("<svg class=\"chart bars\" role=\"img\" height=\"\(height + 26)\" aria-label=\"")
        svg.escaped(label)
        svg.raw("\">")
        HorizontalScale.draw(axis, height: height, to: &svg)
        for (number, row) in rows.enumerated() {
            let top = number * Self.rowHeight
            svg.raw("<text class=\"first name\" x=\"0\" y=\"\(top + 14)\">")
            svg.escaped(row.label.cutMiddle(30))
            svg.raw("</text><text class=\"last name\" x=\"100%\" y=\"\(top + 14)\">")
            svg.escaped(row.figure)
            svg.raw("</text>")
            var left = 0
            for part in row.parts where part.value > 0 {
                svg.raw("<rect class=\"part f\(part.color)\" y=\"\(top + 20)\" height=\"\(Self.barHeight)\" x=\"")
                svg.percent(axis.part(of: Double(left)))
                svg.raw("\" width=\"")
                svg.percent(axis.part(of: Double(part.value)))
                svg.raw("\"><title>")
                svg.escaped("\(row.label)\n\(part.name.cutMiddle(60)): \(ByteText(part.value))")
                svg.raw("</title></rect>")
                left += part.value
            }
        }
        svg.raw("</svg>")
        return svg.text
    }
}

/// Ranges of values on one scale, one a row: from the 10th to the 90th percentile, with a mark at the median.
struct RangeChart {
    struct Row {
        var label: String
        var figure: String
        var color: Int
        /// The 10th percentile, as a value of the scale.
        var low: Double
        /// The median, as a value of the scale.
        var middle: Double
        /// The 90th percentile, as a value of the scale.
        var high: Double
        /// The text that is shown on hover.
        var text: String
    }

    private static let rowHeight = 42

    var label: String
    var axis: Axis
    var rows: [Row]

    var svg: String {
        let height = rows.count * Self.rowHeight
        var svg = Markup()
        svg.raw("<svg class=\"chart bars\" role=\"img\" height=\"\(height + 26)\" aria-label=\"")
        svg.escaped(label)
        svg.raw("\">")
        HorizontalScale.draw(axis, height: height, to: &svg)
        for (number, row) in rows.enumerated() {
            let top = number * Self.rowHeight
            let (low, high) = (axis.part(of: row.low), axis.part(of: row.high))
            svg.raw("<text class=\"first name\" x=\"0\" y=\"\(top + 14)\">")
            svg.escaped(row.label.cutMiddle(30))
            svg.raw("</text><text class=\"last name\" x=\"100%\" y=\"\(top + 14)\">")
            svg.escaped(row.figure)
            svg.raw("</text><g><rect class=\"range f\(row.color)\" y=\"\(top + 23)\" height=\"10\" rx=\"3\" x=\"")
            svg.percent(low)
            svg.raw("\" width=\"")
            // A range of equal values is visible, too.
            svg.percent(max(0.004, high - low))
            svg.raw("\"/><circle class=\"middle\" cy=\"\(top + 28)\" r=\"6\" cx=\"")
            svg.percent(axis.part(of: row.middle))
            svg.raw("\"/><title>")
            svg.escaped(row.text)
            svg.raw("</title></g>")
        }
        svg.raw("</svg>")
        return svg.text
    }
}

/// Draws the scale below bars.
enum HorizontalScale {
    /// The most labels that a narrow page has space for.
    private static let narrowLimit = 4

    static func draw(_ axis: Axis, height: Int, to svg: inout Markup) {
        // On a narrow page every so many labels are hidden, evenly.
        let every = (axis.ticks.count + narrowLimit - 1) / narrowLimit
        for (number, tick) in axis.ticks.enumerated() {
            let part = axis.part(of: tick.value)
            let wide = number % every == 0 ? "" : " wide"
            let anchor = part < 0.04 ? " first" : part > 0.96 ? " last" : ""
            svg.raw("<line class=\"grid\" y1=\"0\" y2=\"\(height + 4)\" x1=\"")
            svg.percent(part)
            svg.raw("\" x2=\"")
            svg.percent(part)
            svg.raw("\"/><text class=\"x\(anchor)\(wide)\" y=\"\(height + 20)\" x=\"")
            svg.percent(part)
            svg.raw("\">\(tick.label)</text>")
        }
    }
}

/// Draws a bar in a cell of a table.
enum CellBar {
    /// Draws a bar to the right for growth, to the left for shrinking.
    ///
    /// - Parameters:
    ///   - value: The value of the bar.
    ///   - range: The range of the values of all rows, 0 included.
    ///   - color: The number of the color.
    /// - Returns: The picture.
    static func svg(_ value: Int, in range: ClosedRange<Int>, color: Int) -> String {
        let width = Double(max(1, range.upperBound - range.lowerBound))
        let zero = Double(-range.lowerBound) / width
        let part = Double(value.magnitude) / width
        var svg = Markup()
        svg.raw(
            "<svg class=\"signed\" aria-hidden=\"true\" height=\"14\"><rect class=\"f\(color)\" y=\"1\" height=\"12\" x=\""
        )
        svg.percent(value < 0 ? zero - part : zero)
        svg.raw("\" width=\"")
        svg.percent(part)
        svg.raw("\"/><line class=\"zero\" y1=\"0\" y2=\"14\" x1=\"")
        svg.percent(zero)
        svg.raw("\" x2=\"")
        svg.percent(zero)
        svg.raw("\"/></svg>")
        return svg.text
    }

    /// Draws a bar from the left.
    static func svg(part: Double, color: Int) -> String {
        var svg = Markup()
        svg.raw(
            "<svg class=\"share\" aria-hidden=\"true\" height=\"10\"><rect class=\"f\(color)\" height=\"10\" width=\""
        )
        svg.percent(min(1, max(0, part)))
        svg.raw("\"/></svg>")
        return svg.text
    }
}
#endif
