import CTrackingRuntime
import Synchronization

/// A thread of the tracker's own that takes a turn when one is due or when it is woken.
///
/// It is there before anything depends on it: where the kernel gives no more threads (RLIMIT_NPROC, TasksMax=, a
/// filter of
/// system calls), it goes on, and nobody waits for one.
final class WorkerThread: Sendable {
    /// Takes a turn; returns when the next one is due, in nanoseconds on the monotonic clock.
    typealias Turn = @Sendable () -> UInt64

    /// A turn that is due when somebody wakes the thread.
    static let whenWoken = UInt64.max

    /// Rings for the thread, and when a turn or the thread has ended.
    let bell: Bell
    private let isOver = Atomic(false)

    /// Makes a worker without a thread.
    ///
    /// - Parameter bell: What wakes it; others that ring it have a turn taken early.
    init(_ bell: Bell = Bell()) { self.bell = bell }

    /// The objects that the thread keeps until it ends.
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
            bell.wait(calls: calls, until: due)
            // Before the turn: a call that comes during it is not lost.
            calls = bell.calls
            if isOver.load(ordering: .acquiring) { return }
            // The process ends, and takes apart what a turn might use.
            if ct_end_is_over() != 0 { return rest() }
            due = turn()
        }
    }

    /// Does nothing until the process is gone.
    ///
    /// The thread must not end: that would release things of the host.
    private func rest() { while true { bell.wait(calls: bell.calls, until: Self.whenWoken) } }

    /// Wakes the thread for a turn.
    func wake() { bell.ring() }

    /// Ends the thread after the turn in flight, for which nobody waits.
    func abandon() {
        isOver.store(true, ordering: .releasing)
        wake()
    }
}
