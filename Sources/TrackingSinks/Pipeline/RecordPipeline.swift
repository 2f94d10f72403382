import CTrackingRuntime
package import Dispatch
import Glibc
import Synchronization
package import TrackingRecords

/// Carries records from whoever takes them to the sinks, on a thread of its own.
///
/// Adding a record takes a lock for some nanoseconds and never waits for a sink. The thread is a plain one rather than
/// a queue's: it may sit in a slow `fdatasync`, and it blocks SIGXFSZ, which would kill the host when a file reaches
/// its size limit.
package final class RecordPipeline: Sendable {
    /// 0, or the error for which there is no thread: then nothing arrives anywhere.
    package let threadError: Int32
    private let core: Core

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - sinks: Where records go.
    ///   - clock: Stamps what the pipeline itself has to tell.
    ///   - capacity: Records that may wait.
    package init(sinks: [any RecordSink], clock: StreamClock, capacity: Int) {
        core = Core(sinks: sinks, clock: clock, capacity: capacity)
        threadError = core.startThread()
    }

    deinit {
        core.requestEnd()
    }

    /// Adds a record without waiting.
    package func append(_ payload: Record.Payload) { core.append(payload) }

    /// Adds a snapshot without waiting: its own record, one for each of its classes, and when nothing else waits those of
    /// its objects.
    ///
    /// - Parameters:
    ///   - snapshot: The snapshot, with its classes.
    ///   - objects: Makes the records of its objects, and of the traces in front of them.
    /// - Returns: Whether the records of its objects are taken; where too many wait they count as lost.
    @discardableResult
    package func append(_ snapshot: Snapshot, objects: RecordBurst? = nil) -> Bool {
        core.append(snapshot, snapshot.namesBySize, objects)
    }

    /// Records refused because the queue was full.
    package var refused: Int { core.state.withLock { $0.queue.refused } }

    /// How each sink is doing.
    package var statuses: [SinkStatus] { core.sinks.map(\.status) }

    /// What the thread has used of a processor, in nanoseconds.
    package var processorTime: UInt64 { core.processorTime.load(ordering: .relaxed) }

    /// Whether the thread is idle, or has been busy with one record for less than `limit` nanoseconds.
    package func isResponsive(within limit: UInt64) -> Bool {
        let since = core.busySince.load(ordering: .relaxed)
        return since == 0 || monotonicNanoseconds() &- since < limit
    }

    /// Hands everything over and ends the thread.
    ///
    /// - Parameter patience: How long to wait for it. A sink that hangs keeps its thread; the host goes on.
    /// - Returns: Whether all was handed over in time.
    @discardableResult
    package func close(patience: DispatchTimeInterval) -> Bool {
        guard ct_process_id() == core.process else { return false }
        core.requestEnd(within: patience)
        guard core.ended.wait(timeout: .now() + patience) == .success else { return false }
        // Whoever closes again need not wait for what has happened.
        core.ended.signal()
        return true
    }
}

private final class Core: Sendable {
    struct State {
        var queue: RecordQueue
        /// Until when objects may keep the end waiting, in nanoseconds; 0 before the end was asked for.
        var objectsEnd: UInt64 = 0
        var isEnding: Bool { objectsEnd > 0 }
        /// True from the start, or the first records would wait for a whole nap: the thread begins by sleeping.
        var isAsleep = true

        /// Whether the thread has to be woken, which it then is.
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
    /// Less than what glibc maps by itself.
    private static let leastMemory = 64 << 10
    /// How long the thread sleeps when there is nothing: sinks sync and retry at this pace.
    private static let nap = DispatchTimeInterval.seconds(1)
    /// How long records may keep the thread from what else is due, in nanoseconds.
    private static let longestDrain: UInt64 = 1_000_000_000
    /// How long objects may keep the end waiting, in nanoseconds: who stops the tracker waits for it.
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
            // Whoever asks all the same is told by the queue's count, and so is a watchdog.
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
            // Paths and notices take some memory, and Swift ends a process that gets none: until there is some, records wait.
            guard ct_can_allocate(Self.leastMemory) != 0 else { continue }
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
            // Not under the lock: what was appended meanwhile goes first.
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
            // It runs code of the host's: what that creates is not the tracker's.
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
