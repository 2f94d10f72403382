/// From when and until when records count, in seconds since 1970.
package struct TimeWindow: Sendable, Equatable {
    package var since: Double?
    package var until: Double?

    package init(since: Double? = nil, until: Double? = nil) {
        self.since = since
        self.until = until
    }

    var isLimited: Bool { since != nil || until != nil }

    func contains(_ time: Double) -> Bool { time >= since ?? -.infinity && time <= until ?? .infinity }

    /// Whether something that was there for some time was there within the window.
    func overlaps(from begin: Double, to end: Double?) -> Bool {
        begin <= until ?? .infinity && end ?? .infinity >= since ?? -.infinity
    }
}
