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

    private let printer: RowPrinter?
    private let state: Mutex<State>

    /// Prints the heading, too; without a printer the sink keeps the totals only.
    init(palette: Palette, printer: RowPrinter?) {
        self.printer = printer
        let table = LiveTable(palette: palette)
        state = Mutex(State(table: table))
        printer?.print(table.heading)
    }

    var status: SinkStatus { state.withLock { $0.status } }

    var summary: StreamSummary { state.withLock { $0.summary } }

    func receive(_ record: Record) {
        let row: String? = state.withLock { state in
            state.status.delivered += 1
            state.status.condition = .working
            // The stored form of a record is not shown here.
            state.summary.add(StoredRecord(record: record, line: ""))
            // A snapshot goes with each sample; the spike tells what of it is out of the ordinary.
            if record.kind == .snapshot || record.kind == .classSize { return nil }
            return printer == nil ? nil : state.table.row(for: record)
        }
        if let row { printer?.print(row) }
    }

    func close() {}
}
#endif
