import Synchronization
import Testing

@testable import TrackingRecords

@Suite("Times of a stream")
struct StreamClockTests {
    /// Clocks that a test sets.
    private final class Clocks: Sendable {
        let reading = Mutex(StreamClock.Reading(boot: 5_000_000_000, real: 1_000_000_000_000))

        func pass(boot: Double, real: Double) {
            reading.withLock {
                $0.boot += Int64(boot * 1e9)
                $0.real += Int64(real * 1e9)
            }
        }
    }

    @Test("A clock set back does not make wall times go back")
    func setBack() {
        let clocks = Clocks()
        let clock = StreamClock { clocks.reading.withLock { $0 } }
        clocks.pass(boot: 10, real: 10)
        #expect(clock.now() == StreamClock.Moment(timestamp: 10, wallTime: 1010, clockBehind: nil))
        clocks.pass(boot: 1, real: 1 - 3600)
        #expect(clock.now() == StreamClock.Moment(timestamp: 11, wallTime: 1011, clockBehind: 3600))
        clocks.pass(boot: 1, real: 1)
        #expect(clock.now() == StreamClock.Moment(timestamp: 12, wallTime: 1012, clockBehind: 3600))
    }

    @Test("A clock set forward is followed")
    func setForward() {
        let clocks = Clocks()
        let clock = StreamClock { clocks.reading.withLock { $0 } }
        clocks.pass(boot: 1, real: 3601)
        #expect(clock.now() == StreamClock.Moment(timestamp: 1, wallTime: 4601, clockBehind: nil))
    }

    @Test("Suspended time counts")
    func suspended() {
        let before = StreamClock.Reading.now()
        let after = StreamClock.Reading.now()
        #expect(after.boot >= before.boot)
        let clocks = Clocks()
        let clock = StreamClock { clocks.reading.withLock { $0 } }
        clocks.pass(boot: 28_800, real: 28_800)
        #expect(clock.now().timestamp == 28_800)
    }
}

@Suite("Sizes and times for people")
struct DescriptionTests {
    @Test(
        "Sizes have one decimal and a binary unit",
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1_048_575, "1.0 MiB"),
            (1_048_576, "1.0 MiB"), (268 << 20, "268.0 MiB"), (-1536, "-1.5 KiB"), (3 << 40, "3.0 TiB"),
            (Int.max, "8.0 EiB"), (Int.min, "-8.0 EiB"), (10_000_000, "9.5 MiB"), (1_073_700_000, "1.0 GiB"),
        ]
    )
    func sizes(bytes: Int, text: String) {
        #expect(ByteCount(bytes).description == text)
    }

    @Test(
        "Times have the unit a person would use",
        arguments: [
            (0.0, "0 ms"), (0.25, "250 ms"), (1, "1 s"), (1.54, "1.5 s"), (59.99, "60 s"), (200, "3 min 20 s"),
            (7261, "2 h 1 min"),
        ]
    )
    func times(seconds: Double, text: String) {
        #expect(Seconds(seconds).description == text)
    }

    @Test("A sample's message is the same as a text and written to a journal entry")
    func sampleMessage() {
        var sample = Sample(timestamp: 1, wallTime: 2, memory: ProcessMemory())
        #expect(Record(.sample(sample)).message == "the kernel gave no memory figures")
        sample.memory.threadCount = 1
        #expect(Record(.sample(sample)).message == "1 thread")
        sample.memory.residentSet = 1536
        sample.intervalPeak = 300 << 20
        sample.memory.virtualSize = 3 << 40
        sample.memory.threadCount = 12
        sample.window = Sample.Window(count: 10, minimum: 1, mean: 2, maximum: 3)
        sample.missedTicks = 2
        let text = "resident 1.5 KiB, peak 300.0 MiB, virtual 3.0 TiB, 12 threads, 10 samples, 2 ticks missed"
        let record = Record(.sample(sample))
        #expect(record.message == text)
        var writer = FieldWriter(style: .journal)
        writer.message(of: record)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
    }

    @Test("A spike's message says height, fate and time")
    func spikeMessage() {
        let message = Record(.spike(.example)).message
        #expect(
            message
                == "memory spike 3: peak 300.0 MiB, 290.0 MiB above the normal 10.0 MiB, stays at 200.0 MiB, within 1 s"
        )
    }
}
