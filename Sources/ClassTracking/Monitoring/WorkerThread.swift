import CTrackingRuntime
import Synchronization

/// A thread of the tracker that takes a turn when one is due or when it is woken.
///
/// It exists before anything depends on it: when the kernel refuses further threads (RLIMIT_NPROC, TasksMax=, a filter
/// of system calls), it continues, and nothing waits for a new one.
final class WorkerThread: Sendable {
    /// Takes a turn; returns the monotonic time of the next one, in nanoseconds.
    typealias Turn = @Sendable () -> UInt64

    /// The time of a turn that is due only when the thread is woken.
    static let whenWoken = UInt64.max

    /// Rings to wake the thread, and when a turn or the thread has ended.
    let bell: Bell
    private let isOver = Atomic(false)

    /// Creates a worker without a thread.
    ///
    /// - Parameter bell: The bell that wakes it; other callers that ring it cause an early turn.
    init(_ bell: Bell = Bell()) { self.bell = bell }

    /// The objects that the thread retains until it ends.
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
    ///   - name: The name of the thread, at most 15 bytes.
    ///   - turn: Retained until the thread has ended.
    /// - Returns: 0, or the error of pthread_create.
    func start(_ name: String, turn: @escaping Turn) -> Int32 {
        let body = Unmanaged.passRetained(Body(self, turn))
        // The default stack size, because types and symbols may be nested as deeply as the host has them.
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
            bell.wait(calls: calls, until: due)
            // Before the turn, so that a call during it is not lost.
            calls = bell.calls
            if isOver.load(ordering: .acquiring) { return }
            // The process ends, and destroys objects that a turn might use.
            if ct_end_is_over() != 0 { return rest() }
            due = turn()
        }
    }

    /// Does nothing until the process has ended.
    ///
    /// The thread must not end, because that would release objects of the host.
    private func rest() { while true { bell.wait(calls: bell.calls, until: Self.whenWoken) } }

    /// Wakes the thread for a turn.
    func wake() { bell.ring() }

    /// Ends the thread after the turn in progress, without waiting for it.
    func abandon() {
        isOver.store(true, ordering: .releasing)
        wake()
    }
}
