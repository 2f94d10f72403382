// A service that imports the tracker and nothing else, for traits-test.sh, which compiles it. It has types of its own with
// general names, and uses the tracker's as users do.

import ClassTracking

struct Record {}
struct Header {}
struct Sample {}
struct Spike {}
struct Notice {}
struct Drop {}
struct End {}
enum SortKey {}

final class Connection {
    let buffer = [UInt8](repeating: 0, count: 1000)
}

/// A sink of the service's own.
///
/// Without a type of that name, `Record` alone would be the tracker's in it.
final class LargestSink: RecordSink {
    let name = "largest"
    let status = SinkStatus(name: "largest", destination: "standard output")

    func receive(_ record: RecordSink.Record) {
        switch record.payload {
        case .classSize(let record) where record.size.sum > 1 << 30: print(record.name)
        case .spike(let spike): print(excess(of: spike))
        default: break
        }
    }

    private func excess(of spike: RecordSink.Spike) -> Int { spike.excess }

    func close() {}
}

func configured() throws(TrackingError) -> ClassTracker.Configuration {
    var configuration = try ClassTracker.Configuration.load(environment: [:])
    configuration.interval = .milliseconds(500)
    configuration.journal.identifier = "service"
    configuration.file = RollingFileConfiguration(path: "/var/log/service/memory.jsonl", keep: 4)
    configuration.spike.floor = 64 << 20
    configuration.isolation = .forked
    configuration.track = [.init(pattern: "Service.*")]
    return configuration
}

func track(_ connection: Connection) throws(TrackingError) -> Snapshot {
    let tracker = ClassTracker(configuration: try configured()) { [LargestSink()] }
    try tracker.trackClass(Connection.self, trace: true)
    try tracker.trackObject(connection, name: "first", resolutionLevel: 1)
    try tracker.trackClasses(matching: "Service.Session")
    try tracker.trackChange(connection, resolutionLevel: 2)
    try tracker.startPeriodicSnapshots()
    defer { tracker.close() }
    let snapshot = try tracker.createSnapshot("after", computeTotal: true)
    let objects: [String: [TrackedObjectRecord]] = tracker.index
    let counts: [String: [InstanceCount]] = tracker.history
    print(objects.count, counts.count, snapshot.classes["first"]?.sum ?? 0, snapshot.processMemory.residentSet ?? 0)
    return snapshot
}

func analyse(_ tracker: ClassTracker) throws {
    let stats: ConsoleStats = tracker.stats
    try stats.dumpStats(to: "/tmp/service.jsonl")
    try Stats(contentsOf: "/tmp/service.jsonl").sortStats(by: .size)
    stats.sortStats(by: .size, .name).printStats(className: "Connection", limit: 10)
    let sized: SizedObject = HeapSizer().sized(Connection(), resolutionLevel: 1)
    print(sized.size, sized.flat)
}

do {
    let snapshot = try track(Connection())
    print(snapshot.label)
    try analyse(.shared)
} catch let error as TrackingError where error.code == .snapshotInFlight {
    print("again later")
} catch let error as TrackingError where error.code == .noSuchClass {
    print(error)
} catch {
    print("\(error)")
}
