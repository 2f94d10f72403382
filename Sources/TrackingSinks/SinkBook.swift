import TrackingRecords

/// The books of a sink: its status, the notices that other sinks report about it, and when it tries again.
struct SinkBook {
    private(set) var status: SinkStatus
    private var notices: [SinkNotice] = []
    private var backoff: Backoff
    private let clock: MonotonicClock
    private var hasReportedClosing = false

    /// - Parameters:
    ///   - status: The status at the beginning.
    ///   - retry: The shortest and the longest time until another attempt.
    ///   - clock: Returns the time in nanoseconds.
    init(_ status: SinkStatus, retry: ClosedRange<Duration>, clock: @escaping MonotonicClock) {
        self.status = status
        self.clock = clock
        backoff = Backoff(shortest: retry.lowerBound.nanoseconds, longest: retry.upperBound.nanoseconds)
    }

    /// Indicates whether the time for another attempt has come.
    var canTry: Bool { canTry(at: clock()) }

    /// Indicates the same for a time that was read already.
    func canTry(at now: UInt64) -> Bool { backoff.allows(at: now) }

    /// The reason why records do not arrive; `nil` while they do.
    var failure: String? { if case .degraded(let reason) = status.condition { reason } else { nil } }

    /// Makes the next attempt possible at once.
    mutating func retryNow() { backoff.succeeded() }

    /// Sets where records go to.
    mutating func setDestination(_ path: String) { status.destination = path }

    /// Records a delivery; the first one after a failure adds a notice.
    ///
    /// - Parameter recovery: Returns the notice, for a path that records go to.
    mutating func delivered(recovery: (String) -> String) {
        status.delivered += 1
        backoff.succeeded()
        if status.isDegraded { report(.info, recovery(status.destination)) }
        status.condition = .working
    }

    /// Records a failed attempt; the first one in a row adds a notice.
    ///
    /// - Parameters:
    ///   - reason: The reason, for the status.
    ///   - severity: The severity of the notice.
    ///   - message: The notice.
    mutating func failed(_ reason: String, _ severity: Notice.Severity = .warning, message: @autoclosure () -> String) {
        // The time now, not when the attempt began: an attempt may take longer than the shortest delay.
        backoff.failed(at: clock())
        if !status.isDegraded { report(severity, message()) }
        status.condition = .degraded(reason)
    }

    /// Counts lost records.
    mutating func lost(_ count: Int = 1) { status.dropped += count }

    /// Adds a notice, once, that the host has closed descriptors of ours.
    ///
    /// - Parameters:
    ///   - path: What the descriptor was for.
    ///   - owner: Names the descriptor: `this file's`.
    mutating func closedByHost(_ path: String, _ owner: StaticString) {
        guard !hasReportedClosing else { return }
        hasReportedClosing = true
        report(
            .warning,
            "\(path): the program has closed descriptors that it did not open, \(owner) among them; it is opened again, "
                + "each time that happens"
        )
    }

    /// Adds a notice.
    mutating func report(_ severity: Notice.Severity, _ message: String) {
        notices.append(SinkNotice(severity: severity, message: message))
    }

    /// Returns the oldest notice, and removes it.
    mutating func takeNotice() -> SinkNotice? { notices.isEmpty ? nil : notices.removeFirst() }
}
