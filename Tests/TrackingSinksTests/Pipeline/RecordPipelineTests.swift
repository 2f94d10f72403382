import Dispatch
import Glibc
import Synchronization
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

@Suite("The pipeline to the sinks")
struct RecordPipelineTests {
    private func pipeline(_ sinks: TestSink..., capacity: Int = 1024) -> RecordPipeline {
        RecordPipeline(sinks: sinks, clock: StreamClock(), capacity: capacity)
    }

    @Test("Every sink gets every record in order, and is closed once")
    func delivers() {
        let (one, two) = (TestSink("one"), TestSink("two"))
        let pipeline = pipeline(one, two)
        pipeline.append(header().payload)
        for _ in 0..<100 { pipeline.append(sample(0).payload) }
        pipeline.append(end(0, samples: 100).payload)
        #expect(pipeline.close(patience: patience))
        for sink in [one, two] {
            #expect(sink.records.map(\.sequence) == Array(0...101))
            #expect(sink.ledger.problems == [])
            #expect(sink.closed == 1)
        }
        #expect(pipeline.refused == 0)
        #expect(pipeline.statuses.map(\.name) == ["one", "two"])
    }

    @Test("The first record does not wait for a nap of the thread")
    func firstRecord() {
        // The nap is a second; a busy machine may take as long once, but not each time.
        let isPrompt = (0..<20)
            .contains { _ in
                let sink = TestSink()
                let pipeline = pipeline(sink)
                let before = monotonicNanoseconds()
                pipeline.append(sample(0).payload)
                waitUntil { !sink.records.isEmpty }
                let waited = monotonicNanoseconds() - before
                pipeline.close(patience: patience)
                return waited < 700_000_000
            }
        #expect(isPrompt)
    }

