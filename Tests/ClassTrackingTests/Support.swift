import ClassTracking
import Dispatch
import Glibc
import Synchronization

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

/// A tracker that writes to memory only.
func makeTracker(
    _ sink: MemorySink,
    _ change: (inout ClassTracker.Configuration) -> Void = { _ in }
) -> ClassTracker {
    var configuration = ClassTracker.Configuration()
    configuration.journal.enabled = false
    change(&configuration)
    return ClassTracker(configuration: configuration) { [sink] }
}

/// Waits for something that happens on another thread.
func waitUntil(seconds: Double = 10, _ condition: () -> Bool) -> Bool {
    for _ in 0..<Int(seconds * 1000) {
        if condition() { return true }
        usleep(1000)
    }
    return condition()
}

/// A file in a directory of its own.
final class TemporaryFile {
    let directory: FilePath
    let path: FilePath

    init(_ text: String? = nil) throws {
        var template = Array("/tmp/class-tracker-test.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Errno(rawValue: errno) }
        directory = FilePath(String(cString: made))
        path = directory.appending("file")
        guard let text else { return }
        let descriptor = try FileDescriptor.open(path, .writeOnly, options: .create, permissions: .ownerReadWrite)
        try descriptor.closeAfter { _ = try descriptor.writeAll(text.utf8) }
    }

    deinit {
        unlink(path.string)
        rmdir(directory.string)
    }
}

/// Random numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
