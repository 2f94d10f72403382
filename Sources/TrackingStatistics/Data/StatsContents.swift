public import TrackingRecords

/// All that is known of one run of a tracker.
///
/// Times are seconds since the tracker began, unless they say otherwise.
public struct StatsContents: Sendable, Equatable {
    /// Which process it was; `nil` where nobody said.
    public var header: Header?
    /// The snapshots, oldest first; made anew with each call.
    public var snapshots: [Snapshot] {
        get { table.snapshots }
        set { table = SnapshotTable(newValue) }
    }
    /// The snapshots in few bytes.
    package internal(set) var table = SnapshotTable()
    /// The tracked objects in order of announcement, dead ones too.
    public var objects: [TrackedObjectRecord] = []
    /// How many instances there were over time, by name.
    public var history: [String: [InstanceCount]] = [:]
    /// Where objects were created, by ``/TrackingRecords/InstantiationTrace/id``.
    public var traces: [Int: InstantiationTrace] = [:]
    /// What the periodic samples said.
    public var samples = SampleSeries()
    /// Spikes, losses, notices and the end of the run, oldest first.
    public var events: [Record] = []
    /// Objects that were read and not kept, because nobody asked for single objects.
    public internal(set) var omittedObjects = 0
    /// Events beyond ``eventLimit``, which are not kept.
    public var omittedEvents = 0

    /// How many events are kept at most, the first ones.
    public static let eventLimit = 10_000

    /// Makes contents without anything.
    public init() {}

    /// Whether nothing was recorded but who it was.
    public var isEmpty: Bool {
        table.count == 0 && objects.isEmpty && omittedObjects == 0 && history.isEmpty && samples.samples.isEmpty
            && events.isEmpty
    }

    /// The spikes, each once as it was known last, oldest first.
    public var spikes: [Spike] {
        var spikes: [Spike] = []
        var positions: [Int: Int] = [:]
        for event in events {
            guard case .spike(let spike) = event.payload else { continue }
            guard let position = positions[spike.number] else {
                positions[spike.number] = spikes.count
                spikes.append(spike)
                continue
            }
            // Files that were rotated while they were listed may be read out of order.
            if spikes[position].state == .ongoing { spikes[position] = spike }
        }
        return spikes
    }

    /// Objects by the name they were announced under, in order of announcement.
    public var index: [String: [TrackedObjectRecord]] { Dictionary(grouping: objects, by: \.name) }

    /// The names that objects were announced under, ascending.
    public var names: [String] {
        var names = Set(history.keys).union(table.names)
        var latest = ""
        for object in objects where object.name != latest {
            latest = object.name
            names.insert(latest)
        }
        return names.sorted()
    }

    /// Seconds since 1970 at a time of the run.
    func wallTime(at timestamp: Double) -> Double {
        Double(Self.micros(header?.startTime ?? 0) &+ Self.micros(timestamp)) / 1_000_000
    }

    /// As records are written: sums of what was read back are those of what was written.
    static func micros(_ seconds: Double) -> Int { Int(exactly: (seconds * 1_000_000).rounded()) ?? 0 }
}
