/// The metrics: those that a sink publishes in the process, and those that `class-tracker metrics` computes from
/// records.
///
/// A dashboard or a rule works with both. The help texts are part of the interface: node_exporter rejects a metric for
/// which two files contain different texts.
package enum TrackerMetric: String, Sendable, CaseIterable {
    case residentMemory = "resident_memory_bytes"
    case intervalPeak = "interval_peak_bytes"
    case virtualMemory = "virtual_memory_bytes"
    case memoryLimit = "memory_limit_bytes"
    case threads
    case tracked = "tracked_bytes"
    case classBytes = "class_bytes"
    case classInstances = "class_instances"
    case spikes = "spikes_total"
    case spikeActive = "spike_active"
    case spikePeak = "spike_peak_bytes"
    case spikeExcess = "spike_excess_bytes"
    case spikeTime = "spike_timestamp_seconds"
    case droppedRecords = "dropped_records_total"
    case startTime = "start_time_seconds"
    case lastSampleTime = "last_sample_timestamp_seconds"

    /// The largest number of classes with metrics of their own.
    package static let classLimit = 100
    /// The class under which all others are summed up.
    package static let otherClass = "other"

    /// The name in Prometheus and swift-metrics.
    package var name: String { "class_tracker_" + rawValue }

    /// Indicates whether the value only grows during the lifetime of the process.
    package var isCounter: Bool { self == .spikes || self == .droppedRecords }

    /// One sentence that describes the metric.
    package var help: String {
        switch self {
        case .residentMemory: "Memory of the process that is in RAM."
        case .intervalPeak: "Largest resident set of the last 60 seconds, with what lies between two samples."
        case .virtualMemory: "Address space of the process."
        case .memoryLimit: "Memory that the process may have, by its control group or its configuration."
        case .threads: "Threads of the process."
        case .tracked: "Memory that all tracked objects hold."
        case .classBytes: "Memory that the tracked objects of a class hold."
        case .classInstances: "Tracked objects of a class that are alive."
        case .spikes: "Memory spikes of the process."
        case .spikeActive: "Whether a memory spike goes on."
        case .spikePeak: "Resident set of the latest spike at its peak."
        case .spikeExcess: "Height of the latest spike above what was normal."
        case .spikeTime: "When the latest spike was highest, since 1970."
        case .droppedRecords: "Records of the process that were lost."
        case .startTime: "When the agent in the process began, since 1970."
        case .lastSampleTime: "When the latest sample was taken, since 1970."
        }
    }
}
