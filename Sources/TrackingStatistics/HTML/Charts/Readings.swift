#if HTML
/// The values of several series at a limited number of moments, one row each.
struct Readings: Equatable {
    struct Row: Equatable {
        /// Seconds since the tracker began.
        var time: Double
        /// The values of the series, in their order; `nil` before the first value of a series.
        var values: [Int?]
    }

    var rows: [Row]
    /// Indicates whether a row covers several moments, of which it has the largest values.
    var isThinned: Bool
}

extension TimeChart {
    /// The values that the chart shows on hover and its table lists.
    ///
    /// If there are few moments, each of them has a row, in which a series has its latest value. Otherwise each row is a span
    /// of time.
    var readings: Readings {
        isStacked ? stackedReadings : lineReadings
    }

    private var stackedReadings: Readings {
        guard let points = series.first?.points, !points.isEmpty else { return Readings(rows: [], isThinned: false) }
        let groups = min(points.count, readingLimit)
        var totals = [Int](repeating: 0, count: points.count)
        for series in series { for (position, point) in series.points.enumerated() { totals[position] += point.value } }
        let rows = (0..<groups)
            .map { group in
                let range = points.count * group / groups..<points.count * (group + 1) / groups
                // All values of one moment, the one with the largest sum.
                let largest = range.max { totals[$0] < totals[$1] } ?? range.lowerBound
                return Readings.Row(time: points[largest].time, values: series.map { $0.points[largest].value })
            }
        return Readings(rows: rows, isThinned: groups < points.count)
    }

    private var lineReadings: Readings {
        var times = Set<Double>()
        for series in series {
            // That there are more than can be shown is all that counts.
            for point in series.points where times.count <= readingLimit { times.insert(point.time) }
        }
        let isThinned = times.count > readingLimit
        let length = (span.upperBound - span.lowerBound) / Double(max(1, readingLimit))
        let ends =
            isThinned
            ? (1...max(1, readingLimit)).map { span.lowerBound + Double($0) * length } : times.sorted()
        var rows = ends.map { Readings.Row(time: $0, values: []) }
        for series in series {
            var next = 0
            var latest: Int?
            for (position, end) in ends.enumerated() {
                var largest: Int?
                let isLast = position == ends.count - 1
                while next < series.points.count, series.points[next].time <= end || isLast {
                    let value = series.points[next].value
                    largest = max(largest ?? value, value)
                    latest = value
                    next += 1
                }
                rows[position].values.append(largest ?? latest)
            }
        }
        rows.removeAll { $0.values.allSatisfy { $0 == nil } }
        return Readings(rows: rows, isThinned: isThinned)
    }
}
#endif
