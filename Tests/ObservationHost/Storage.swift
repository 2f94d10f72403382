import ClassTracking
import Glibc
import Synchronization
import TrackingTestSupport

/// Keeps what the tracker tells about itself.
final class NoticeSink: RecordSink {
    let name = "notices"
    private let kept = Mutex<[String]>([])

    var status: SinkStatus { SinkStatus(name: name, destination: "memory") }

    func receive(_ record: Record) {
        if case .notice(let notice) = record.payload { kept.withLock { $0.append(notice.message) } }
    }

    func close() {}

    /// Whether a notice with all of these words comes.
    func tells(_ words: String...) -> Bool {
        waitUntil(seconds: 60) {
            kept.withLock { $0.contains { notice in words.allSatisfy { notice.contains($0) } } }
        }
    }
}

/// The storage of a collection, which is one reference.
private func storage<Collection>(of collection: Collection) -> AnyObject {
    unsafeBitCast(collection, to: AnyObject.self)
}

private struct Row {
    var first = 1
    var second = 2
}

/// Tracks the standard library's storage classes, of which the compiler has specialised many beforehand, in read-only pages.
@MainActor
func storages(_ tracker: ClassTracker) throws {
    try tracker.trackClasses(matching: "Swift._ContiguousArrayStorage*", name: "arrays")
    try tracker.trackClasses(matching: "Swift._DictionaryStorage", name: "dictionaries")
    try tracker.trackClasses(matching: "Swift._SetStorage", name: "sets")
    let count = 60 + libraries.count
    checks.lives("[UInt8]", of: "arrays", tracker) { storage(of: [UInt8](repeating: 1, count: count)) }
    checks.lives("[Int]", of: "arrays", tracker) { storage(of: [Int](repeating: 1, count: count)) }
    checks.lives("[String]", of: "arrays", tracker) { storage(of: [String](repeating: "text", count: count)) }
    checks.lives("[Row]", of: "arrays", tracker) { storage(of: [Row](repeating: Row(), count: count)) }
    checks.lives("[String: Int]", of: "dictionaries", tracker) { storage(of: ["text": count]) }
    checks.lives("[Int: Row]", of: "dictionaries", tracker) { storage(of: [count: Row()]) }
    checks.lives("Set<Int>", of: "sets", tracker) { storage(of: Set([count])) }
    let numbers = [Int](repeating: 1, count: count)
    try tracker.trackClass(type(of: storage(of: numbers)), name: "numbers")
    checks.lives("[Int] by its class", of: "numbers", tracker) { storage(of: [Int](repeating: 1, count: count)) }
}

/// Whether what the tracker itself creates is counted as the program's.
@MainActor
func ownObjects() throws {
    let directory = TemporaryDirectory()
    var configuration = configuration()
    configuration.file = RollingFileConfiguration(path: directory.path.appending("own.jsonl"))
    let tracker = ClassTracker(configuration: configuration)
    for name in ["_ContiguousArrayStorage", "_DictionaryStorage", "__StringStorage"] {
        try tracker.trackClasses(matching: "Swift.\(name)", name: "storage", resolutionLevel: 1, trace: true)
    }
    try tracker.startPeriodicSnapshots(interval: .milliseconds(5))
    waitUntil { tracker.status.samples >= 3 }
    let before = tracker.index["storage"]?.count ?? 0
    for _ in 0..<5 { _ = try tracker.createSnapshot() }
    _ = tracker.snapshots.count
    _ = tracker.history.count
    _ = tracker.instantiationSites(of: "storage")
    _ = tracker.stats
    try tracker.trackClass(Leaf.self)
    let samples = tracker.status.samples
    waitUntil { tracker.status.samples >= samples + 20 }
    let after = tracker.index["storage"]?.count ?? 0
    checks.expect("the tracker's own objects are nobody's", after == before, "\(after - before) were counted")
    tracker.close()
    withExtendedLifetime(directory) {}
}

/// Tracks a class whose metadata lies in a page that the system lets nobody write.
@MainActor
func refusedClass() throws {
    let listener = NoticeSink()
    let tracker = ClassTracker(configuration: configuration(), sinks: { [listener] })
    try tracker.trackClasses(matching: "Swift._ContiguousArrayStorage", name: "arrays")
    defer { tracker.close() }
    guard RuntimeHooks.mode == .entries else { return }
    try tracker.startPeriodicSnapshots(interval: .milliseconds(10))
    let failure = Mutex("")
    let thread = startThread {
        guard forbidProtection() else { return failure.withLock { $0 = "no filter" } }
        // Of a type that nobody else has arrays of: the first one that is met while arrays are tracked.
        let first = [Int64](repeating: 1, count: 100)
        do throws(TrackingError) {
            try tracker.trackClass(type(of: storage(of: first)))
        } catch {
            let isRight = error == .unwritableClass("Swift._ContiguousArrayStorage<Swift.Int64>")
            failure.withLock { $0 = "\(isRight) \(error)" }
        }
    }
    pthread_join(thread, nil)
    let text = failure.withLock { $0 }
    checks.expect("a class that cannot be written is refused", text.hasPrefix("true"), text)
    checks.expect("it is told", listener.tells("not tracked: ", "_ContiguousArrayStorage<Int64>", "read-only"))
}

/// Has mprotect(2) fail with EPERM on the calling thread, for good, as where the kernel seals what the loader has made read-only.
private func forbidProtection() -> Bool {
    #if arch(x86_64)
    let number: UInt64 = 10
    #else
    let number: UInt64 = 226
    #endif
    // struct sock_filter: code, jumps and value. Load the number, compare it, refuse or allow.
    let program: [UInt64] = [0x20, 0x15 | 1 << 24 | number << 32, 0x06 | 0x0005_0001 << 32, 0x06 | 0x7FFF_0000 << 32]
    typealias Control = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
    guard let symbol = dlsym(nil, "prctl") else { return false }
    let control = unsafeBitCast(symbol, to: Control.self)
    let (noNewPrivileges, filter): (Int32, Int32) = (38, 22)
    return program.withUnsafeBufferPointer { filters in
        // struct sock_fprog.
        let list = [UInt(filters.count), UInt(bitPattern: filters.baseAddress)]
        return list.withUnsafeBufferPointer { list in
            control(noNewPrivileges, 1, 0, 0, 0) == 0
                && control(filter, 2, UInt(bitPattern: list.baseAddress), 0, 0) == 0
        }
    }
}
