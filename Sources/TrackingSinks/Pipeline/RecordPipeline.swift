import CTrackingRuntime
package import Dispatch
import Glibc
import Synchronization
package import TrackingRecords

/// Delivers records to the sinks, on a thread of its own.
///
/// Adding a record holds a lock for some nanoseconds and never waits for a sink. The thread is not Dispatch's: it may
/// block in a slow `fdatasync`, and it blocks SIGXFSZ, which would end the host when a file reaches its size limit.
package final class RecordPipeline: Sendable {
    /// 0, or the error for which the thread could not be created: then no record is delivered.
    package let threadError: Int32
    private let core: Core

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - sinks: The receivers of the records.
    ///   - clock: Gives the timestamps of the pipeline's own records.
    ///   - capacity: The number of records that may wait.
    package init(sinks: [any RecordSink], clock: StreamClock, capacity: Int) {
        core = Core(sinks: sinks, clock: clock, capacity: capacity)
        threadError = core.startThread()
    }

    deinit {
        core.requestEnd()
    }

    /// Adds a record without waiting.
    package func append(_ payload: Record.Payload) { core.append(payload) }

    /// Adds a snapshot without waiting: its record, one for each of its classes, and those of its objects, which are
    /// written when no other record waits.
    ///
    /// - Parameters:
    ///   - snapshot: The snapshot, with its classes.
    ///   - objects: Creates the records of its objects, each after the trace to which it refers.
    /// - Returns: Whether the records of its objects are accepted; if too many wait, they count as lost.
    @discardableResult
    package func append(_ snapshot: Snapshot, objects: RecordBurst? = nil) -> Bool {
        core.append(snapshot, snapshot.namesBySize, objects)
    }

    /// The number of records refused because the queue was full.
    package var refused: Int { core.state.withLock { $0.queue.refused } }

    /// The status of each sink.
    package var statuses: [SinkStatus] { core.sinks.map(\.status) }

    /// The processor time that the thread has used, in nanoseconds.
    package var processorTime: UInt64 { core.processorTime.load(ordering: .relaxed) }

    /// Indicates whether the thread is idle, or has been busy with one record for less than `limit` nanoseconds.
    package func isResponsive(within limit: UInt64) -> Bool {
        let since = core.busySince.load(ordering: .relaxed)
        return since == 0 || monotonicNanoseconds() &- since < limit
    }

    /// Delivers all waiting records and ends the thread.
    ///
    /// - Parameter patience: The longest wait for the thread. If a sink hangs, its thread stays, and the host
    ///   continues.
    /// - Returns: Whether all records were delivered in time.
    @discardableResult
    package func close(patience: DispatchTimeInterval) -> Bool {
        guard ct_process_id() == core.process else { return false }
        core.requestEnd(within: patience)
        guard core.ended.wait(timeout: .now() + patience) == .success else { return false }
        // A second call need not wait.
        core.ended.signal()
        return true
    }
}

private final class Core: Sendable {
    struct State {
        var queue: RecordQueue
        /// The time until which objects may delay the end, in nanoseconds; 0 before the end was requested.
        var objectsEnd: UInt64 = 0
        var isEnding: Bool { objectsEnd > 0 }
        /// True from the start, because the thread begins by sleeping: otherwise the first records would wait for a
        /// whole nap.
        var isAsleep = true

        /// Returns whether the caller has to wake the thread, and marks the thread as awake.
        mutating func wakes() -> Bool {
            defer { isAsleep = false }
            return isAsleep
        }
    }

    let sinks: [any RecordSink]
    let clock: StreamClock
    let process = ct_process_id()
    let state: OrderedMutex<State>
    let wake = DispatchSemaphore(value: 0)
    let ended = DispatchSemaphore(value: 0)
    let busySince = Atomic<UInt64>(0)
    let processorTime = Atomic<UInt64>(0)

    private static let stackSize = 512 << 10
    /// The free memory that the thread needs: less than glibc allocates by a mapping of its own.
    private static let neededMemory = 64 << 10
    /// The longest sleep of the thread without records: sinks sync and retry at this interval.
    private static let nap = DispatchTimeInterval.seconds(1)
    /// The longest time for which records may delay other work of the thread, in nanoseconds.
    private static let longestDrain: UInt64 = 1_000_000_000
    /// The longest time for which objects may delay the end, in nanoseconds, because the thread that stops the tracker
    /// waits.
    private static let longestEnd: UInt64 = 500_000_000

    init(sinks: [any RecordSink], clock: StreamClock, capacity: Int) {
        self.sinks = sinks
        self.clock = clock
        state = OrderedMutex(.recordPipeline, State(queue: RecordQueue(capacity: capacity)))
    }

