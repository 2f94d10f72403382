package import TrackingRecords

/// All data of one run of a tracker.
///
/// Times are seconds since the tracker began, unless said otherwise.
package struct StatsContents: Sendable, Equatable {
    /// The process; `nil` if there is no header.
    package var header: Header?
    /// The snapshots, oldest first; computed with each call.
    package var snapshots: [Snapshot] {
        get { table.snapshots }
        set { table = SnapshotTable(newValue) }
    }
    /// The snapshots in few bytes.
    package internal(set) var table = SnapshotTable()
    /// The tracked objects, dead ones too, in the order in which tracking began.
    package var objects: [TrackedObjectRecord] = []
    /// The instance counts over time, by name.
    package var history: [String: [InstanceCount]] = [:]
    /// The stacks that created objects, by `InstantiationTrace.id`.
    package var traces: [Int: InstantiationTrace] = [:]
    /// The periodic samples.
    package var samples = SampleSeries()
    /// Spikes, losses, notices and the end of the run, oldest first.
    package var events: [Record] = []
    /// The end of the run; `nil` for a live tracker, and for a dump of one.
    package var ending: RunEnding?
    /// The number of objects that were read and not kept, because a summary shows no single objects.
    package internal(set) var omittedObjects = 0
    /// The number of events beyond ``eventLimit``, which are not kept.
    package var omittedEvents = 0

    /// The most events that are kept; later ones are counted.
    package static let eventLimit = 10_000

    /// Creates empty contents.
    package init() {}

    /// Indicates whether there is nothing but a header.
    package var isEmpty: Bool {
        table.count == 0 && objects.isEmpty && omittedObjects == 0 && history.isEmpty && samples.samples.isEmpty
            && events.isEmpty
    }

    /// The spikes, oldest first, each of them once, as its last record and all later samples and snapshots show it.
    package var spikes: [Spike] { spikeLedger.spikes }

    /// The spikes, from all records.
    package var spikeLedger: SpikeLedger {
        var ledger = SpikeLedger()
        for event in events { ledger.add(event.payload) }
        ledger.add(samples)
        for snapshot in table.heads { ledger.add(.snapshot(snapshot)) }
        return ledger
    }

    /// The number of spikes before the first known one: they are numbered from 1.
    package var earlierSpikes: Int { max(0, (spikes.first?.number ?? 1) - 1) }

    /// The number of snapshots before the first known one: they are numbered from 1.
    package var earlierSnapshots: Int { max(0, (table.heads.first?.number ?? 1) - 1) }

    /// The number of classes that match a pattern and never had an instance, at the latest snapshot with anything tracked.
    var unusedClasses: Int {
        table.indices.reversed().first { table.classCount(at: $0) > 0 || table.head($0).unusedClasses > 0 }
            .map { table.head($0).unusedClasses } ?? 0
    }

    /// The position of the first snapshot with anything tracked; `nil` if there is none.
    var firstTrackedSnapshot: Int? {
        table.indices.first { position in
            let head = table.head(position)
            return table.classCount(at: position) > 0 || head.classCount > 0 || head.unusedClasses > 0
        }
    }

    /// The objects by name, in the order in which tracking began.
    package var index: [String: [TrackedObjectRecord]] { Dictionary(grouping: objects, by: \.name) }

    /// The names under which objects are tracked, ascending.
    package var names: [String] {
        var names = Set(history.keys).union(table.names)
        var latest = ""
        for object in objects where object.name != latest {
            latest = object.name
            names.insert(latest)
        }
        return names.sorted()
    }

    /// Returns the wall time of a time of the run, in seconds since 1970.
    func wallTime(at timestamp: Double) -> Double {
        Double(Self.micros(header?.startTime ?? 0) &+ Self.micros(timestamp)) / 1_000_000
    }

    /// Returns microseconds, as records have them: sums before writing and after reading are equal.
    static func micros(_ seconds: Double) -> Int { Int(exactly: (seconds * 1_000_000).rounded()) ?? 0 }
}
