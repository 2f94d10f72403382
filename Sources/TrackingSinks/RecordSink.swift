public import TrackingRecords

/// Where records go: the journal, a file, or what a service adds.
///
/// A sink is called on one thread of its own, never on a thread of the host, one call at a time. It may take its time,
/// but what it takes delays the other sinks: records wait in a bounded queue, and are dropped and counted when it is full.
public protocol RecordSink: AnyObject, Sendable {
    /// A short name for records that tell of this sink: `file`, `journal`.
    var name: String { get }

    /// How the sink is doing.
    var status: SinkStatus { get }

    /// Takes a record. The first one of a run is its header; a later header tells of a new interval.
    ///
    /// A record that cannot be delivered is counted in ``status``; the sink goes on with the next one.
    func receive(_ record: Record)

    /// Called between records, at least every few seconds, for work that is due: syncing, retrying, ageing.
    func maintain()

    /// Hands over what is buffered and lets go of everything. Nothing is received after it.
    func close()

    /// What the other sinks should tell about this one: that it fails, that it works again. Each is returned once.
    func takeNotice() -> SinkNotice?
}

extension RecordSink {
    // In a sink, `Record` is the tracker's; where the service has a type of that name, `RecordSink.Record` is. The names are too
    // general for every file of a service.

    /// A record, as a sink receives it.
    public typealias Record = TrackingRecords.Record
    /// The first record of a run.
    public typealias Header = TrackingRecords.Header
    /// A sample of the process.
    public typealias Sample = TrackingRecords.Sample
    /// A spike of the resident set.
    public typealias Spike = TrackingRecords.Spike
    /// A sentence of the tracker about itself.
    public typealias Notice = TrackingRecords.Notice
    /// Records that were dropped.
    public typealias Drop = TrackingRecords.Drop
    /// The last record of a run.
    public typealias End = TrackingRecords.End
}

extension RecordSink {
    /// Nothing is due.
    public func maintain() {}

    /// Nothing to tell.
    public func takeNotice() -> SinkNotice? { nil }
}

/// What a sink has to say about itself.
public struct SinkNotice: Sendable, Equatable {
    /// How much it matters.
    public var severity: Notice.Severity
    /// One sentence a person can act on.
    public var message: String

    /// Makes a notice.
    public init(severity: Notice.Severity, message: String) {
        self.severity = severity
        self.message = message
    }
}

/// How a sink is doing.
public struct SinkStatus: Sendable, Equatable {
    /// Whether records arrive.
    public enum Condition: Sendable, Equatable {
        /// Nothing was received yet.
        case idle
        /// Records arrive.
        case working
        /// Records do not arrive at the moment: the reason, for a person.
        case degraded(String)
    }

    /// The sink's name.
    public var name: String
    /// Whether records arrive.
    public var condition: Condition = .idle
    /// Where records go to: a path.
    public var destination: String
    /// Records delivered.
    public var delivered = 0
    /// Records lost.
    public var dropped = 0

    var isDegraded: Bool {
        if case .degraded = condition { true } else { false }
    }

    /// Makes a status.
    public init(name: String, destination: String) {
        self.name = name
        self.destination = destination
    }
}