    func append(_ payload: Record.Payload) {
        guard ct_process_id() == process else { return }
        let mustWake = state.withLock { state in
            guard !state.isEnding else { return false }
            state.queue.append(payload)
            return state.wakes()
        }
        if mustWake { wake.signal() }
    }

    func append(_ snapshot: Snapshot, _ names: [String], _ objects: RecordBurst?) -> Bool {
        guard ct_process_id() == process else { return false }
        let (takesObjects, mustWake) = state.withLock { state in
            guard !state.isEnding else { return (false, false) }
            return (state.queue.append(snapshot, names: names, objects), state.wakes())
        }
        if mustWake { wake.signal() }
        return takesObjects
    }

    func requestEnd(within patience: DispatchTimeInterval = .never) {
        guard ct_process_id() == process else { return }
        // The end itself needs some of the time.
        let time = min(Self.longestEnd, patience.nanoseconds / 2)
        state.withLock { if !$0.isEnding { $0.objectsEnd = monotonicNanoseconds() + time } }
        wake.signal()
    }

    func startThread() -> Int32 {
        let context = Unmanaged.passRetained(self)
        let error = ct_start_thread(
            "tracker-sinks",
            Self.stackSize,
            { Unmanaged<Core>.fromOpaque($0).takeRetainedValue().run() },
            context.toOpaque()
        )
        if error != 0 {
            // Later calls find the queue's count of refused records, and a watchdog finds an unresponsive thread.
            context.release()
            busySince.store(1, ordering: .relaxed)
            ended.signal()
        }
        return error
    }

    private func run() {
        while true {
            _ = wake.wait(timeout: .now() + Self.nap)
            ct_renew_signals()
            // Paths and notices allocate, and Swift ends a process that has no memory: records wait until there is
            // some.
            guard ct_can_allocate(Self.neededMemory) != 0 else { continue }
            drain()
            for sink in sinks { call(sink) { $0.maintain() } }
            collectNotices()
            processorTime.store(threadNanoseconds(), ordering: .relaxed)
            let isOver = state.withLock { state in
                state.isAsleep = state.queue.isEmpty && !state.isEnding
                return state.isEnding && state.queue.isEmpty
            }
            if isOver { break }
            if !state.withLock({ $0.isAsleep }) { wake.signal() }
        }
        for sink in sinks { call(sink) { $0.close() } }
        ended.signal()
    }

    private func drain() {
        let start = monotonicNanoseconds()
        while let record = nextRecord() {
            for sink in sinks { call(sink) { $0.receive(record) } }
            // A producer that is faster than the sinks keeps the queue from ever being empty.
            if monotonicNanoseconds() - start > Self.longestDrain { break }
        }
    }

    private func nextRecord() -> Record? {
        while true {
            let (record, source) = state.withLock { state -> (Record?, RecordBurst?) in
                if state.isEnding, monotonicNanoseconds() > state.objectsEnd {
                    state.queue.abandonBursts()
                }
                let record = state.queue.removeFirst()
                return (record, record == nil ? state.queue.source : nil)
            }
            if let record { return record }
            guard let source else { return nil }
            // Not under the lock: records that are added meanwhile are written first.
            var payload: Record.Payload?
            busy { payload = source.next() }
            state.withLock { $0.queue.give(payload) }
        }
    }

    private func collectNotices() {
        for sink in sinks {
            while let notice = sink.takeNotice() {
                let now = clock.now()
                let record = Notice(
                    timestamp: now.timestamp,
                    wallTime: now.wallTime,
                    severity: notice.severity,
                    component: sink.name,
                    message: notice.message
                )
                state.withLock { $0.queue.append(.notice(record)) }
            }
        }
    }

    private func call(_ sink: any RecordSink, _ body: (any RecordSink) -> Void) {
        busy {
            guard !(sink is RollingFileSink || sink is JournalSink) else { return body(sink) }
            // The sink runs code of the host, whose objects are not the tracker's.
            let depth = ct_exchange_own_objects(0)
            body(sink)
            _ = ct_exchange_own_objects(depth)
        }
    }

    private func busy(_ body: () -> Void) {
        busySince.store(monotonicNanoseconds(), ordering: .relaxed)
        body()
        busySince.store(0, ordering: .relaxed)
    }
}

extension DispatchTimeInterval {
    fileprivate var nanoseconds: UInt64 {
        switch self {
        case .seconds(let count): UInt64(max(0, count)) * 1_000_000_000
        case .milliseconds(let count): UInt64(max(0, count)) * 1_000_000
        case .microseconds(let count): UInt64(max(0, count)) * 1000
        case .nanoseconds(let count): UInt64(max(0, count))
        default: .max
        }
    }
}
