#if CLI
import ClassTracking

/// The text of a record other than a sample, for a row of a table.
enum EventText {
    static func text(of record: Record) -> String {
        switch record.payload {
        case .spike(let spike): spike.rowText.printable
        case .header(let header):
            "\(header.program)[\(header.processID)]".printable
                + (header.interval > 0 ? ", a sample every \(TimeText(header.interval))" : "")
        case .end(let end):
            "ended: \(counted(end.samples, "sample")), \(counted(end.spikes, "spike"))"
                + (end.maximumResidentSet.map { ", largest resident set \(ByteText($0))" } ?? "")
        default: record.message.printable
        }
    }
}
#endif
