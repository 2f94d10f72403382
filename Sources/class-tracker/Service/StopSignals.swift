#if CLI
import Dispatch
import Glibc
import Synchronization

/// Waits for SIGTERM, SIGINT or a call of ``stop()``.
final class StopSignals: Sendable {
    private let stopped = DispatchSemaphore(value: 0)
    private let queue = DispatchQueue(label: "class-tracker.signals")
    private let received = Atomic<Int>(0)
    // Dispatch's objects are safe on any thread; its Swift overlay on Linux does not say so.
    private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

    init() {
        sources = [SIGTERM, SIGINT]
            .map { number in
                signal(number, SIG_IGN)
                return DispatchSource.makeSignalSource(signal: number, queue: queue)
            }
        for (source, number) in zip(sources, [SIGTERM, SIGINT]) {
            source.setEventHandler { [weak self] in self?.receive(number) }
            source.activate()
        }
    }

    private func receive(_ number: Int32) {
        // A second signal ends the process immediately, even if an output that is not read blocks it.
        if received.add(1, ordering: .relaxed).newValue > 1 { _exit(128 + number) }
        stop()
    }

    func stop() { stopped.signal() }

    /// Waits until it is time to stop, or for `limit` seconds; `nil` is without limit.
    ///
    /// - Returns: `true` if it is time to stop.
    @discardableResult
    func wait(limit: Double?) -> Bool {
        if let limit { return stopped.wait(timeout: .now() + limit) == .success }
        stopped.wait()
        return true
    }
}
#endif
