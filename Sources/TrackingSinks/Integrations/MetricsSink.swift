#if Metrics
public import CoreMetrics
import Synchronization
public import TrackingRecords

/// Shows the latest sample, snapshot and spike as gauges of swift-metrics.
///
/// ```swift
/// let tracker = ClassTracker(sinks: { [MetricsSink(classes: ["MyApp.Connection", "MyApp.Session"])] })
/// ```
///
/// Which metrics there are is known from the beginning and does not grow with what is tracked: classes that are not named
/// here are summed up under the class `other`.
///
/// | metric | | unit |
/// |---|---|---|
/// | `class_tracker_resident_memory_bytes`, `class_tracker_virtual_memory_bytes` | gauges | bytes |
/// | `class_tracker_interval_peak_bytes` | gauge: the peak since the sample before | bytes |
/// | `class_tracker_threads` | gauge | |
/// | `class_tracker_tracked_bytes` | gauge: what all tracked objects hold | bytes |
/// | `class_tracker_class_bytes`, `class_tracker_class_instances` | gauges with the dimension `class` | bytes |
/// | `class_tracker_spikes_total` | counter | |
/// | `class_tracker_spike_excess_bytes` | gauge: the latest spike's height above normal | bytes |
/// | `class_tracker_dropped_records_total` | counter | |
///
/// It needs the package's trait `Metrics`.
public final class MetricsSink: RecordSink {
    /// Classes with metrics of their own at most.
    public static let classLimit = 100

    /// The name in records that tell of this sink.
    public let name = "metrics"

    // Their handlers are safe to be called from anywhere, by the contract of swift-metrics.
    private struct Gauges: @unchecked Sendable {
        let resident, virtual, peak, threads, tracked, spikeExcess: Gauge
        let spikes, dropped: Counter
        let classes: [String: (bytes: Gauge, instances: Gauge)]
        let other: (bytes: Gauge, instances: Gauge)
    }

    private struct State {
        var status = SinkStatus(name: "metrics", destination: "swift-metrics")
        /// Of the snapshot that is being told: what the classes without metrics of their own hold.
        var snapshot: Int?
        var otherBytes = 0
        var otherInstances = 0
        /// Classes of the snapshot that have been told.
        var told: Set<String> = []
    }

    private let gauges: Gauges
    private let state = Mutex(State())

    /// Makes a sink.
    ///
    /// - Parameters:
    ///   - classes: The names of tracked classes that have metrics of their own; the first ``classLimit`` of them.
    ///   - factory: Where metrics go; the system's without one.
    public init(classes: [String] = [], factory: (any MetricsFactory)? = nil) {
        let factory = factory ?? MetricsSystem.factory
        func gauge(_ name: String, _ type: String? = nil) -> Gauge {
            Gauge(label: "class_tracker_" + name, dimensions: type.map { [("class", $0)] } ?? [], factory: factory)
        }
        func pair(_ type: String) -> (bytes: Gauge, instances: Gauge) {
            (gauge("class_bytes", type), gauge("class_instances", type))
        }
        gauges = Gauges(
            resident: gauge("resident_memory_bytes"),
            virtual: gauge("virtual_memory_bytes"),
            peak: gauge("interval_peak_bytes"),
            threads: gauge("threads"),
            tracked: gauge("tracked_bytes"),
            spikeExcess: gauge("spike_excess_bytes"),
            spikes: Counter(label: "class_tracker_spikes_total", factory: factory),
            dropped: Counter(label: "class_tracker_dropped_records_total", factory: factory),
            classes: Dictionary(classes.prefix(Self.classLimit).map { ($0, pair($0)) }) { first, _ in first },
            other: pair("other")
        )
    }

    /// How the sink is doing.
    public var status: SinkStatus { state.withLock { $0.status } }

    /// Shows what a record says.
    public func receive(_ record: Record) {
        state.withLock { state in
            state.status.condition = .working
            state.status.delivered += 1
            if case .classSize(let size) = record.payload, size.snapshot == state.snapshot {
                show(size, &state)
                return
            }
            endSnapshot(&state)
            switch record.payload {
            case .sample(let sample): show(sample)
            case .snapshot(let snapshot):
                state.snapshot = snapshot.number
                gauges.tracked.record(snapshot.trackedTotal)
            case .spike(let spike):
                gauges.spikeExcess.record(spike.excess)
                if spike.state == .ended { gauges.spikes.increment() }
            case .drop(let drop): gauges.dropped.increment(by: drop.count)
            default: break
            }
        }
    }

    /// Ends a snapshot behind which nothing came.
    public func maintain() { state.withLock { endSnapshot(&$0) } }

    /// Ends the last snapshot; gauges keep their last values.
    public func close() { maintain() }

    private func show(_ sample: Sample) {
        if let value = sample.memory.residentSet { gauges.resident.record(value) }
        if let value = sample.memory.virtualSize { gauges.virtual.record(value) }
        if let value = sample.intervalPeak { gauges.peak.record(value) }
        if let value = sample.memory.threadCount { gauges.threads.record(value) }
    }

    private func show(_ record: ClassSizeRecord, _ state: inout State) {
        if let own = gauges.classes[record.name] {
            own.bytes.record(record.size.sum)
            own.instances.record(record.size.active)
            state.told.insert(record.name)
        } else {
            state.otherBytes += record.size.sum
            state.otherInstances += record.size.active
        }
    }

    private func endSnapshot(_ state: inout State) {
        guard state.snapshot != nil else { return }
        gauges.other.bytes.record(state.otherBytes)
        gauges.other.instances.record(state.otherInstances)
        // Whatever a snapshot does not tell of is not there any more.
        for (name, own) in gauges.classes where !state.told.contains(name) {
            own.bytes.record(0)
            own.instances.record(0)
        }
        (state.snapshot, state.otherBytes, state.otherInstances) = (nil, 0, 0)
        state.told.removeAll(keepingCapacity: true)
    }
}
#endif
