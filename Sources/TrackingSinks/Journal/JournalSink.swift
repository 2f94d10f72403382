import CTrackingRuntime
import Glibc
import Synchronization
public import TrackingRecords

/// Sends records to the systemd journal, each as an entry with a readable message and a field for every figure.
///
/// One sample each `interval` is sent, with the minimum, mean, maximum and peak of those since the last. Periodic
/// snapshots are sent at the same interval, with their 32 largest classes; snapshots taken on request are all sent.
/// Objects, their traces and histories are not sent. All other records are sent immediately. `CLASS_TRACKER_SEQ`
/// numbers the entries of a run without a gap, which makes entries visible that journald's rate limit has discarded. A
/// stalled journald delays the sink's thread by at most 50 ms a datagram; spikes that could not be sent are kept and
/// sent when journald is back, samples and snapshots are dropped and counted.
public final class JournalSink: RecordSink {
    /// The settings of the sink.
    public struct Configuration: Sendable, Hashable {
        /// Indicates whether a tracker sends to the journal (`journal.enabled`); ignored for a sink that you create
        /// yourself.
        public var enabled: Bool
        /// `SYSLOG_IDENTIFIER`, which `journalctl -t` selects (`journal.identifier`).
        public var identifier: String
        /// The time between two samples that are sent; `.zero` sends each (`journal.interval`).
        ///
        /// An entry takes about 1.5 KiB on disk. Spikes are always sent immediately.
        public var interval: Duration
        /// The path of journald's socket.
        public var socketPath: String

        /// Creates a configuration.
        ///
        /// - Parameters:
        ///   - enabled: Whether a tracker sends to the journal.
        ///   - identifier: The value of `SYSLOG_IDENTIFIER`.
        ///   - interval: The time between two samples that are sent; `.zero` sends each.
        ///   - socketPath: The path of journald's socket.
        public init(
            enabled: Bool = true,
            identifier: String = "class-tracker",
            interval: Duration = .seconds(10),
            socketPath: String = "/run/systemd/journal/socket"
        ) {
            self.enabled = enabled
            self.identifier = identifier
            self.interval = interval
            self.socketPath = socketPath
        }
    }

    /// The name `journal`.
    public let name = "journal"

    private let sender: Mutex<JournalSender>
    private let known: Mutex<SinkStatus>

    /// Checks whether journald accepts entries, without writing one.
    ///
    /// - Parameter configuration: The configuration, of which only the path of the socket is used.
    /// - Returns: The reason why journald accepts none; `nil` if it listens.
    package static func obstacle(_ configuration: Configuration = Configuration()) -> String? {
        var socket = JournalSocket(path: configuration.socketPath)
        let error = socket.probe()
        return error == 0 ? nil : "\(configuration.socketPath): \(JournalSocket.explain(error))"
    }

    /// Creates a sink; nothing is opened before the first record.
    ///
    /// - Parameter configuration: The settings of the sink.
    public convenience init(_ configuration: Configuration = Configuration()) {
        self.init(configuration, retry: .seconds(1)...(.seconds(10)))
    }

    package init(
        _ configuration: Configuration,
        retry: ClosedRange<Duration>,
        clock: @escaping MonotonicClock = monotonicNanoseconds
    ) {
        let status = SinkStatus(name: name, destination: configuration.socketPath)
        sender = Mutex(JournalSender(configuration, SinkBook(status, retry: retry, clock: clock)))
        known = Mutex(status)
    }

    /// The status of the journal.
    ///
    /// While a stalled journald blocks the sink's thread, this is the last known status, so that the caller does not
    /// wait.
    public var status: SinkStatus {
        if let status = sender.withLockIfAvailable({ $0.book.status }) { known.withLock { $0 = status } }
        return known.withLock { $0 }
    }

    /// Sends a record, or adds a sample to the current interval.
    public func receive(_ record: Record) { sender.withLock { $0.receive(record) } }

    /// Sends spikes that were kept while journald did not read.
    public func maintain() { sender.withLock { $0.retry() } }

    /// Sends the sample of the current interval.
    package func flush() { sender.withLock { $0.flush() } }

    /// Sends the sample of the current interval and closes the socket.
    public func close() { sender.withLock { $0.close() } }

    /// Returns a notice that the journal cannot be reached, or that it can be reached again.
    public func takeNotice() -> SinkNotice? { sender.withLock { $0.book.takeNotice() } }
}

/// The state of `JournalSink`.
struct JournalSender: ~Copyable {
    /// The number of records kept while journald cannot be reached; samples and snapshots are not kept.
    private static let keptLimit = 32

