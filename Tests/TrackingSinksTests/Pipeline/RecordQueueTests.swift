import Testing
import TrackingRecords

@testable import TrackingSinks

@Suite("The queue of records")
struct RecordQueueTests {
    private func drain(_ queue: inout RecordQueue) -> [Record] {
        var records: [Record] = []
        while let record = queue.removeFirst() { records.append(record) }
        return records
    }

    @Test("It is bounded, and samples are refused before spikes and notices")
    func bounded() {
        var queue = RecordQueue(capacity: 32)
        for _ in 0..<100 { queue.append(sample(0).payload) }
        #expect(queue.refused == 70)
        queue.append(spike(0).payload)
        queue.append(notice(0, "x").payload)
        queue.append(spike(0).payload)
        #expect(queue.refused == 71)
        let records = drain(&queue)
        #expect(records.count == 33)
        #expect(records.suffix(3).map(\.kind) == [.drop, .spike, .notice])
        #expect(queue.isEmpty)
    }

    @Test("Records are numbered from 1, headers and drops are not")
    func numbers() {
        var queue = RecordQueue(capacity: 8)
        queue.append(header().payload)
        for _ in 0..<3 { queue.append(sample(99).payload) }
        queue.append(header().payload)
        queue.append(end(0, samples: 3).payload)
        #expect(drain(&queue).map(\.sequence) == [0, 1, 2, 3, 0, 4])
    }

    @Test("A drop stands where the records are missing and covers exactly those")
    func exactDrops() {
        var queue = RecordQueue(capacity: 16)
        var told = Ledger()
        // Samples fill it; between two that are refused a spike is taken.
        for _ in 0..<14 { queue.append(sample(0).payload) }
        for _ in 0..<3 { queue.append(sample(0).payload) }
        queue.append(spike(0).payload)
        for _ in 0..<2 { queue.append(sample(0).payload) }
        queue.append(spike(0).payload)
        queue.append(spike(0).payload)
        for record in drain(&queue) { told.add(record) }
        #expect(told.problems == [])
        #expect(told.drops.map { [$0.firstSequence, $0.lastSequence, $0.count] } == [[15, 17, 3], [19, 20, 2]])
        // What was refused last is told before the next record.
        queue.append(sample(0).payload)
        for record in drain(&queue) { told.add(record) }
        #expect(told.drops.last.map { [$0.firstSequence, $0.lastSequence, $0.count] } == [22, 22, 1])
        #expect(told.problems == [])
        #expect(told.last == 23)
    }

    @Test("A lasting overload is told while it lasts")
    func overload() {
        var queue = RecordQueue(capacity: 8)
        var told = Ledger()
        for _ in 0..<1000 {
            for _ in 0..<3 { queue.append(sample(0).payload) }
            if let record = queue.removeFirst() { told.add(record) }
        }
        #expect(told.drops.count > 400)
        #expect(told.last > 1000)
        for record in drain(&queue) { told.add(record) }
        #expect(told.problems == [])
    }

    @Test("The end has a place in a queue that is full, and nothing comes after it")
    func lastPlace() {
        var queue = RecordQueue(capacity: 8)
        for _ in 0..<20 { queue.append(spike(0).payload) }
        queue.append(end(0, samples: 3).payload)
        queue.append(notice(0, "too late").payload)
        #expect(queue.refused == 12)
        #expect(drain(&queue).suffix(2).map(\.kind) == [.drop, .end])
    }

    @Test("A header that is refused is nobody's missing record")
    func refusedHeader() {
        var queue = RecordQueue(capacity: 8)
        for _ in 0..<8 { queue.append(spike(0).payload) }
        queue.append(header().payload)
        #expect(queue.refused == 1)
        _ = drain(&queue)
        queue.append(sample(0).payload)
        #expect(drain(&queue).map(\.sequence) == [9])
    }

    @Test("A capacity out of range is raised to the smallest that works", arguments: [-5, 0, 1])
    func smallest(capacity: Int) {
        var queue = RecordQueue(capacity: capacity)
        for _ in 0..<20 { queue.append(sample(0).payload) }
        #expect(drain(&queue).count == 6)
    }
}
