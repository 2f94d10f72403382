/// The span of time of the records that count, in seconds since 1970; `nil` is no limit.
package struct TimeWindow: Sendable, Equatable {
    package var since: Double?
    package var until: Double?

    package init(since: Double? = nil, until: Double? = nil) {
        self.since = since
        self.until = until
    }

    var isLimited: Bool { since != nil || until != nil }

    func contains(_ time: Double) -> Bool { time >= since ?? -.infinity && time <= until ?? .infinity }

    /// Indicates whether a span of time overlaps the window; `nil` has no end.
    func overlaps(from begin: Double, to end: Double?) -> Bool {
        begin <= until ?? .infinity && end ?? .infinity >= since ?? -.infinity
    }
}
