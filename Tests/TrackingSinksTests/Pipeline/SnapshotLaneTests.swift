import Dispatch
import Glibc
import Synchronization
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

@Suite("Snapshots in the queue")
struct SnapshotLaneTests {
    private func drain(_ queue: inout RecordQueue) -> [Record] {
        var records: [Record] = []
        while true {
            if let record = queue.removeFirst() {
                records.append(record)
            } else if let source = queue.source {
                queue.give(source.next())
            } else {
                return records
            }
        }
    }

    private func append(_ snapshot: Snapshot, _ burst: RecordBurst? = nil, to queue: inout RecordQueue) {
        queue.append(snapshot, names: snapshot.namesBySize, burst)
    }

    @Test("A snapshot comes with its classes behind it, the largest first, and its objects behind those")
    func order() {
        var queue = RecordQueue(capacity: 8)
        append(snapshot(1, classes: 3), Objects(4).burst, to: &queue)
        let records = drain(&queue)
        #expect(
            records.map(\.kind) == [.snapshot, .classSize, .classSize, .classSize, .object, .object, .object, .object]
        )
        #expect(records.map(\.sequence) == Array(1...8))
        let names = records.compactMap { record in
            if case .classSize(let size) = record.payload { size.name } else { nil }
        }
        #expect(names == ["Class2", "Class1", "Class0"])
        #expect(queue.isEmpty)
        #expect(queue.refused == 0)
    }

    @Test("Whatever else is there goes before classes and objects")
    func priorities() {
        var queue = RecordQueue(capacity: 8)
        append(snapshot(1), Objects(2).burst, to: &queue)
        queue.append(sample(0).payload)
        #expect(queue.removeFirst()?.kind == .sample)
        #expect(queue.removeFirst()?.kind == .snapshot)
        queue.append(spike(0).payload)
        #expect(queue.removeFirst()?.kind == .spike)
        #expect(queue.removeFirst()?.kind == .classSize)
        #expect(queue.removeFirst()?.kind == .classSize)
        #expect(queue.removeFirst() == nil)
        // An object that was made when the spike came waits for it, and for the next snapshot.
        queue.give(queue.source?.next())
        queue.append(spike(0).payload)
        append(snapshot(2, classes: 0), to: &queue)
        let records = drain(&queue)
        #expect(records.map(\.kind) == [.spike, .snapshot, .object, .object])
        #expect(records.map(\.sequence) == [6, 7, 8, 9])
    }

    @Test("What there is no room for is counted and told, and snapshots by hand have room that periodic ones have not")
    func bounded() {
        var queue = RecordQueue(capacity: 8)
        for number in 1...10 { append(snapshot(number), Objects(100).burst, to: &queue) }
        // Four heads and two bursts have room; objects are told with a later snapshot.
        #expect(queue.refused == 6 * 3)
        for number in 11...20 { append(snapshot(number, isPeriodic: false), to: &queue) }
        #expect(queue.refused == 6 * 3 + 6 * 3)
        var told = Ledger()
        for record in drain(&queue) { told.add(record) }
        #expect(told.last == 8 * 3 + 200)
        #expect(told.lost == 0)
        queue.append(sample(0).payload)
        for record in drain(&queue) { told.add(record) }
        #expect(told.problems == [])
        #expect(told.lost == queue.refused)
    }

    @Test("Objects that find no room are lost only where no snapshot comes after")
    func postponed() {
        for isLast in [false, true] {
            var queue = RecordQueue(capacity: 8)
            for number in 1...3 { append(snapshot(number), Objects(10).burst, to: &queue) }
            var told = Ledger()
            for record in drain(&queue) { told.add(record) }
            if !isLast { append(snapshot(4), Objects(10).burst, to: &queue) }
            queue.append(end(0, samples: 0).payload)
            for record in drain(&queue) { told.add(record) }
            #expect(queue.refused == (isLast ? 10 : 0))
            #expect(told.problems == [])
            #expect(told.lost == queue.refused)
        }
    }

    @Test("The end comes behind all objects, or behind what is told of those there was no time for")
    func lastPlace() {
        for abandons in [false, true] {
            var queue = RecordQueue(capacity: 8)
            var told = Ledger()
            append(snapshot(1), Objects(50).burst, to: &queue)
            queue.append(sample(0).payload)
            queue.append(end(0, samples: 1).payload)
            append(snapshot(2), Objects(50).burst, to: &queue)
            for _ in 0..<3 { _ = queue.removeFirst().map { told.add($0) } }
            #expect(queue.removeFirst().map { told.add($0) } != nil)
            for _ in 0..<10 {
                queue.give(queue.source?.next())
                _ = queue.removeFirst().map { told.add($0) }
            }
            // One is made and not taken.
            queue.give(queue.source?.next())
            if abandons { queue.abandonBursts() }
            let records = drain(&queue)
            for record in records { told.add(record) }
            #expect(told.problems == [])
            #expect(records.last?.kind == .end)
            #expect(told.lost == (abandons ? 40 : 0))
            #expect(told.last == 55)
            #expect(queue.isEmpty)
        }
    }

    @Test("A burst is held to its number: fewer are not missed, more are not taken")
    func counts() {
        var queue = RecordQueue(capacity: 8)
        append(snapshot(1, classes: 0), Objects(3).burst(of: 10), to: &queue)
        #expect(drain(&queue).count == 4)
        append(snapshot(2, classes: 0), Objects(10).burst(of: 3), to: &queue)
        #expect(drain(&queue).count == 4)
        #expect(queue.isEmpty)
        #expect(queue.refused == 0)
    }

    @Test("A hundred thousand objects reach the sink, and no sample and no spike is lost or waits for them")
    func burst() {
        let sink = TestSink(keepsRecords: false)
        let pipeline = RecordPipeline(sinks: [sink], clock: StreamClock(), capacity: 64)
        let objects = Objects(100_000)
        pipeline.append(snapshot(1, classes: 500), objects: objects.burst)
        var longest: UInt64 = 0
        for number in 0..<50 {
            let payload = number.isMultiple(of: 10) ? spike(0).payload : sample(0).payload
            longest = max(longest, ThreadTime.asleep { pipeline.append(payload) })
            usleep(500)
        }
        waitUntil { objects.made.withLock { $0 } == objects.count }
        pipeline.append(end(0, samples: 45).payload)
        #expect(pipeline.close(patience: patience))
        #expect(sink.ledger.problems == [])
        #expect(sink.ledger.last == 100_000 + 501 + 51)
        #expect(sink.ledger.lost == 0)
        #expect(pipeline.refused == 0)
        #expect(longest < 300_000_000, "asleep for \(longest) ns")
    }

    @Test("With a sink that is slow, a stop waits half a second for objects and no longer, and the rest is counted")
    func slowEnd() {
        let sink = TestSink(delay: 1000)
        let pipeline = RecordPipeline(sinks: [sink], clock: StreamClock(), capacity: 64)
        pipeline.append(snapshot(1), objects: Objects(100_000).burst)
        waitUntil { sink.records.count > 3 }
        pipeline.append(end(0, samples: 0).payload)
        #expect(pipeline.close(patience: patience))
        #expect(sink.ledger.problems == [])
        #expect(sink.ledger.last == 100_004)
        #expect(sink.ledger.lost > 90_000)
        #expect(sink.records.last?.kind == .end)
    }
}
