import Dispatch
import Glibc
import Synchronization
import TrackingRecords

@testable import TrackingSinks

/// How long a test waits for a pipeline to end: for what never does, and so far above what a busy machine needs.
let patience = DispatchTimeInterval.seconds(300)

/// Checks that a stream has each number once and in order, or within a drop that stands in its place.
struct Ledger {
    private(set) var problems: [String] = []
    private(set) var drops: [Drop] = []
    private(set) var last = 0
    private(set) var lost = 0

    mutating func add(_ record: Record) {
        if case .drop(let drop) = record.payload, record.sequence == 0 {
            if drop.firstSequence != last + 1 || drop.count != drop.lastSequence - drop.firstSequence + 1 {
                problem("after \(last) a drop of \(drop.count): \(drop.firstSequence) to \(drop.lastSequence)")
            }
            drops.append(drop)
            last = drop.lastSequence
            lost += drop.count
        } else if record.sequence > 0 {
            if record.sequence != last + 1 { problem("\(record.sequence) after \(last)") }
            last = record.sequence
        }
    }

    private mutating func problem(_ text: String) {
        if problems.count < 5 { problems.append(text) }
    }
}

/// A sink that keeps what it gets and can be slow, or hang until it is let go.
final class TestSink: RecordSink {
    struct State {
        var records: [Record] = []
        var ledger = Ledger()
        var notices: [SinkNotice] = []
        var maintained = 0
        var closed = 0
        var hangs = false
    }

    let name: String
    private let delay: UInt32
    private let keepsRecords: Bool
    let state = Mutex(State())

    /// Makes a sink in which each record takes `delay` microseconds.
    init(_ name: String = "test", delay: UInt32 = 0, keepsRecords: Bool = true, hangs: Bool = false) {
        self.name = name
        self.delay = delay
        self.keepsRecords = keepsRecords
        state.withLock { $0.hangs = hangs }
    }

    var status: SinkStatus { SinkStatus(name: name, destination: "memory") }

    func receive(_ record: Record) {
        while state.withLock({ $0.hangs }) { usleep(1000) }
        if delay > 0 { usleep(delay) }
        state.withLock {
            $0.ledger.add(record)
            if keepsRecords { $0.records.append(record) }
        }
    }

    func maintain() { state.withLock { $0.maintained += 1 } }
    func close() { state.withLock { $0.closed += 1 } }

    func takeNotice() -> SinkNotice? {
        state.withLock { $0.notices.isEmpty ? nil : $0.notices.removeFirst() }
    }

    func say(_ message: String) {
        state.withLock { $0.notices.append(SinkNotice(severity: .warning, message: message)) }
    }

    func letGo() { state.withLock { $0.hangs = false } }

    var records: [Record] { state.withLock { $0.records } }
    var ledger: Ledger { state.withLock { $0.ledger } }
    var closed: Int { state.withLock { $0.closed } }
    var maintained: Int { state.withLock { $0.maintained } }
}
