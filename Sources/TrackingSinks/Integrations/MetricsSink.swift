#if Metrics
public import CoreMetrics
import Synchronization
public import TrackingRecords

/// Publishes the latest sample, snapshot and spike as gauges of swift-metrics.
///
/// ```swift
/// let tracker = ClassTracker(sinks: { [MetricsSink(classes: ["MyApp.Connection", "MyApp.Session"])] })
/// ```
///
/// The set of metrics is fixed when the sink is created and does not grow with the tracked classes: classes that are
/// not named here are summed up under the class `other`.
///
/// | metric | | unit |
/// |---|---|---|
/// | `class_tracker_resident_memory_bytes`, `class_tracker_virtual_memory_bytes` | gauges | bytes |
/// | `class_tracker_interval_peak_bytes` | gauge: the highest peak of the last 60 s, so that a scrape a minute misses none | bytes |
/// | `class_tracker_memory_limit_bytes` | gauge: the memory limit of the process, if there is one | bytes |
/// | `class_tracker_threads` | gauge | |
/// | `class_tracker_tracked_bytes` | gauge: the size of all tracked objects | bytes |
/// | `class_tracker_class_bytes`, `class_tracker_class_instances` | gauges with the dimension `class` | bytes |
/// | `class_tracker_spikes_total` | counter: spikes, each when it begins | |
/// | `class_tracker_spike_active` | gauge: 1 during a spike, otherwise 0 | |
/// | `class_tracker_spike_peak_bytes`, `class_tracker_spike_excess_bytes` | gauges: the latest spike's peak, and its height above the baseline | bytes |
/// | `class_tracker_spike_timestamp_seconds` | gauge: the time of the latest spike's peak | seconds since 1970 |
/// | `class_tracker_dropped_records_total` | counter | |
/// | `class_tracker_start_time_seconds`, `class_tracker_last_sample_timestamp_seconds` | gauges: the times of the run's begin and of its last sample | seconds since 1970 |
///
/// `class-tracker metrics` computes the same metrics from records, outside the process.
///
/// It needs the package's trait `Metrics`.
public final class MetricsSink: RecordSink {
    /// The name of the sink in records.
    public let name = "metrics"

    // By the contract of swift-metrics, its handlers may be called from any thread.
    private struct Gauges: @unchecked Sendable {
        let resident, virtual, peak, limit, threads, tracked: Gauge
        let spikeActive, spikePeak, spikeExcess, spikeTime, startTime, lastSampleTime: Gauge
        let spikes, dropped: Counter
        let classes: [String: (bytes: Gauge, instances: Gauge)]
        let other: (bytes: Gauge, instances: Gauge)
    }

    private struct State {
        /// The number of the snapshot whose classes are being received.
        var snapshot: Int?
        var otherBytes = 0
        var otherInstances = 0
        /// The classes of the snapshot that have been published.
        var published: Set<String> = []
        /// The latest spike.
        var ledger = SpikeLedger(limit: 1)
        var shown: Spike?
        var peaks = PeakHold()
    }

    private let gauges: Gauges
    /// Held during calls of a backend, however long they take.
    private let state = Mutex(State())
    /// Separate, because a reader of the status must not wait for a backend, and may be one.
    private let known = Mutex(SinkStatus(name: "metrics", destination: "swift-metrics"))

