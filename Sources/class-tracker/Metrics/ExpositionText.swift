#if CLI
import ClassTracking

/// Series in Prometheus's text format: each metric once, with its help, its type and all its series.
struct ExpositionText {
    private var lines: [TrackerMetric: [String]] = [:]

    /// Adds the value of a series; `nil` adds none.
    mutating func add(_ metric: TrackerMetric, _ labels: [(name: String, value: String)], _ value: Int?) {
        if let value { add(metric, labels, "\(value)") }
    }

    /// Adds the value of a series, in seconds since 1970.
    mutating func add(_ metric: TrackerMetric, _ labels: [(name: String, value: String)], seconds: Double?) {
        if let seconds, seconds.isFinite { add(metric, labels, "\((seconds * 1000).rounded() / 1000)") }
    }

    private mutating func add(_ metric: TrackerMetric, _ labels: [(name: String, value: String)], _ value: String) {
        lines[metric, default: []].append("\(metric.name)\(LabelText.list(labels)) \(value)")
    }

    /// The text; a comment if there is no series.
    var text: String {
        if lines.isEmpty { return "# class-tracker metrics: no process sends records.\n" }
        var text = ""
        for metric in TrackerMetric.allCases {
            guard let series = lines[metric] else { continue }
            text += "# HELP \(metric.name) \(metric.help)\n"
            text += "# TYPE \(metric.name) \(metric.isCounter ? "counter" : "gauge")\n"
            for line in series { text += line + "\n" }
        }
        return text
    }
}
#endif
