#if CLI
import ClassTracking
import Synchronization

/// Prints each record as the sinks receive it, and keeps the totals.
final class LiveSink: RecordSink {
    let name = "live"

    private struct State {
        var table: LiveTable
        var summary = StreamSummary()
        var status = SinkStatus(name: "live", destination: "standard output")
    }

    private let printer: RowPrinter?
    private let state: Mutex<State>

    /// Creates a sink and prints the heading; without a printer the sink only keeps the totals.
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
            // The stored line of a record is not needed here.
            state.summary.add(StoredRecord(record: record, line: ""))
            // Each sample has a snapshot, which would double the table; a spike lists the classes that grew.
            if record.kind == .snapshot || record.kind == .classSize { return nil }
            return printer == nil ? nil : state.table.row(for: record)
        }
        if let row { printer?.print(row) }
    }

    func close() {}
}
#endif
