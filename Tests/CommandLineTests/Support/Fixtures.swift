#if CLI
import TrackingTestSupport
import ClassTracking
import Glibc
import SystemPackage

@testable import class_tracker

/// Makes the records of tests.
enum Fixture {
    static let wallTime = 1_795_377_600.0  // 2026-11-22 20:00:00 UTC

    static func header(pid: Int = 4711, start: Double = wallTime) -> Record {
        Record(
            .header(
                Header(
                    program: "service",
                    processID: pid,
                    bootID: "0123456789abcdef0123456789abcdef",
                    startTime: start,
                    interval: 1,
                    swiftVersion: "6.3"
                )
            )
        )
    }

    static func sample(_ sequence: Int, resident: Int = 32 << 20, peak: Int? = nil) -> Record {
        var memory = ProcessMemory()
        memory.residentSet = resident
        memory.virtualSize = 1 << 30
        memory.threadCount = 5
        let time = Double(sequence)
        return Record(
            sequence: sequence,
            .sample(
                Sample(
                    timestamp: time,
                    wallTime: wallTime + time,
                    memory: memory,
                    intervalPeak: peak ?? resident,
                    maximumResidentSet: peak ?? resident
                )
            )
        )
    }

    static func object(_ sequence: Int) -> Record {
        Record(
            sequence: sequence,
            .object(TrackedObjectRecord(id: 1, name: "Node", className: "Node", address: 16, birth: 1))
        )
    }

    static func spike(_ sequence: Int, number: Int = 1, ended: Bool = true, between: Bool = false) -> Record {
        var spike = Spike(
            number: number,
            timestamp: Double(sequence),
            wallTime: wallTime + Double(sequence),
            begin: 2,
            baseline: 32 << 20,
            peak: 288 << 20,
            threshold: 32 << 20
        )
        spike.before = [Spike.Point(timestamp: 1, residentSet: 32 << 20, intervalPeak: 33 << 20)]
        if ended {
            spike.state = .ended
            spike.end = Double(sequence)
            spike.outcome = .transient
            spike.level = 32 << 20
            spike.betweenSamples = between
        }
        return Record(sequence: sequence, .spike(spike))
    }

    /// Makes the records of a snapshot and its classes, the largest class first.
    static func snapshot(_ number: Int, at time: Int, _ holdings: [String: (bytes: Int, instances: Int)]) -> [Record] {
        var snapshot = Snapshot(number: number, timestamp: Double(time), wallTime: wallTime + Double(time))
        for (name, held) in holdings {
            var size = ClassSize()
            (size.sum, size.active) = held
            snapshot.classes[name] = size
            snapshot.trackedTotal += held.bytes
        }
        return [Record(.snapshot(snapshot.announcement))]
            + snapshot.namesBySize.compactMap { snapshot.record(of: $0).map { Record(.classSize($0)) } }
    }

    static func drop(_ sequence: Int, count: Int) -> Record {
        let drop = Drop(
            timestamp: Double(sequence),
            wallTime: wallTime + Double(sequence),
            sink: "file",
            reason: "No space left on device",
            count: count,
            firstSequence: sequence,
            lastSequence: sequence + count - 1
        )
        return Record(.drop(drop))
    }

    static func end(_ sequence: Int) -> Record {
        let end = End(
            timestamp: Double(sequence),
            wallTime: wallTime + Double(sequence),
            samples: sequence,
            missedTicks: 0,
            spikes: 0,
            suppressedSpikes: 0,
            dropped: 0,
            maximumResidentSet: nil
        )
        return Record(sequence: sequence, .end(end))
    }

    static func stored(_ record: Record, origin: String = "") -> StoredRecord {
        StoredRecord(record: record, line: record.jsonLine, origin: origin)
    }
}

extension TemporaryDirectory {
    func rename(_ from: String, _ to: String) { Glibc.rename(self[from].string, self[to].string) }

    func append(_ records: Record..., to name: String) {
        append(records.map { $0.jsonLine + "\n" }.joined(), to: name)
    }

    func append(_ text: String, to name: String) { _ = try? write(text, to: name, appending: true) }
}

/// Returns the content of a file; empty if there is none.
func contents(of path: FilePath) -> String { (try? text(of: path)) ?? "" }
#endif
