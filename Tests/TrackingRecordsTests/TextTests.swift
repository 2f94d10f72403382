import Glibc
import Testing
import TrackingTestSupport

@testable import TrackingRecords

@Suite("Numbers, sizes and times as people read them")
struct TextTests {
    @Test(
        "Sizes have one decimal and a binary unit",
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1_048_575, "1.0 MiB"),
            (1_048_576, "1.0 MiB"), (268 << 20, "268.0 MiB"), (-1536, "-1.5 KiB"), (3 << 40, "3.0 TiB"),
            (Int.max, "8.0 EiB"), (Int.min, "-8.0 EiB"), (10_000_000, "9.5 MiB"), (1_073_700_000, "1.0 GiB"),
        ]
    )
    func sizes(bytes: Int, text: String) {
        #expect(ByteText(bytes).description == text)
    }

    @Test(
        "Times have the unit a person would use",
        arguments: [
            (0.0, "0 ms"), (0.25, "250 ms"), (1, "1 s"), (1.54, "1.5 s"), (59.99, "60 s"), (200, "3 min 20 s"),
            (7261, "2 h 1 min"),
        ]
    )
    func times(seconds: Double, text: String) {
        #expect(TimeText(seconds).description == text)
    }

    @Test(
        "A scale of bytes has no more decimals than it needs",
        arguments: [
            (0, "0 B"), (512, "512 B"), (64 << 20, "64 MiB"), (1_342_177_280, "1.25 GiB"), (1 << 60, "1 EiB"),
            (-(3 << 19), "-1.5 MiB"), (1_048_575, "1023.999 KiB"), (1_073_741_823, "1 GiB"), (Int.max, "8 EiB"),
        ]
    )
    func shortSizes(bytes: Int, text: String) {
        #expect(ByteText(bytes).short == text)
    }

    @Test(
        "Every size is read back to within half of its last decimal, and none has four digits before the unit changes"
    )
    func anySize() throws {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            let bytes = Int.random(in: 0...Int.max, using: &generator) >> Int.random(in: 0..<63, using: &generator)
            for (text, decimals) in [(ByteText(bytes).description, 1), (ByteText(bytes).short, 3)] {
                let words = text.split(separator: " ")
                let unit = try #require(units.firstIndex(of: String(words[1])))
                let number = try #require(Double(words[0]))
                let error = abs(number * pow(1024, Double(unit)) - Double(bytes)) / pow(1024, Double(unit))
                #expect(error <= 0.51 / pow(10, Double(decimals)), "\(bytes): \(text)")
                #expect(number < 1024 && (number >= 1 || unit == 0), "\(bytes): \(text)")
            }
        }
    }

    @Test(
        "A fine time has three digits, down to microseconds",
        arguments: [
            (-1.0, "0 µs"), (0, "0 µs"), (5e-6, "5 µs"), (0.000_31, "0.31 ms"), (0.0099, "9.90 ms"),
            (0.012_44, "12.4 ms"),
            (0.099_99, "100 ms"), (0.25, "250 ms"), (1.54, "1.5 s"), (200, "3 min 20 s"),
        ]
    )
    func fineTimes(seconds: Double, text: String) {
        #expect(TimeText(seconds, .fine).description == text)
    }

    @Test(
        "The time since a tracker began is that of a clock",
        arguments: [(0.25, "00:00:00.25"), (62.256, "00:01:02.25"), (360_000, "100:00:00.00"), (-1, "00:00:00.00")]
    )
    func clock(seconds: Double, text: String) {
        #expect(TimeText.clock(seconds) == text)
    }

    @Test(
        "No number is too large, too small or no number for a text of a time",
        arguments: [1e300, -1e300, .nan, .infinity]
    )
    func nonsense(seconds: Double) {
        #expect(!TimeText(seconds).description.isEmpty && !TimeText(seconds, .fine).description.isEmpty)
        #expect(!TimeText.clock(seconds).isEmpty && !DecimalText.number(seconds).isEmpty)
        #expect(WallTime(seconds).fullTenths == "1970-01-01 00:00:00.0")
    }

    @Test(
        "Decimals have no zeros at the end",
        arguments: [(0.0, "0"), (12.25, "12.25"), (-0.5, "-0.5"), (0.0004, "0"), (2.0005, "2.001"), (0.05, "0.05")]
    )
    func decimals(number: Double, text: String) {
        #expect(DecimalText.number(number) == text)
    }

    @Test("A change has a sign above zero, too")
    func signs() {
        #expect([-1, 0, 1].map { signed($0, CountText($0)) } == ["-1", "0", "+1"])
    }

    @Test(
        "Numbers have commas from five digits on",
        arguments: [(0, "0"), (9999, "9999"), (10_000, "10,000"), (-1_234_567, "-1,234,567")]
    )
    func grouped(number: Int, text: String) {
        #expect(CountText(number).description == text)
    }

    @Test("Dates are those of the C library, before 1970 too")
    func calendar() {
        for day in stride(from: -200_000, to: 200_000, by: 97) {
            var (time, parts) = (time_t(day * 86_400 + 3_723), tm())
            gmtime_r(&time, &parts)
            let text = WallTime(Double(time)).full
            let date = text.split(separator: " ")[0].split(separator: "-", omittingEmptySubsequences: true)
                .map { Int($0) }
            #expect(date == [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)], "\(day)")
            #expect(text.hasSuffix(" 01:02:03"))
        }
        #expect(WallTime(1_795_377_600.25).fullTenths == "2026-11-22 20:00:00.2")
        #expect(WallTime(1_795_377_600.25).day == "Nov 22")
        #expect(WallTime(-0.25).full == "1969-12-31 23:59:59")
        #expect(WallTime(-0.5).tenths == "23:59:59.5")
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
                == "memory spike 3: peak 300.0 MiB, 290.0 MiB above the normal 10.0 MiB, stays at 200.0 MiB, within 1 s; "
                + "4 firings suppressed before it"
        )
    }
}
