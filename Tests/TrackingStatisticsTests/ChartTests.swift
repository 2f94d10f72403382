#if HTML
import Testing

@testable import TrackingStatistics

@Suite("Charts")
struct ChartTests {
    @Test("Thinned, each run keeps its smallest and largest value, and the ends are kept")
    func thinning() {
        var values = (0..<10_000).map { 1000 + $0 % 10 }
        values[3333] = 9999
        values[7777] = 1
        let kept = Thinning.positions(of: values, limit: 200)
        #expect(kept.count <= 200)
        #expect(kept.contains(3333) && kept.contains(7777))
        #expect(kept.first == 0 && kept.last == 9999)
        #expect(zip(kept, kept.dropFirst()).allSatisfy { $0 < $1 })
        // Each hundredth of the time has its own extremes.
        for run in 0..<99 {
            let range = values.count * run / 99..<values.count * (run + 1) / 99
            let shown = kept.filter(range.contains).map { values[$0] }
            #expect(shown.max() == values[range].max() && shown.min() == values[range].min(), "\(run)")
        }
        #expect(Thinning.positions(of: Array(0..<50), limit: 50) == Array(0..<50))
        #expect(Thinning.positions(of: [], limit: 10) == [])
        #expect(Thinning.positions(of: [7], limit: 10) == [0])
    }

    private func chart(_ series: [[Int]], isStacked: Bool = false) -> TimeChart {
        TimeChart(
            label: "l",
            unit: .bytes,
            span: 0...max(1, Double((series.first?.count ?? 1) - 1)),
            start: Fixture.start,
            series: series.enumerated()
                .map { number, values in
                    let points = values.enumerated()
                        .map { TimeSeries.Point(time: Double($0.offset), value: $0.element) }
                    return TimeSeries(name: "s\(number)", color: number, points: points)
                },
            isStacked: isStacked,
            height: 100
        )
    }

    @Test("A line goes from the lower left to the upper right, in units of a thousand by its height")
    func line() {
        #expect(chart([[0, 512, 1024]]).svg.contains("<path class=\"line s0\" d=\"M0 100L500 50L1000 0\"/>"))
    }

    @Test("Areas lie on top of each other, and close along the one below")
    func areas() {
        let svg = chart([[256, 256, 0], [256, 256, 1024]], isStacked: true).svg
        #expect(svg.contains("<path class=\"area f0 s0\" d=\"M0 75L500 75L1000 100L1000 100L500 100L0 100Z\"/>"))
        #expect(svg.contains("<path class=\"area f1 s1\" d=\"M0 50L500 50L1000 0L1000 100L500 75L0 75Z\"/>"))
    }

    @Test("One value is drawn, as a point or all the width")
    func single() {
        #expect(chart([[1024]]).svg.contains("d=\"M0 0L0 0\""))
        #expect(chart([[1024]], isStacked: true).svg.contains("d=\"M0 0L1000 0L1000 100L0 100Z\""))
        #expect(!chart([[]]).svg.contains("<path"))
    }

    @Test("The areas for hovering cover the width once, and have time and values")
    func hits() throws {
        let svg = chart([Array(0..<1000)]).svg
        let rects = svg.matches(of: /class="hit".*? x="([0-9.]+)%" width="([0-9.]+)%"/)
        #expect(rects.count == 60)
        let sum = try rects.reduce(0.0) { try $0 + #require(Double($1.2)) }
        #expect(abs(sum - 100) < 0.5)
        #expect(chart([[0, 2048]]).svg.contains("<title>2026-11-22 20:00:01 UTC (1 s)\ns0: 2.0 KiB</title>"))
    }

    @Test("Few moments have a row each, in which a series keeps its value until its next one")
    func readings() {
        var lines = chart([[1, 2, 3], [4]])
        lines.series[1].points = [TimeSeries.Point(time: 0.5, value: 4)]
        #expect(!lines.readings.isThinned)
        #expect(lines.readings.rows.map(\.time) == [0, 0.5, 1, 2])
        #expect(lines.readings.rows.map(\.values) == [[1, nil], [1, 4], [2, 4], [3, 4]])
    }

    @Test("Of many moments each row has the largest values, so that no extreme is missing")
    func thinnedReadings() {
        var values = [Int](repeating: 5, count: 10_000)
        values[4321] = 77
        let lines = chart([values]).readings
        #expect(lines.isThinned && lines.rows.count <= 60)
        #expect(lines.rows.compactMap { $0.values[0] }.max() == 77)
        let areas = chart([values, values.map { 100 - $0 }], isStacked: true).readings
        #expect(areas.rows.count == 60)
        // The values of one moment, not the largest of each.
        #expect(areas.rows.allSatisfy { ($0.values[0] ?? 0) + ($0.values[1] ?? 0) == 100 })
    }

    @Test("A bar is as long as its value, left of zero where something shrank")
    func bars() {
        #expect(
            CellBar.svg(50, in: 0...100, color: 3).contains("class=\"f3\" y=\"1\" height=\"12\" x=\"0%\" width=\"50%\"")
        )
        #expect(CellBar.svg(-20, in: -20...60, color: 3).contains("x=\"0%\" width=\"25%\""))
        #expect(CellBar.svg(60, in: -20...60, color: 3).contains("x=\"25%\" width=\"75%\""))
        #expect(CellBar.svg(0, in: 0...0, color: 3).contains("width=\"0%\""))
    }

    @Test("Text is escaped, and what is not printable is visible")
    func escaping() {
        #expect(Markup.escape("<a href='x'>\"&\"</a>") == "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;")
        #expect(Markup.escape("a\u{202E}b\u{0}c\u{7F}é") == "a\u{FFFD}b\u{FFFD}c\u{FFFD}é")
    }

    @Test("Long names are cut in the middle")
    func cutting() {
        #expect("abcdefghij".cutMiddle(10) == "abcdefghij")
        #expect("abcdefghijk".cutMiddle(10) == "abcd…ghijk")
    }
}
#endif
