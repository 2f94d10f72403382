import CTrackingRuntime
import Synchronization

/// A thread of the tracker's own that takes a turn when one is due or when it is woken.
///
/// No queue of Dispatch's. Dispatch makes threads when there is work, and where the kernel gives none (RLIMIT_NPROC, TasksMax=,
/// a filter of system calls) whoever hands the work over waits and asks again each second, for ever: the host's own thread,
/// which starts or stops the tracker. This one is there before anything depends on it.
final class WorkerThread: Sendable {
    /// Takes a turn; returns when the next one is due, in nanoseconds on the monotonic clock.
    typealias Turn = @Sendable () -> UInt64

    /// A turn that is due when somebody wakes the thread.
    static let whenWoken = UInt64.max

    // A futex: the kernel and the C side use it atomically.
    private nonisolated(unsafe) let waker = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    private let isOver = Atomic(false)
    /// Held during a turn.
    private let turning = Mutex(())

    init() { waker.initialize(to: 0) }

    deinit { waker.deallocate() }

    /// What the thread keeps until it ends.
    private final class Body: Sendable {
        let worker: WorkerThread
        let turn: Turn

        init(_ worker: WorkerThread, _ turn: @escaping Turn) {
            self.worker = worker
            self.turn = turn
        }
    }

    /// Starts the thread, which takes its first turn when it is woken.
    ///
    /// - Parameters:
    ///   - name: At most 15 bytes.
    ///   - turn: Is kept until the thread has ended.
    /// - Returns: 0, or the error of pthread_create.
    func start(_ name: String, turn: @escaping Turn) -> Int32 {
        let body = Unmanaged.passRetained(Body(self, turn))
        // The stack that others have, too: types and symbols are nested as deeply as the host has them.
        let failure = ct_start_thread(
            name,
            0,
            {
                let body = Unmanaged<Body>.fromOpaque($0).takeRetainedValue()
                body.worker.run(body.turn)
            },
            body.toOpaque()
        )
        if failure != 0 { body.release() }
        return failure
    }

    private func run(_ turn: Turn) {
        var due = Self.whenWoken
        var calls: UInt32 = 0
        while true {
            ct_waker_wait(waker, calls, due)
            // Before the turn: a call that comes during it is not lost.
            calls = ct_waker_calls(waker)
            let next = turning.withLock { _ in isOver.load(ordering: .acquiring) ? nil : turn() }
            guard let next else { return }
            due = next
        }
    }

    /// Has a turn taken now.
    func wake() { ct_waker_wake(waker) }

    /// Ends the thread, and returns when the turn in flight is over.
    ///
    /// Not to be called within a turn.
    func end() {
        abandon()
        turning.withLock { _ in }
    }

    /// Ends the thread after the turn in flight.
    func abandon() {
        isOver.store(true, ordering: .releasing)
        wake()
    }
}
