#if CLI
import ClassTracking
import Synchronization

/// Prints each record when the other sinks get it, and keeps the totals for the end.
final class LiveSink: RecordSink {
    let name = "live"

    private struct State {
        var table: LiveTable
        var summary = StreamSummary()
        var status = SinkStatus(name: "live", destination: "standard output")
    }

    private let output: Output?
    private let readerLeft: @Sendable () -> Void
    private let state: Mutex<State>

    /// - Parameters:
    ///   - output: Where the table goes; `nil` prints none.
    ///   - readerLeft: Called when the output cannot be written any more.
    init(output: Output?, readerLeft: @escaping @Sendable () -> Void) {
        self.output = output
        self.readerLeft = readerLeft
        let table = LiveTable(palette: output?.palette ?? .plain)
        state = Mutex(State(table: table))
        output?.line(table.heading)
    }

    var status: SinkStatus { state.withLock { $0.status } }

    var summary: StreamSummary { state.withLock { $0.summary } }

    func receive(_ record: Record) {
        // A reader that stops to read holds the write: the lock is not held meanwhile.
        let row = state.withLock { state in
            state.status.delivered += 1
            state.status.condition = .working
            // The line is for spikes only; a demo's samples are told by the table.
            let line = record.kind == .spike ? record.jsonLine : ""
            state.summary.add(StoredRecord(record: record, line: line))
            return output == nil ? nil : state.table.row(for: record)
        }
        guard let output, let row else { return }
        output.line(row)
        if output.hasFailed { readerLeft() }
    }

    func close() {}
}
#endif