    @Test(
        "Eight threads and a slow sink: each record arrives or is in a drop, in order",
        arguments: [0, 200] as [UInt32]
    )
    func hammering(delay: UInt32) {
        let sink = TestSink(delay: delay, keepsRecords: false)
        let pipeline = pipeline(sink, capacity: 64)
        let perThread = 3000
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for number in 0..<perThread {
                pipeline.append(number % 50 == thread ? spike(0).payload : sample(0).payload)
                if number.isMultiple(of: 100) { usleep(500) }
            }
        }
        // What is refused last is told before the next record that has a place.
        var appended = 8 * perThread
        var refused = -1
        while refused != pipeline.refused {
            usleep(2000)
            refused = pipeline.refused
            pipeline.append(spike(0).payload)
            appended += 1
        }
        #expect(pipeline.close(patience: patience))
        let ledger = sink.ledger
        #expect(ledger.problems == [])
        #expect(ledger.last == appended)
        #expect(ledger.lost == pipeline.refused)
    }

    @Test("Adding a record does not wait while a sink hangs")
    func appendNeverBlocks() {
        let sink = TestSink(keepsRecords: false, hangs: true)
        let pipeline = pipeline(sink, capacity: 4096)
        let times = Mutex<[UInt64]>([])
        DispatchQueue.concurrentPerform(iterations: 2) { _ in
            var own: [UInt64] = []
            for number in 0..<20_000 {
                let payload = sample(0).payload
                own.append(ThreadTime.asleep { pipeline.append(payload) })
                if number.isMultiple(of: 20) { usleep(1000) }
            }
            times.withLock { $0 += own }
        }
        let sorted = times.withLock { $0.sorted() }
        // Beyond the percentile the other thread may have lost the processor within the lock.
        #expect(sorted[sorted.count * 99 / 100] < 1_000_000, "99 %: asleep for \(sorted[sorted.count * 99 / 100]) ns")
        #expect(pipeline.refused > 30_000)
        sink.letGo()
        #expect(pipeline.close(patience: patience))
        #expect(sink.ledger.problems == [])
    }

    @Test("Status and responsiveness can be asked for while a real sink hangs")
    func askedWhileHanging() throws {
        let directory = TemporaryDirectory()
        let journal = try FakeJournal(at: directory.appending("socket"))
        let configuration = JournalSink.Configuration(interval: .zero, socketPath: journal.path.string)
        let sink = JournalSink(configuration, retry: .nanoseconds(1)...(.nanoseconds(1)))
        let pipeline = RecordPipeline(sinks: [sink], clock: StreamClock(), capacity: 64)
        // Each of these waits its 50 ms.
        for _ in 0..<40 { pipeline.append(spike(0).payload) }
        var times: [UInt64] = []
        for _ in 0..<200 {
            times.append(
                ThreadTime.asleep {
                    _ = pipeline.statuses
                    _ = pipeline.isResponsive(within: 1)
                }
            )
            usleep(1000)
        }
        // Each wait for the sink would be 50 ms.
        #expect(times.sorted()[150] < 1_000_000)
        pipeline.close(patience: .milliseconds(10))
    }

    @Test("Closing does not wait for a sink that hangs longer than its patience")
    func closePatience() {
        let sink = TestSink(hangs: true)
        let pipeline = pipeline(sink)
        for _ in 0..<10 { pipeline.append(sample(0).payload) }
        let before = monotonicNanoseconds()
        let asleep = ThreadTime.asleep { #expect(!pipeline.close(patience: .milliseconds(200))) }
        #expect(monotonicNanoseconds() - before >= 190_000_000)
        #expect(asleep < 2_000_000_000)
        #expect(sink.closed == 0)
        // What was there is still handed over when it goes on; what comes after the close is not taken.
        pipeline.append(sample(0).payload)
        sink.letGo()
        waitUntil { sink.closed == 1 }
        #expect(sink.records.count == 10)
        #expect(pipeline.close(patience: patience))
        #expect(pipeline.close(patience: .milliseconds(1)), "closed again")
        #expect(sink.closed == 1)
    }

    @Test("A pipeline that is let go closes its sinks")
    func letGo() {
        let sink = TestSink()
        do {
            let pipeline = pipeline(sink)
            pipeline.append(sample(0).payload)
        }
        waitUntil { sink.closed == 1 }
        #expect(sink.closed == 1)
        #expect(sink.records.count == 1)
    }

    @Test("What one sink has to tell reaches all of them, with its name")
    func notices() {
        let (one, two) = (TestSink("one"), TestSink("two"))
        let pipeline = pipeline(one, two)
        one.say("the disk is full")
        pipeline.append(sample(0).payload)
        #expect(pipeline.close(patience: patience))
        for sink in [one, two] {
            let notices = sink.records.compactMap { record in
                if case .notice(let notice) = record.payload { notice } else { nil }
            }
            #expect(notices.map(\.message) == ["the disk is full"])
            #expect(notices.map(\.component) == ["one"])
            #expect(notices.map(\.severity) == [.warning])
            #expect(sink.records.map(\.sequence) == [1, 2])
        }
    }

    @Test("Sinks are maintained between records, also while records keep coming")
    func maintained() {
        let sink = TestSink(delay: 2000, keepsRecords: false)
        let pipeline = pipeline(sink, capacity: 64)
        // Every second; the queue is never empty.
        let isMaintained = waitUntil {
            for _ in 0..<10 { pipeline.append(sample(0).payload) }
            return sink.maintained >= 1
        }
        #expect(isMaintained)
        #expect(pipeline.refused > 0)
        pipeline.close(patience: patience)
    }

    @Test("It is responsive while idle and working, and not while a sink hangs")
    func responsive() {
        let sink = TestSink()
        let pipeline = pipeline(sink)
        #expect(pipeline.isResponsive(within: 1))
        pipeline.append(sample(0).payload)
        waitUntil { sink.records.count == 1 }
        #expect(pipeline.isResponsive(within: 5_000_000_000))
        sink.state.withLock { $0.hangs = true }
        pipeline.append(sample(0).payload)
        waitUntil { !pipeline.isResponsive(within: 50_000_000) }
        #expect(!pipeline.isResponsive(within: 50_000_000))
        sink.letGo()
        waitUntil { pipeline.isResponsive(within: 50_000_000) }
        #expect(pipeline.isResponsive(within: 50_000_000))
        #expect(pipeline.close(patience: patience))
    }

    @Test("Without sinks it takes and closes all the same")
    func noSinks() {
        let pipeline = pipeline()
        for _ in 0..<100 { pipeline.append(sample(0).payload) }
        #expect(pipeline.close(patience: patience))
    }
}