    var book: SinkBook
    private let configuration: JournalSink.Configuration
    private let process = ct_process_id()
    private var socket: JournalSocket
    private var writer = FieldWriter(style: .journal)
    private var window: SampleWindow
    private var gate: SnapshotGate
    private var program = ""
    private var invocationID: String?
    private var sequence = 0
    private var unsent = 0
    private var kept: [Record] = []

    init(_ configuration: JournalSink.Configuration, _ book: SinkBook) {
        self.configuration = configuration
        self.book = book
        socket = JournalSocket(path: configuration.socketPath)
        window = SampleWindow(interval: configuration.interval.inSeconds)
        gate = SnapshotGate(interval: configuration.interval.inSeconds)
    }

    mutating func receive(_ record: Record) {
        guard ct_process_id() == process else { return }
        switch RecordPolicy.of(record.kind).journalling {
        case .never: break
        case .thinned: thin(record)
        case .always:
            if case .header(let header) = record.payload {
                program = header.program
                invocationID = header.invocationID
            }
            // The gathered samples precede the end.
            if record.kind == .end, let sample = window.take() { deliver(sample) }
            deliver(record)
        }
    }

    private mutating func thin(_ record: Record) {
        switch record.payload {
        case .sample(let sample):
            if let sample = window.add(record, sample) { deliver(sample) }
        case .snapshot(let snapshot):
            if gate.admits(snapshot) { deliver(record) }
        case .classSize(let size):
            if gate.admits(size) { deliver(record) }
        default: deliver(record)
        }
    }

    mutating func flush() {
        guard ct_process_id() == process else { return }
        if let sample = window.take() { deliver(sample) }
        retry()
    }

    mutating func retry() {
        guard !kept.isEmpty, ct_process_id() == process, book.canTry else { return }
        var waiting = kept[...]
        kept = []
        while let record = waiting.popFirst() {
            deliver(record)
            // After one failure, the following records stay in the queue, in order.
            if !kept.isEmpty {
                kept += waiting
                return
            }
        }
    }

    mutating func close() {
        guard ct_process_id() == process else { return }
        // The last chance to send the kept records: do not wait for the next attempt.
        book.retryNow()
        flush()
        book.lost(kept.count)
        kept = []
        socket.close()
    }

    private mutating func deliver(_ record: Record) {
        guard book.canTry else {
            lose(record)
            return
        }
        if !kept.isEmpty {
            retry()
            // Kept records are sent first; a stalled journald is waited for once only.
            guard book.canTry else {
                lose(record)
                return
            }
        }
        sequence += 1
        encode(record)
        let error = socket.send(writer.bytes)
        if socket.wasClosedByHost { book.closedByHost(socket.path, "this socket's") }
        if error == 0 {
            unsent = 0
            book.delivered { _ in "the journal can be written again" }
        } else {
            sequence -= 1
            let reason = JournalSocket.explain(error)
            book.failed(reason, message: "\(socket.path): \(reason); tried again until it works")
            lose(record)
        }
    }

    private mutating func encode(_ record: Record) {
        writer.begin()
        let priority = record.priority
        let identifier = configuration.identifier
        let messageID = RecordPolicy.of(record.kind).messageID
        let omitted = Self.omittedClasses(of: record)
        writer.standardField("MESSAGE") {
            $0.message(of: record)
            if omitted > 0 { $0.put(", the largest classes follow") }
        }
        writer.standardField("PRIORITY") { $0.decimal(priority) }
        writer.standardField("SYSLOG_IDENTIFIER") { $0.string(identifier) }
        if let messageID { writer.standardField("MESSAGE_ID") { $0.put(messageID) } }
        let (sequence, unsent, process) = (sequence, unsent, process)
        writer.standardField("CLASS_TRACKER_SEQ") { $0.decimal(sequence) }
        if record.kind != .header {
            writer.text("program", program)
            writer.integer("pid", Int(process))
            // journald adds its own for the main process, but loses it for short-lived children.
            writer.text("invocation_id", invocationID)
        }
        if unsent > 0 { writer.integer("dropped", unsent) }
        if omitted > 0 { writer.integer("classes_omitted", omitted) }
        record.writeFields(to: &writer, sequenceKey: "record_seq")
    }

    /// Returns the number of classes of a snapshot that have no entry.
    private static func omittedClasses(of record: Record) -> Int {
        guard case .snapshot(let snapshot) = record.payload else { return 0 }
        return max(0, snapshot.announcement.classCount - SnapshotGate.classLimit)
    }

    private mutating func lose(_ record: Record) {
        if !RecordPolicy.of(record.kind).isPlentiful, kept.count < Self.keptLimit {
            kept.append(record)
            return
        }
        book.lost()
        unsent += 1
    }
}
