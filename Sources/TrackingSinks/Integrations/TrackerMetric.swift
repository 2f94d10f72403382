/// The metrics there are: those that a sink shows in the process, and those that `class-tracker metrics` makes of records.
///
/// A dashboard and a rule fit both. The texts are part of the interface: node_exporter refuses a metric of which two files
/// say different things.
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

    /// Classes with metrics of their own at most, whatever is tracked.
    package static let classLimit = 100
    /// The class that all others are summed up under.
    package static let otherClass = "other"

    /// As Prometheus and swift-metrics call it.
    package var name: String { "class_tracker_" + rawValue }

    /// Whether it only grows while the process lives.
    package var isCounter: Bool { self == .spikes || self == .droppedRecords }

    /// One sentence for whoever meets it.
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
