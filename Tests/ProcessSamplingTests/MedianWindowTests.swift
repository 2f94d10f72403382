import Testing

@testable import ProcessSampling

@Suite("Median of the latest values")
struct MedianWindowTests {
    @Test("Median and deviation are those of sorting, for any sequence", arguments: 1...12)
    func againstSorting(capacity: Int) {
        var window = MedianWindow(capacity: capacity)
        var values: [Int] = []
        for step in 0..<300 {
            let value = (step * 7919) % 101 / (step % 3 + 1)
            window.append(value)
            values.append(value)
            let latest = values.suffix(capacity).sorted()
            let median = latest[(latest.count - 1) / 2]
            let distances = latest.map { abs($0 - median) }.sorted()
            #expect(window.median == median)
            #expect(window.medianAbsoluteDeviation == distances[distances.count / 2])
        }
    }

    @Test("An empty window has no median")
    func empty() {
        var window = MedianWindow(capacity: 3)
        #expect(window.median == nil)
        #expect(window.medianAbsoluteDeviation == 0)
        window.append(5)
        window.removeAll()
        #expect(window.median == nil)
        window.append(7)
        #expect(window.median == 7)
    }
}
