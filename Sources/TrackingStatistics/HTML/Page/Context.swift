#if HTML
import Mustache
import TrackingRecords

/// The values of a template, by name.
struct Context: MustacheParent, ExpressibleByDictionaryLiteral {
    private var values: [String: Any] = [:]

    init(dictionaryLiteral elements: (String, Any)...) {
        for (key, value) in elements { values[key] = value }
    }

    subscript(key: String) -> Any? {
        get { values[key] }
        set { values[key] = newValue }
    }

    func child(named name: String) -> Any? { values[name] }
}

/// A text that a template escapes.
struct Cell: MustacheCustomRenderable {
    var renderText: String
    var isNull: Bool { false }

    /// Creates a text.
    ///
    /// - Parameter text: The text. Characters that move a cursor or change the direction of writing are made visible.
    init(_ text: String) { renderText = text.printable }
}

/// A table for the template `table`.
struct Table {
    /// The heading of the first column, and then those of the others.
    var headings: [String]
    var rows: [(head: String, cells: [String])]
    /// The text below the table.
    var note: String?

    var context: Context {
        [
            "first": Cell(headings.first ?? ""),
            "headings": headings.dropFirst().map { Cell($0.cutMiddle(80)) },
            "rows": rows.map { ["head": Cell($0.head.cutMiddle(120)), "cells": $0.cells.map(Cell.init)] as Context },
            "note": note.map { [Cell($0)] } ?? [],
        ]
    }
}

/// A chart with legend and table, for the template `figure`.
struct Figure {
    struct LegendEntry {
        var name: String
        var color: Int
        var isLine: Bool
    }

    var caption: String
    var svg: String
    var legend: [LegendEntry]
    var table: Table

    var context: Context {
        [
            "caption": Cell(caption), "svg": svg,
            "legend": legend.map {
                [
                    "name": Cell($0.name.cutMiddle(300)), "short": Cell($0.name.cutMiddle(44)),
                    "color": String($0.color),
                    "shape": $0.isLine ? "key-line s" : "key-area f",
                ] as Context
            },
            "hasLegend": !legend.isEmpty, "table": table.context,
        ]
    }
}

extension Figure {
    /// Creates the figure of a chart over time.
    init(_ chart: TimeChart, caption: String, isLegendShown: Bool = true) {
        let readings = chart.readings
        // The legend begins with the series on top.
        let series = chart.isStacked ? chart.series.reversed() : chart.series
        self.caption = caption
        svg = chart.svg
        legend =
            isLegendShown
            ? series.map { LegendEntry(name: $0.name, color: $0.color, isLine: !chart.isStacked) } : []
        table = Table(
            headings: ["Time (UTC)"] + series.map(\.name),
            rows: readings.rows.map { row in
                let values = chart.isStacked ? row.values.reversed() : row.values
                return (chart.timeText(row.time), values.map { $0.map(chart.unit.text) ?? "–" })
            },
            note: readings.isThinned
                ? chart.isStacked
                    ? "Each row is the moment with the largest sum of its span of time."
                    : "Each row has the largest values of its span of time." : nil
        )
    }
}
#endif
