/// One line of the record stream.
public struct Record: Sendable, Equatable {
    /// Counts the records of a run, from 1 and without a gap; what a sink lost is told by a ``Drop``.
    ///
    /// 0 where a sink wrote the record itself: headers and its own drops.
    public var sequence: Int
    /// What the record says.
    public var payload: Payload

    /// The kinds of record.
    public enum Payload: Sendable, Equatable {
        /// Which process the records after it are from.
        case header(Header)
        /// A reading of the process memory.
        case sample(Sample)
        /// A rise far above what was normal.
        case spike(Spike)
        /// What all tracked objects held; what is in ``Snapshot/classes`` goes out as records of its own after it.
        case snapshot(Snapshot)
        /// What the objects under one name held at a snapshot.
        case classSize(ClassSizeRecord)
        /// One tracked object, with its latest size; in dumps with all that are known.
        case object(TrackedObjectRecord)
        /// A stack on which objects were created.
        case trace(TraceRecord)
        /// The instance count of one name over time.
        case history(HistoryRecord)
        /// Records that did not reach a sink.
        case drop(Drop)
        /// What the agent has to say about itself.
        case notice(Notice)
        /// The last record of a run.
        case end(End)
    }

    /// Makes a record.
    ///
    /// - Parameters:
    ///   - sequence: Its number in the run, from 1.
    ///   - payload: What it says.
    public init(sequence: Int = 0, _ payload: Payload) {
        self.sequence = sequence
        self.payload = payload
    }

    /// The kind's name in the key `record`.
    public var kind: Kind {
        switch payload {
        case .header: .header
        case .sample: .sample
        case .spike: .spike
        case .snapshot: .snapshot
        case .classSize: .classSize
        case .object: .object
        case .trace: .trace
        case .history: .history
        case .drop: .drop
        case .notice: .notice
        case .end: .end
        }
    }

    /// Seconds since the tracker began; 0 for a header.
    public var timestamp: Double {
        switch payload {
        case .header: 0
        case .sample(let sample): sample.timestamp
        case .spike(let spike): spike.timestamp
        case .snapshot(let snapshot): snapshot.timestamp
        case .classSize(let size): size.timestamp
        case .object(let object): object.timestamp
        case .trace(let trace): trace.timestamp
        case .history(let history): history.timestamp
        case .drop(let drop): drop.timestamp
        case .notice(let notice): notice.timestamp
        case .end(let end): end.timestamp
        }
    }

    /// Seconds since 1970; for a header, when the tracker began.
    ///
    /// 0 for an object: all its times are seconds since the tracker began.
    public var wallTime: Double {
        switch payload {
        case .header(let header): header.startTime
        case .sample(let sample): sample.wallTime
        case .spike(let spike): spike.wallTime
        case .snapshot(let snapshot): snapshot.wallTime
        case .classSize(let size): size.wallTime
        case .object: 0
        case .trace(let trace): trace.wallTime
        case .history(let history): history.wallTime
        case .drop(let drop): drop.wallTime
        case .notice(let notice): notice.wallTime
        case .end(let end): end.wallTime
        }
    }

    /// The names of the kinds of record, as the key `record` has them.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// See ``Payload/header(_:)``.
        case header
        /// See ``Payload/sample(_:)``.
        case sample
        /// See ``Payload/spike(_:)``.
        case spike
        /// See ``Payload/snapshot(_:)``.
        case snapshot
        /// See ``Payload/classSize(_:)``.
        case classSize = "class"
        /// See ``Payload/object(_:)``.
        case object
        /// See ``Payload/trace(_:)``.
        case trace
        /// See ``Payload/history(_:)``.
        case history
        /// See ``Payload/drop(_:)``.
        case drop
        /// See ``Payload/notice(_:)``.
        case notice
        /// See ``Payload/end(_:)``.
        case end
    }
}
