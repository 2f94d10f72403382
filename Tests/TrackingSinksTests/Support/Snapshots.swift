import Synchronization
import TrackingRecords

@testable import TrackingSinks

/// A snapshot of `classes` names, each larger than the one before.
func snapshot(_ number: Int, classes: Int = 2, at time: Double? = nil, isPeriodic: Bool = true) -> Snapshot {
    let time = time ?? Double(number)
    var snapshot = Snapshot(number: number, timestamp: time, wallTime: start + time)
    snapshot.isPeriodic = isPeriodic
    for index in 0..<classes {
        var size = ClassSize()
        (size.active, size.sum) = (1, index * 100)
        snapshot.classes["Class\(index)"] = size
    }
    return snapshot
}

/// All records of a snapshot, as the pipeline makes them.
func records(of snapshot: Snapshot) -> [Record] {
    let classes = snapshot.namesBySize.compactMap { snapshot.record(of: $0) }.map { Record.Payload.classSize($0) }
    return ([.snapshot(snapshot.announcement)] + classes).map { Record(sequence: 1, $0) }
}

func object(_ id: Int, at time: Double = 1) -> Record.Payload {
    var object = TrackedObjectRecord(id: UInt64(id), name: "Node", className: "Node", address: 4096, birth: 0)
    object.sizes = [ObjectSize(timestamp: time, size: SizedObject(name: "Node", size: 48, flat: 48))]
    return .object(object)
}

/// Objects that are made one by one, and how many of them were.
final class Objects: Sendable {
    let made = Mutex(0)
    let count: Int

    init(_ count: Int) { self.count = count }

    var burst: RecordBurst { burst(of: count) }

    /// A burst that promises another number of records.
    func burst(of promised: Int) -> RecordBurst {
        RecordBurst(count: promised) { [self] in
            made.withLock { made in
                guard made < count else { return nil }
                made += 1
                return object(made)
            }
        }
    }
}
