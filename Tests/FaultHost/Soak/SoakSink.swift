import ClassTracking
import Synchronization

/// Adds up what the stream tells, and looks whether each record's number is the next one.
final class SoakSink: RecordSink {
    struct Sums {
        var created: [String: Int] = [:]
        var destroyed: [String: Int] = [:]
        var records = 0
        var snapshots = 0
        var samples = 0
        var spikes = 0
        /// Numbers that are missing, and that no drop tells of.
        var unaccounted = 0
        /// Numbers of records that were dropped, as the stream says.
        var dropped = 0
        var notices: [String] = []
        fileprivate var last = 0
    }

    let name = "soak"
    private let state = Mutex(Sums())

    var status: SinkStatus { SinkStatus(name: name, destination: "memory") }
    var sums: Sums { state.withLock { $0 } }

    func receive(_ record: Record) {
        state.withLock { sums in
            sums.records += 1
            switch record.payload {
            case .drop(let drop):
                sums.unaccounted += max(0, drop.firstSequence - sums.last - 1)
                sums.dropped += drop.count
                sums.last = max(sums.last, drop.lastSequence)
            case .classSize(let record):
                sums.created[record.name, default: 0] += record.size.created
                sums.destroyed[record.name, default: 0] += record.size.destroyed
            case .snapshot: sums.snapshots += 1
            case .sample: sums.samples += 1
            case .spike: sums.spikes += 1
            case .notice(let notice) where sums.notices.count < 20: sums.notices.append(notice.message)
            default: break
            }
            guard record.sequence > 0 else { return }
            sums.unaccounted += max(0, record.sequence - sums.last - 1)
            sums.last = record.sequence
        }
    }

    func close() {}
}
