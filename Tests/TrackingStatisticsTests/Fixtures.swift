import TrackingRecords
import TrackingTestSupport

@testable import TrackingStatistics

extension TemporaryDirectory {
    func append(_ text: String, to name: String) throws { try write(text, to: name, appending: true) }

    func append(_ records: [Record], to name: String) throws {
        try append(records.map { $0.jsonLine + "\n" }.joined(), to: name)
    }
}

/// Makes the records of tests.
enum Fixture {
    static let start = 1_795_377_600.0  // 2026-11-22 20:00:00 UTC

    static func header(pid: Int = 4711, start: Double = start) -> Header {
        Header(
            program: "service",
            processID: pid,
            bootID: "0123456789abcdef0123456789abcdef",
            startTime: start,
            interval: 1,
            swiftVersion: "6.3"
        )
    }

    static func sample(_ second: Int, resident: Int = 32 << 20, peak: Int? = nil) -> Sample {
        var memory = ProcessMemory()
        memory.residentSet = resident
        memory.virtualSize = resident + (1 << 30)
        memory.threadCount = 5
        return Sample(
            timestamp: Double(second),
            wallTime: start + Double(second),
            memory: memory,
            intervalPeak: peak ?? resident
        )
    }

    static func object(_ id: UInt64, _ name: String = "Node", birth: Double = 0.5, sizes: [Int] = [])
        -> TrackedObjectRecord
    {
        var object = TrackedObjectRecord(
            id: id,
            name: name,
            className: name,
            address: 0x1000 + UInt(id) * 16,
            birth: birth
        )
        for (index, size) in sizes.enumerated() {
            let sized = SizedObject(name: name, size: size, flat: min(size, 32))
            object.sizes.append(ObjectSize(timestamp: Double(index + 1), size: sized))
        }
        return object
    }

    /// A snapshot at second `number`; active objects and bytes by name.
    static func snapshot(_ number: Int, _ description: String = "", _ classes: [String: (Int, Int)] = [:]) -> Snapshot {
        var snapshot = Snapshot(number: number, timestamp: Double(number), wallTime: start + Double(number))
        snapshot.description = description
        snapshot.processMemory.residentSet = 1_000_000
        snapshot.processMemory.virtualSize = 1 << 30
        for (name, (active, sum)) in classes {
            var size = ClassSize()
            size.active = active
            size.sum = sum
            snapshot.classes[name] = size
            snapshot.trackedTotal += sum
        }
        snapshot.classCount = classes.count
        snapshot.objectCount = classes.values.reduce(0) { $0 + $1.0 }
        return snapshot
    }

    /// The records of a snapshot, as a stream has them.
    static func stream(of snapshot: Snapshot) -> [Record] {
        [Record(.snapshot(snapshot.announcement))]
            + snapshot.namesBySize.compactMap { snapshot.record(of: $0).map { Record(.classSize($0)) } }
    }

    /// Contents with something of everything.
    static var everything: StatsContents {
        var contents = StatsContents()
        contents.header = header()
        contents.header?.startTime = start + 0.123_456_7
        contents.snapshots = [
            snapshot(1, "alpha", ["Factory": (1, 344), "app.Employee": (0, 0)]),
            snapshot(2, "", ["Factory": (1, 4864), "app.Employee": (1000, 200_064)]),
        ]
        var merged = SizedObject(name: "Factory", size: 4864, flat: 48)
        merged.referents = [SizedObject(name: "employees", size: 4784, flat: 832)]
        contents.snapshots[1].classes["Factory"]?.merged = merged
        var factory = object(1, "Factory", birth: 0.250_000_4, sizes: [344])
        merged.referents[0].referents = [SizedObject(name: "[0]\u{1B}é", size: 96, flat: 48)]
        factory.sizes.append(ObjectSize(timestamp: 2, size: merged))
        factory.resolutionLevel = 2
        var gone = object(3, "app.Employee", birth: 1.5, sizes: [])
        gone.className = "Employee"
        gone.address = 0
        gone.death = 1.75
        gone.trace = 1
        var alive = object(2, "app.Employee", birth: 1.25, sizes: [])
        alive.className = "Employee"
        alive.sizes = [ObjectSize(timestamp: 2, size: SizedObject(name: "Employee", size: 200, flat: 64))]
        contents.objects = [factory, alive, gone]
        contents.traces[1] = InstantiationTrace(
            id: 1,
            frames: [
                TraceFrame(address: 16, function: "populate()", file: "Factory.swift", line: 12, image: "app"),
                TraceFrame(address: 32),
            ]
        )
        contents.history = [
            "Factory": [InstanceCount(timestamp: 0.25, count: 1)],
            "app.Employee": (0..<20_000).map { InstanceCount(timestamp: 1 + Double($0) / 7e4, count: $0 % 1000) },
        ]
        contents.samples.add(sample(1))
        contents.samples.add(sample(2, resident: 40 << 20, peak: 288 << 20))
        var spike = Spike(
            number: 1,
            timestamp: 2,
            wallTime: start + 2,
            begin: 1,
            baseline: 32 << 20,
            peak: 288 << 20,
            threshold: 32 << 20
        )
        contents.events.append(Record(.spike(spike)))
        spike.state = .ended
        spike.end = 2
        contents.events.append(Record(.spike(spike)))
        contents.events.append(
            Record(
                .notice(Notice(timestamp: 2, wallTime: start + 2, severity: .info, component: "file", message: "hi"))
            )
        )
        return contents
    }
}
