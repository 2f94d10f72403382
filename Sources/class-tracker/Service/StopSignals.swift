#if CLI
import Dispatch
import Glibc
import Synchronization

/// Waits for SIGTERM or SIGINT, or for whatever else ends a command that runs as a service.
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
        // Whoever asks twice does not want to wait for an output that nobody reads.
        if received.add(1, ordering: .relaxed).newValue > 1 { _exit(128 + number) }
        stop()
    }

    func stop() { stopped.signal() }

    /// Returns when it is time to stop, or after `limit` seconds; `nil` is without end.
    ///
    /// - Returns: Whether it is time to stop.
    @discardableResult
    func wait(limit: Double?) -> Bool {
        if let limit { return stopped.wait(timeout: .now() + limit) == .success }
        stopped.wait()
        return true
    }
}
#endif
