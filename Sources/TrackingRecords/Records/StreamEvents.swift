/// A report of records that did not reach a sink.
public struct Drop: Sendable, Equatable {
    /// The time in seconds since the tracker began.
    @usableFromInline
    package var timestamp: Double
    /// The time in seconds since 1970.
    @usableFromInline
    package var wallTime: Double
    /// The part that lost them: `queue`, `file` or `journal`.
    public var sink: String
    /// The reason, for a person: `No space left on device`.
    public var reason: String
    /// The number of lost records.
    public var count: Int
    /// The sequence number of the first one lost.
    @usableFromInline
    package var firstSequence: Int
    /// The sequence number of the last one lost.
    @usableFromInline
    package var lastSequence: Int

    /// Creates a drop.
    package init(
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

/// A message of the agent about itself: a sink that fails or works again, or a feature that is off and why.
public struct Notice: Sendable, Equatable {
    /// The severity of a notice.
    @nonexhaustive
    public enum Severity: String, Sendable, Hashable {
        /// Everything works.
        case info
        /// Something does not work; the agent continues without it.
        case warning
        /// The agent cannot do what was requested.
        case error
    }

    /// The time in seconds since the tracker began.
    @usableFromInline
    package var timestamp: Double
    /// The time in seconds since 1970.
    @usableFromInline
    package var wallTime: Double
    /// The severity of the notice.
    public var severity: Severity
    /// The part that it concerns: `agent`, `process`, `file`, `journal`.
    public var component: String
    /// One sentence that a person can act on.
    public var message: String

    /// Creates a notice.
    package init(timestamp: Double, wallTime: Double, severity: Severity, component: String, message: String) {
        self.timestamp = timestamp
        self.wallTime = wallTime
        self.severity = severity
        self.component = component
        self.message = message
    }
}

/// The last record of a run that was stopped properly.
public struct End: Sendable, Equatable {
    /// The reason why the run ended.
    @usableFromInline
    package enum Cause: String, Sendable, Hashable {
        /// The tracker was stopped.
        case stop
        /// The process ended itself by `exit`, or by a return from `main`.
        case exit
    }

    /// The time in seconds since the tracker began.
    @usableFromInline
    package var timestamp: Double
    /// The time in seconds since 1970.
    @usableFromInline
    package var wallTime: Double
    /// The number of samples taken.
    public var samples: Int
    /// The number of ticks missed.
    public var missedTicks: Int
    /// The number of spikes found.
    public var spikes: Int
    /// The number of spikes that the cooldown suppressed.
    @usableFromInline
    package var suppressedSpikes: Int
    /// The number of records that the queue refused.
    public var dropped: Int
    /// The largest resident set since the process began, in bytes.
    public var maximumResidentSet: Int?
    /// The number of ticks that Dispatch did not deliver in time, so that another thread of the tracker took them.
    @usableFromInline
    package var lateTicks: Int
    /// The reason why the run ended; `nil` in records of versions that did not write it.
    @usableFromInline
    package var cause: Cause?

    /// Creates an end.
    package init(
        timestamp: Double,
        wallTime: Double,
        samples: Int,
        missedTicks: Int,
        spikes: Int,
        suppressedSpikes: Int,
        dropped: Int,
        maximumResidentSet: Int?,
        lateTicks: Int = 0,
        cause: Cause? = nil
    ) {
        self.timestamp = timestamp
        self.wallTime = wallTime
        self.samples = samples
        self.missedTicks = missedTicks
        self.spikes = spikes
        self.suppressedSpikes = suppressedSpikes
        self.dropped = dropped
        self.maximumResidentSet = maximumResidentSet
        self.lateTicks = lateTicks
        self.cause = cause
    }
}

// MARK: - Fields

extension Notice.Severity: FieldChoice {}
extension End.Cause: FieldChoice {}

extension Drop: RecordBody {
    @usableFromInline
    package static var blank: Drop {
        Drop(timestamp: 0, wallTime: 0, sink: "", reason: "", count: 0, firstSequence: 0, lastSequence: 0)
    }

    @inlinable
    package mutating func visitFields(_ visitor: inout some FieldVisitor & ~Copyable) {
        visitor.times(&timestamp, &wallTime)
        visitor.required("sink", &sink, "The part that lost them: `queue`, `file` or `journal`.")
        visitor.always("reason", &reason, "Reason, for a person.")
        visitor.required("count", &count, "Records that were lost.")
        visitor.always("first_seq", &firstSequence, "`seq` of the first one lost.")
        visitor.always("last_seq", &lastSequence, "`seq` of the last one lost.")
    }
}

extension Notice: RecordBody {
    @usableFromInline
    package static var blank: Notice {
        Notice(timestamp: 0, wallTime: 0, severity: .info, component: "agent", message: "")
    }

    @inlinable
    package mutating func visitFields(_ visitor: inout some FieldVisitor & ~Copyable) {
        visitor.times(&timestamp, &wallTime)
        visitor.required("severity", &severity, "How much it matters.")
        visitor.always("component", &component, "The part that it is about: `agent`, `process`, `file`, `journal`.")
        visitor.required("message", &message, "One sentence that says what happened and what to do.")
    }
}

extension End: RecordBody {
    @usableFromInline
    package static var blank: End {
        End(
            timestamp: 0,
            wallTime: 0,
            samples: 0,
            missedTicks: 0,
            spikes: 0,
            suppressedSpikes: 0,
            dropped: 0,
            maximumResidentSet: nil
        )
    }

    @inlinable
    package mutating func visitFields(_ visitor: inout some FieldVisitor & ~Copyable) {
        visitor.times(&timestamp, &wallTime)
        visitor.required("samples", &samples, "Samples that were taken.")
        visitor.always("missed_ticks", &missedTicks, "Ticks of the timer that did not happen.")
        visitor.always("spikes", &spikes, "Spikes that were found.")
        visitor.always("suppressed_spikes", &suppressedSpikes, "Firings that the cooldown suppressed.")
        visitor.always("queue_dropped", &dropped, "Records that the queue had no room for.")
        visitor.optional("max_rss_bytes", &maximumResidentSet, "Largest resident set since the process began.")
        visitor.unlessZero(
            "late_ticks",
            &lateTicks,
            "Ticks that Dispatch did not deliver in time, so that another thread took them."
        )
        visitor.optional("cause", &cause, "Why the run ended: the tracker was stopped, or the process exited.")
    }
}
