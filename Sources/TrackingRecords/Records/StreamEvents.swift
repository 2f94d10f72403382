/// Records that did not reach a sink.
public struct Drop: Sendable, Equatable {
    /// Seconds since the tracker began.
    public var timestamp: Double
    /// Seconds since 1970.
    public var wallTime: Double
    /// Who lost them: `queue`, `file` or `journal`.
    public var sink: String
    /// Why, for a person: `No space left on device`.
    public var reason: String
    /// How many.
    public var count: Int
    /// The sequence number of the first one lost.
    public var firstSequence: Int
    /// The sequence number of the last one lost.
    public var lastSequence: Int

    /// Makes a drop.
    public init(
        timestamp: Double,
        wallTime: Double,
        sink: String,
        reason: String,
        count: Int,
        firstSequence: Int,
        lastSequence: Int
    ) {
        self.timestamp = timestamp
        self.wallTime = wallTime
        self.sink = sink
        self.reason = reason
        self.count = count
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
    }
}

/// What the agent has to say about itself: a sink that fails, one that works again, a feature that is off and why.
public struct Notice: Sendable, Equatable {
    /// How much it matters.
    public enum Severity: String, Sendable, Hashable {
        /// All is well.
        case info
        /// Something does not work; the agent goes on without it.
        case warning
        /// The agent cannot do what it was asked to.
        case error
    }

    /// Seconds since the tracker began.
    public var timestamp: Double
    /// Seconds since 1970.
    public var wallTime: Double
    /// How much it matters.
    public var severity: Severity
    /// The part it is about: `agent`, `process`, `file`, `journal`.
    public var component: String
    /// One sentence a person can act on.
    public var message: String

    /// Makes a notice.
    public init(timestamp: Double, wallTime: Double, severity: Severity, component: String, message: String) {
        self.timestamp = timestamp
        self.wallTime = wallTime
        self.severity = severity
        self.component = component
        self.message = message
    }
}

/// The last record of a run that was stopped in order.
public struct End: Sendable, Equatable {
    /// Seconds since the tracker began.
    public var timestamp: Double
    /// Seconds since 1970.
    public var wallTime: Double
    /// Samples taken.
    public var samples: Int
    /// Ticks of the timer that did not happen.
    public var missedTicks: Int
    /// Spikes found.
    public var spikes: Int
    /// Firings suppressed by the cooldown.
    public var suppressedSpikes: Int
    /// Records the queue had no room for.
    public var dropped: Int
    /// The largest resident set since the process began, in bytes.
    public var maximumResidentSet: Int?

    /// Makes an end.
    public init(
        timestamp: Double,
        wallTime: Double,
        samples: Int,
        missedTicks: Int,
        spikes: Int,
        suppressedSpikes: Int,
        dropped: Int,
        maximumResidentSet: Int?
    ) {
        self.timestamp = timestamp
        self.wallTime = wallTime
        self.samples = samples
        self.missedTicks = missedTicks
        self.spikes = spikes
        self.suppressedSpikes = suppressedSpikes
        self.dropped = dropped
        self.maximumResidentSet = maximumResidentSet
    }
}
