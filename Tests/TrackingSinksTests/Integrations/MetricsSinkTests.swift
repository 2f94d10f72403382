#if Metrics
import CoreMetrics
import Dispatch
import Glibc
import MetricsTestKit
import Synchronization
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

/// A backend whose gauges hang.
private final class HangingMetrics: MetricsFactory, RecorderHandler {
    let isHanging = DispatchSemaphore(value: 0)
    let gate = DispatchSemaphore(value: 0)

    func record(_ value: Int64) { hang() }
    func record(_ value: Double) { hang() }

    private func hang() {
        isHanging.signal()
        gate.wait()
        gate.signal()
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        NOOPMetricsHandler.instance
    }
    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler { self }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { NOOPMetricsHandler.instance }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}

@Suite("Metrics")
struct MetricsSinkTests {
    private let metrics = TestMetrics()

    private func gauge(_ label: String, _ type: String? = nil) throws -> Double? {
        try metrics.expectGauge("class_tracker_" + label, type.map { [("class", $0)] } ?? []).lastValue
    }

    @Test("Samples, snapshots and spikes are shown")
    func values() throws {
        let sink = MetricsSink(classes: ["Class1", "Gone"], factory: metrics)
        sink.receive(sample(1, resident: 100 << 20, peak: 120 << 20))
        var first = snapshot(1, classes: 4)
        first.trackedTotal = 600
        first.classes["Gone"] = ClassSize()
        first.classes["Gone"]?.active = 7
        for record in records(of: first) { sink.receive(record) }
        sink.receive(spike(3))
        #expect(try gauge("resident_memory_bytes") == Double(100 << 20))
        #expect(try gauge("virtual_memory_bytes") == Double(1 << 30))
        #expect(try gauge("interval_peak_bytes") == Double(120 << 20))
        #expect(try gauge("tracked_bytes") == 600)
        #expect(try gauge("spike_excess_bytes") == Double(200 << 20))
        #expect(try gauge("class_bytes", "Class1") == 100)
        #expect(try gauge("class_instances", "Class1") == 1)
        #expect(try gauge("class_instances", "Gone") == 7)
        // Class0, 2 and 3.
        #expect(try gauge("class_bytes", "other") == 500)
        #expect(try gauge("class_instances", "other") == 3)
        #expect(try gauge("last_sample_timestamp_seconds") == start + 1)
        #expect(try gauge("spike_peak_bytes") == Double(300 << 20))
        #expect(try gauge("spike_active") == 1)
        #expect(try metrics.expectCounter("class_tracker_spikes_total").values == [1])

        for record in records(of: snapshot(2, classes: 2)) { sink.receive(record) }
        sink.maintain()
        #expect(try gauge("class_instances", "Gone") == 0)
        #expect(try gauge("class_bytes", "other") == 0)
        #expect(sink.status.condition == .working)
        sink.close()
    }

    @Test("Whoever asks how the sink is does not wait for a backend that hangs")
    func hangingBackend() {
        let backend = HangingMetrics()
        let sink = MetricsSink(factory: backend)
        let isDone = Atomic(false)
        let thread = startThread { sink.receive(sample(1, resident: 100 << 20, peak: 120 << 20)) }
        backend.isHanging.wait()
        let asking = startThread { isDone.store(sink.status.delivered == 1, ordering: .sequentiallyConsistent) }
        #expect(waitUntil(seconds: 60) { isDone.load(ordering: .sequentiallyConsistent) })
        backend.gate.signal()
        pthread_join(thread, nil)
        pthread_join(asking, nil)
        sink.close()
    }

    @Test("A thousand classes make no more metrics than were asked for")
    func bounded() {
        let sink = MetricsSink(classes: (0..<500).map { "Class\($0)" }, factory: metrics)
        let before = metrics.recorders.count
        for number in 1...3 {
            for record in records(of: snapshot(number, classes: 1000)) { sink.receive(record) }
        }
        sink.close()
        #expect(metrics.recorders.count == before)
        #expect(before <= TrackerMetric.allCases.count + 2 * (TrackerMetric.classLimit + 1))
    }
}
#endif
