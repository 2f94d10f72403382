import TrackingRecords
import TrackingTestSupport

/// Records of snapshots, classes and objects, every field set to something of its own.
enum ObjectExamples {
    static let tree = SizedObject(
        name: "Factory",
        size: 4864,
        flat: 48,
        referents: [
            SizedObject(
                name: "employees: Array<Employee>",
                size: 4500,
                flat: 832,
                referents: [
                    SizedObject(name: "[0]", size: 36, flat: 36),
                    SizedObject(
                        name: "[1]",
                        size: 37,
                        flat: 20,
                        referents: [SizedObject(name: "name: String", size: 17, flat: 17)]
                    ),
                ]
            ),
            SizedObject(name: "name: \"é\"\n", size: 316, flat: 316),
        ]
    )

    static var snapshot: Snapshot {
        var snapshot = Snapshot(number: 12, timestamp: 3.25, wallTime: 1_795_379_838.5)
        snapshot.description = "after \"login\""
        snapshot.isPeriodic = true
        snapshot.trackedTotal = 4_404_019
        snapshot.heapTotal = 9_000_000
        snapshot.overhead = 1234
        snapshot.processMemory = Sample.full(2000).memory
        snapshot.unusedClasses = 995
        snapshot.unsized = 2
        snapshot.duration = 0.003
        snapshot.isolation = .forked
        snapshot.pause = 0.0124
        snapshot.notForked = "a \"reason\""
        snapshot.missed = 1
        snapshot.skipped = 19
        snapshot.omittedObjects = 99
        snapshot.classCount = 3
        snapshot.objectCount = 12_345
        return snapshot
    }

    static func classSize(_ merged: SizedObject?) -> ClassSizeRecord {
        var size = ClassSize()
        size.active = 120
        size.sum = 4_300_800
        size.percentage = 13.570312
        size.created = 10
        size.destroyed = 3
        size.unsized = 1
        size.merged = merged
        return ClassSizeRecord(
            snapshot: 12,
            timestamp: 3.25,
            wallTime: 1_795_379_838.5,
            name: "MyApp.Connection",
            size: size
        )
    }

    static func object(_ sizes: [ObjectSize], className: String = "Factory") -> TrackedObjectRecord {
        var object = TrackedObjectRecord(
            id: .max - 1,
            name: "MyApp.Factory",
            className: className,
            address: .max - 15,
            birth: 1.000001,
            death: 2.5
        )
        object.resolutionLevel = 2
        object.trace = 4
        object.sizes = sizes
        return object
    }

    static let trace = InstantiationTrace(
        id: 4,
        frames: [
            TraceFrame(
                address: 0x7F12_3456_789A,
                function: "f<A>(_: Int) -> ()",
                file: "/src/a.swift",
                line: 7,
                image: "a.so"
            ),
            TraceFrame(address: 1, function: "g()"),
            TraceFrame(address: 2, image: "b.so"),
            TraceFrame(address: 3, file: "b.swift"),
            TraceFrame(address: .max),
        ]
    )

    static let history = (1...5).map { InstanceCount(timestamp: Double($0) / 8, count: $0 * 1000) }

    static let growth = [
        ClassGrowth(
            name: "MyApp.Connection",
            bytes: 210 << 20,
            instances: 12_000,
            created: 12_100,
            destroyed: 100,
            allocated: 1 << 20
        ),
        ClassGrowth(name: "Buffer<\"x\">", instances: 2, created: 5, destroyed: 3, allocated: 77),
    ]

    static var spike: Spike {
        var spike = Spike.example
        spike.updates = 2
        spike.grown = growth
        spike.omittedGrowth = 3
        spike.omittedGrowthBytes = -4096
        spike.grownTime = 20.25
        spike.estimatedFrom = 18.75
        spike.untracked = 34 << 20
        spike.unseen = 30 << 20
        spike.surplus = 5
        spike.levelGrown = growth
        spike.levelOmitted = 1
        spike.levelOmittedBytes = 77
        spike.levelUntracked = -8192
        return spike
    }

    static var end: End {
        End(
            timestamp: 9.25,
            wallTime: 10,
            samples: 5,
            missedTicks: 1,
            spikes: 2,
            suppressedSpikes: 3,
            dropped: 4,
            maximumResidentSet: 6,
            lateTicks: 8,
            cause: .exit
        )
    }

    static let unitHeader = Header(
        program: "service",
        processID: 4711,
        invocationID: "0123456789abcdef0123456789abcdef",
        startTime: 1,
        interval: 0,
        swiftVersion: "6.3"
    )

    static let records: [Record] = [
        Record(sequence: 20, .snapshot(snapshot)),
        Record(sequence: 21, .snapshot(Snapshot(number: 1, timestamp: 0, wallTime: 0))),
        Record(sequence: 22, .classSize(classSize(tree))),
        Record(sequence: 23, .classSize(classSize(nil))),
        Record(sequence: 24, .object(object([ObjectSize(timestamp: 3.25, size: tree)]))),
        Record(
            sequence: 25,
            .object(
                object(
                    [
                        ObjectSize(timestamp: 3.25, size: tree),
                        ObjectSize(timestamp: 4.25, size: SizedObject(name: "Factory", size: 7, flat: 1)),
                    ],
                    className: "Plant"
                )
            )
        ),
        Record(
            sequence: 26,
            .object(TrackedObjectRecord(id: 1, name: "Node", className: "Node", address: 0, birth: 0))
        ),
        Record(sequence: 27, .trace(TraceRecord(timestamp: 1, wallTime: 2, trace: trace))),
        Record(
            sequence: 28,
            .trace(TraceRecord(timestamp: 1, wallTime: 2, trace: InstantiationTrace(id: 1, frames: [])))
        ),
        Record(sequence: 29, .history(HistoryRecord(timestamp: 1, wallTime: 2, name: "Node", counts: history))),
        Record(sequence: 30, .spike(spike)),
        Record(sequence: 31, .end(end)),
        Record(.header(unitHeader)),
        Record(
            sequence: 1,
            .notice(Notice(timestamp: 1, wallTime: 2, severity: .error, component: "file", message: ""))
        ),
    ]
}
