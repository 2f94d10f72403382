#if CLI
import Dispatch
import Synchronization
import TrackingRecords

/// Prints rows on a queue of its own.
///
/// A terminal stopped by Ctrl-S, or a pipe that is not read, blocks a write without limit. The sinks share one thread, so that
/// printing on it would block the file, the journal and the stop.
final class RowPrinter: Sendable {
    private struct State {
        var waiting = 0
        var skipped = 0
    }

    /// The most rows that wait; more are skipped and counted.
    private static let capacity = 1000

    private let output: Output
    private let failed: @Sendable () -> Void
    private let queue = DispatchQueue(label: "class-tracker.printing")
    private let state = Mutex(State())

    /// Creates a printer, which calls `failed` when the output cannot be written any more.
    init(output: Output, failed: @escaping @Sendable () -> Void) {
        self.output = output
        self.failed = failed
    }

    func print(_ row: String) {
        let skipped: Int? = state.withLock { state in
            guard state.waiting < Self.capacity else {
                state.skipped += 1
                return nil
            }
            state.waiting += 1
            defer { state.skipped = 0 }
            return state.skipped
        }
        guard let skipped else { return }
        queue.async {
            if skipped > 0 { self.output.line("... \(counted(skipped, "row")) skipped: the output was not read") }
            self.output.line(row)
            self.state.withLock { $0.waiting -= 1 }
            if self.output.hasFailed { self.failed() }
        }
    }

    /// Waits until all rows are printed; returns `false` if that takes longer than `seconds`.
    func finish(within seconds: Double) -> Bool {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        return done.wait(timeout: .now() + seconds) == .success
    }
}
#endif
