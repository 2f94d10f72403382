public import TrackingRecords

/// A receiver of records: the journal, a file, or a type that a service adds.
///
/// A sink is called on a thread of the tracker, never on a thread of the host, one call at a time. It may take its
/// time, but delays the other sinks: records wait in a bounded queue, and are dropped and counted when it is full.
public protocol RecordSink: AnyObject, Sendable {
    /// A short name for records about this sink, such as `file` or `journal`.
    var name: String { get }

    /// The status of the sink.
    var status: SinkStatus { get }

    /// Receives a record. The first one of a run is its header; a later header announces a new interval.
    ///
    /// A record that cannot be delivered is counted in ``status``; the sink continues with the next one.
    func receive(_ record: Record)

    /// Performs work that is due, such as syncing, retrying or removing old files. Called between records, at least
    /// every few seconds.
    func maintain()

    /// Delivers buffered records and releases all resources. No record follows.
    func close()

    /// Returns a notice for the other sinks: this one fails, or works again. Each notice is returned once.
    func takeNotice() -> SinkNotice?
}

extension RecordSink {
    // In a sink, `Record` is the tracker's type; in a service that has a type of that name, use `RecordSink.Record`.
    // The names are too general to be exported to every file of a service.

    /// A record, as a sink receives it.
    public typealias Record = TrackingRecords.Record
    /// The first record of a run.
    public typealias Header = TrackingRecords.Header
    /// A sample of the process.
    public typealias Sample = TrackingRecords.Sample
    /// A spike of the resident set.
    public typealias Spike = TrackingRecords.Spike
    /// A sentence in which the tracker reports on itself.
    public typealias Notice = TrackingRecords.Notice
    /// Records that were dropped.
    public typealias Drop = TrackingRecords.Drop
    /// The last record of a run.
    public typealias End = TrackingRecords.End
}

extension RecordSink {
    /// Does nothing.
    public func maintain() {}

    /// Returns `nil`.
    public func takeNotice() -> SinkNotice? { nil }
}

/// A notice of a sink about itself.
public struct SinkNotice: Sendable, Equatable {
    /// The severity of the notice.
    public var severity: Notice.Severity
    /// One sentence that a person can act on.
    public var message: String

    /// Creates a notice.
    public init(severity: Notice.Severity, message: String) {
        self.severity = severity
        self.message = message
    }
}

/// The status of a sink.
public struct SinkStatus: Sendable, Equatable {
    /// Indicates whether records arrive.
    @nonexhaustive
    public enum Condition: Sendable, Equatable {
        /// No record was received yet.
        case idle
        /// Records arrive.
        case working
        /// Records do not arrive at the moment, for the given reason.
        case degraded(String)
    }

    /// The sink's name.
    public var name: String
    /// Indicates whether records arrive.
    public var condition: Condition = .idle
    /// The destination of the records, such as a path.
    public var destination: String
    /// The number of records delivered.
    public var delivered = 0
    /// The number of records lost.
    public var dropped = 0

    var isDegraded: Bool {
        if case .degraded = condition { true } else { false }
    }

    /// Creates a status.
    public init(name: String, destination: String) {
        self.name = name
        self.destination = destination
    }
}
