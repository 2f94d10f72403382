import ClassTracking
import Dispatch
import Synchronization
import TrackingTestSupport

/// Keeps every record it is given.
final class MemorySink: RecordSink {
    let name = "memory"
    private let kept = Mutex<[Record]>([])
    private let closed = Atomic<Bool>(false)
    private let gate = DispatchSemaphore(value: 1)

    var records: [Record] { kept.withLock { $0 } }
    var isClosed: Bool { closed.load(ordering: .acquiring) }

    var samples: [Sample] {
        records.compactMap { record in
            if case .sample(let sample) = record.payload { sample } else { nil }
        }
    }

    var headers: [Header] {
        records.compactMap { record in
            if case .header(let header) = record.payload { header } else { nil }
        }
    }

    var notices: [Notice] {
        records.compactMap { record in
            if case .notice(let notice) = record.payload { notice } else { nil }
        }
    }

    var snapshots: [Snapshot] {
        records.compactMap { record in
            if case .snapshot(let snapshot) = record.payload { snapshot } else { nil }
        }
    }

    var status: SinkStatus { SinkStatus(name: name, destination: "memory") }

    func receive(_ record: Record) {
        gate.wait()
        gate.signal()
        kept.withLock { $0.append(record) }
    }

    /// Has the sink hang at its next record, until ``open()``.
    func hang() { gate.wait() }

    func open() { gate.signal() }

    func close() { closed.store(true, ordering: .releasing) }
}

/// A tracker that writes to memory only, and takes the time that it needs.
func makeTracker(
    _ sink: MemorySink,
    _ change: (inout ClassTracker.Configuration) -> Void = { _ in }
) -> ClassTracker {
    var configuration = ClassTracker.Configuration()
    configuration.journal.enabled = false
    configuration.overheadBudget = nil
    change(&configuration)
    return ClassTracker(configuration: configuration) { [sink] }
}

/// A file in a directory of its own.
final class TemporaryFile {
    private let temporary = TemporaryDirectory()
    let path: FilePath

    var directory: FilePath { temporary.path }

    init(_ text: String? = nil) throws {
        path = temporary["file"]
        if let text { try temporary.write(text, to: "file") }
    }
}
