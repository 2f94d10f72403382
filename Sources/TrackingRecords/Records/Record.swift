/// One line of the record stream.
public struct Record: Sendable, Equatable {
    /// The number of the record in its run, from 1 and without a gap; a ``Drop`` reports records that a sink lost.
    ///
    /// 0 if a sink wrote the record itself: headers and its own drops.
    public var sequence: Int
    /// The content of the record.
    public var payload: Payload

    /// The kinds of record.
    @nonexhaustive
    public enum Payload: Sendable, Equatable {
        /// The process to which the following records belong.
        case header(Header)
        /// A reading of the process memory.
        case sample(Sample)
        /// A rise of the resident set far above the baseline.
        case spike(Spike)
        /// The sizes of all tracked objects; each element of ``Snapshot/classes`` follows as a record of its own.
        case snapshot(Snapshot)
        /// The size of the objects under one name at a snapshot.
        case classSize(ClassSizeRecord)
        /// One tracked object, with its latest size; in dumps with all known sizes.
        case object(TrackedObjectRecord)
        /// A stack that created objects.
        case trace(TraceRecord)
        /// The instance count of one name over time.
        case history(HistoryRecord)
        /// A report of records that did not reach a sink.
        case drop(Drop)
        /// A message of the agent about itself.
        case notice(Notice)
        /// The last record of a run.
        case end(End)
    }

    /// Creates a record.
    ///
    /// - Parameters:
    ///   - sequence: Its number in the run, from 1.
    ///   - payload: Its content.
    package init(sequence: Int = 0, _ payload: Payload) {
        self.sequence = sequence
        self.payload = payload
    }

    /// The record's kind.
    public var kind: Kind { payload.kind }

    /// The time in seconds since the tracker began; 0 for a header.
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

    /// The time in seconds since 1970; for a header, the time at which the tracker began.
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

    /// The kinds of record, with the values of the key `record`.
    @nonexhaustive
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

// MARK: - Fields

extension Record.Payload {
    /// The kind of record.
    package var kind: Record.Kind {
        switch self {
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

    /// Visits the fields of the record in the order in which they are written; values that the visitor assigns are
    /// discarded.
    @inlinable
    package func visitFields(_ visitor: inout some FieldVisitor & ~Copyable) {
        switch self {
        case .header(var header): header.visitFields(&visitor)
        case .sample(var sample): sample.visitFields(&visitor)
        case .spike(var spike): spike.visitFields(&visitor)
        case .snapshot(let snapshot):
            var announcement = snapshot.announcement
            announcement.visitFields(&visitor)
        case .classSize(var size): size.visitFields(&visitor)
        case .object(var object): object.visitFields(&visitor)
        case .trace(var trace): trace.visitFields(&visitor)
        case .history(var history): history.visitFields(&visitor)
        case .drop(var drop): drop.visitFields(&visitor)
        case .notice(var notice): notice.visitFields(&visitor)
        case .end(var end): end.visitFields(&visitor)
        }
    }

    /// Creates a payload of a kind from the values that the visitor assigns.
    @inlinable
    package init(_ kind: Record.Kind, filledBy visitor: inout some FieldVisitor & ~Copyable) {
        switch kind {
        case .header: self = .header(.filled(by: &visitor))
        case .sample: self = .sample(.filled(by: &visitor))
        case .spike: self = .spike(.filled(by: &visitor))
        case .snapshot: self = .snapshot(.filled(by: &visitor))
        case .classSize: self = .classSize(.filled(by: &visitor))
        case .object: self = .object(.filled(by: &visitor))
        case .trace: self = .trace(.filled(by: &visitor))
        case .history: self = .history(.filled(by: &visitor))
        case .drop: self = .drop(.filled(by: &visitor))
        case .notice: self = .notice(.filled(by: &visitor))
        case .end: self = .end(.filled(by: &visitor))
        }
    }
}

extension Record {
    /// Writes the record with all its fields.
    package func write(to writer: inout FieldWriter) {
        writer.begin()
        writeFields(to: &writer)
        writer.end()
    }

    /// Writes the fields alone, the sequence number as `sequenceKey`: the journal numbers its own entries as `seq`.
    package func writeFields(to writer: inout FieldWriter, sequenceKey: StaticString = "seq") {
        writer.text("record", kind.rawValue)
        if sequence > 0 { writer.integer(sequenceKey, sequence) }
        payload.visitFields(&writer)
    }

    /// The record as one line of JSON, without the newline.
    public var jsonLine: String {
        var writer = FieldWriter(style: .json)
        write(to: &writer)
        return String(decoding: writer.bytes.dropLast(), as: UTF8.self)
    }
}
