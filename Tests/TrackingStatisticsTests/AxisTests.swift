#if HTML
import Glibc
import Testing

@testable import TrackingStatistics

@Suite("Scales of charts")
struct AxisTests {
    @Test(
        "Bytes have steps that are powers of two, and reach the largest value",
        arguments: [
            (0, ["0", "1 B"]), (5, ["0", "1 B", "2 B", "3 B", "4 B", "5 B"]),
            (1000, ["0", "256 B", "512 B", "768 B", "1 KiB"]),
            (35 << 20, ["0", "8 MiB", "16 MiB", "24 MiB", "32 MiB", "40 MiB"]),
            (1200 << 20, ["0", "256 MiB", "512 MiB", "768 MiB", "1 GiB", "1.25 GiB"]),
        ]
    )
    func bytes(largest: Int, labels: [String]) {
        #expect(Axis.bytes(upTo: largest).ticks.map(\.label) == labels)
    }

    @Test(
        "Counts have steps of 1, 2, 5, 10 and so on",
        arguments: [
            (3, ["0", "1", "2", "3"]), (7, ["0", "2", "4", "6", "8"]), (234, ["0", "50", "100", "150", "200", "250"]),
            (48_000, ["0", "10 k", "20 k", "30 k", "40 k", "50 k"]), (3_000_000, ["0", "1 M", "2 M", "3 M"]),
        ]
    )
    func counts(largest: Int, labels: [String]) {
        #expect(Axis.counts(upTo: largest).ticks.map(\.label) == labels)
    }

    @Test("For any largest value there are two to six ticks, the last one at or above it")
    func anyLargest() {
        var largest = 0
        while largest < Int.max / 3 {
            for axis in [Axis.bytes(upTo: largest), .counts(upTo: largest)] {
                #expect((2...6).contains(axis.ticks.count), "\(largest)")
                #expect(axis.range.upperBound >= Double(largest))
                #expect(axis.ticks.map(\.value) == axis.ticks.map(\.value).sorted())
                // No more than half of the chart is empty.
                #expect(largest < 2 || axis.range.upperBound < 2 * Double(largest) + 2, "\(largest)")
            }
            largest += largest / 7 + 1
        }
    }

    @Test(
        "Ticks of time are round wall times",
        arguments: [
            (20.0, ["20:00:05", "20:00:10", "20:00:15", "20:00:20"]),
            (0.4, ["20:00:00.2", "20:00:00.3", "20:00:00.4", "20:00:00.5"]),
            (7200.0, ["20:30", "21:00", "21:30", "22:00"]),
            (86_400.0, ["Nov 23", "06:00", "12:00", "18:00"]), (345_600.0, ["Nov 23", "Nov 24", "Nov 25", "Nov 26"]),
        ]
    )
    func times(length: Double, labels: [String]) {
        // A tracker that began at 20:00:00.125.
        let axis = TimeAxis.axis(0...length, start: Fixture.start + 0.125, count: 4)
        #expect(axis.ticks.map(\.label) == labels)
        #expect(axis.ticks.allSatisfy { $0.value >= 0 && $0.value <= length })
    }

    @Test("For any length of time the labels differ and are at most 17")
    func anyLength() {
        var length = 0.004
        while length < 1e9 {
            let ticks = TimeAxis.axis(12...12 + length, start: 1_795_377_600).ticks
            #expect((1...17).contains(ticks.count), "\(length)")
            #expect(length > 86_000 || Set(ticks.map(\.label)).count == ticks.count, "\(length): \(ticks)")
            length *= 1.7
        }
        #expect(TimeAxis.axis(0...1, start: .infinity).ticks == [])
    }

    @Test(
        "Logarithms are those of the C library to nine digits",
        arguments: [1e-6, 0.001, 0.5, 1, 2, 9.99, 86_400, 1e9]
    )
    func logarithm(number: Double) {
        #expect(abs(Axis.logarithm(number) - log10(number)) < 1e-9)
    }

    @Test("A scale of lifetimes has all of them", arguments: [(1e-6, 1e-6), (0.17, 1.01), (2, 2), (1e-9, 1e12)])
    func lifetimes(low: Double, high: Double) {
        let axis = Axis.lifetimes(low...high)
        #expect(axis.ticks.count >= 2)
        #expect(axis.range.lowerBound <= Axis.logarithm(max(1e-6, low)))
        #expect(axis.range.upperBound >= Axis.logarithm(min(high, 8e7)))
    }
}
#endif