    /// Creates a sink.
    ///
    /// - Parameters:
    ///   - classes: The names of tracked classes that have metrics of their own; the first 100 of them.
    ///   - factory: The factory that creates the metrics; `nil` for the system's.
    public init(classes: [String] = [], factory: (any MetricsFactory)? = nil) {
        let factory = factory ?? MetricsSystem.factory
        func gauge(_ metric: TrackerMetric, _ type: String? = nil) -> Gauge {
            Gauge(
                label: metric.name,
                dimensions: type.map { [("class", $0.shortened(to: 240))] } ?? [],
                factory: factory
            )
        }
        func pair(_ type: String) -> (bytes: Gauge, instances: Gauge) {
            (gauge(.classBytes, type), gauge(.classInstances, type))
        }
        gauges = Gauges(
            resident: gauge(.residentMemory),
            virtual: gauge(.virtualMemory),
            peak: gauge(.intervalPeak),
            limit: gauge(.memoryLimit),
            threads: gauge(.threads),
            tracked: gauge(.tracked),
            spikeActive: gauge(.spikeActive),
            spikePeak: gauge(.spikePeak),
            spikeExcess: gauge(.spikeExcess),
            spikeTime: gauge(.spikeTime),
            startTime: gauge(.startTime),
            lastSampleTime: gauge(.lastSampleTime),
            spikes: Counter(label: TrackerMetric.spikes.name, factory: factory),
            dropped: Counter(label: TrackerMetric.droppedRecords.name, factory: factory),
            classes: Dictionary(classes.prefix(TrackerMetric.classLimit).map { ($0, pair($0)) }) { first, _ in first },
            other: pair(TrackerMetric.otherClass)
        )
    }

    /// The status of the sink.
    public var status: SinkStatus { known.withLock { $0 } }

    /// Publishes the figures of a record.
    public func receive(_ record: Record) {
        known.withLock { known in
            known.condition = .working
            known.delivered += 1
        }
        state.withLock { state in
            if case .classSize(let size) = record.payload, size.snapshot == state.snapshot {
                show(size, &state)
                return
            }
            endSnapshot(&state)
            let spikes = state.ledger.count
            state.ledger.add(record.payload)
            if state.ledger.count > spikes { gauges.spikes.increment() }
            if let spike = state.ledger.spikes.last, spike != state.shown { show(spike, &state) }
            switch record.payload {
            case .sample(let sample): show(sample, &state)
            case .snapshot(let snapshot):
                state.snapshot = snapshot.number
                gauges.tracked.record(snapshot.trackedTotal)
            case .header(let header):
                gauges.startTime.record(header.startTime)
                gauges.spikeActive.record(0)
                if let limit = header.memoryLimit { gauges.limit.record(limit) }
            // Spikes of the next run are numbered from 1 again.
            case .end: (state.ledger, state.shown) = (SpikeLedger(limit: 1), nil)
            case .drop(let drop): gauges.dropped.increment(by: drop.count)
            default: break
            }
        }
    }

    /// Ends a snapshot that no further record follows.
    public func maintain() { state.withLock { endSnapshot(&$0) } }

    /// Ends the last snapshot; gauges keep their last values.
    public func close() { maintain() }

    private func show(_ sample: Sample, _ state: inout State) {
        if let value = sample.memory.residentSet { gauges.resident.record(value) }
        if let value = sample.memory.virtualSize { gauges.virtual.record(value) }
        if let value = sample.intervalPeak { state.peaks.add(value, at: sample.timestamp) }
        if let value = state.peaks.highest { gauges.peak.record(value) }
        if let value = sample.memory.threadCount { gauges.threads.record(value) }
        gauges.lastSampleTime.record(sample.wallTime)
    }

    private func show(_ spike: Spike, _ state: inout State) {
        state.shown = spike
        gauges.spikeActive.record(spike.state == .ongoing ? 1 : 0)
        gauges.spikePeak.record(spike.peak)
        gauges.spikeExcess.record(spike.excess)
        gauges.spikeTime.record(spike.peakWallTime)
    }

    private func show(_ record: ClassSizeRecord, _ state: inout State) {
        if let own = gauges.classes[record.name] {
            own.bytes.record(record.size.sum)
            own.instances.record(record.size.active)
            state.published.insert(record.name)
        } else {
            state.otherBytes += record.size.sum
            state.otherInstances += record.size.active
        }
    }

    private func endSnapshot(_ state: inout State) {
        guard state.snapshot != nil else { return }
        gauges.other.bytes.record(state.otherBytes)
        gauges.other.instances.record(state.otherInstances)
        // A class that the snapshot does not contain has no instances any more.
        for (name, own) in gauges.classes where !state.published.contains(name) {
            own.bytes.record(0)
            own.instances.record(0)
        }
        (state.snapshot, state.otherBytes, state.otherInstances) = (nil, 0, 0)
        state.published.removeAll(keepingCapacity: true)
    }
}
#endif
