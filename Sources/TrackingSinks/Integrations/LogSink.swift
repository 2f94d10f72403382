#if Logging
public import Logging
import Synchronization
public import TrackingRecords

/// Writes spikes, notices, lost records, and the beginning and end of a run to a logger of swift-log.
///
/// ```swift
/// let tracker = ClassTracker(sinks: { [LogSink(logger)] })
/// ```
///
/// Spikes are rare, because of the detector's cooldown, and a notice reports a change. Samples have the level `trace`,
/// snapshots the level `debug`. Their figures are in the metadata, under keys such as `memory.resident_bytes`; a notice
/// is a sentence that contains its values.
///
/// It needs the package's trait `Logging`.
public final class LogSink: RecordSink {
    /// The name of the sink in records.
    public let name = "log"

    private let logger: Logger
    private let spikeLevel: Logger.Level
    private let state = Mutex(SinkStatus(name: "log", destination: "swift-log"))

    /// Creates a sink.
    ///
    /// - Parameters:
    ///   - logger: The logger that receives the records.
    ///   - spikeLevel: The level of spikes.
    public init(_ logger: Logger, spikeLevel: Logger.Level = .warning) {
        self.logger = logger
        self.spikeLevel = spikeLevel
    }

    /// The status of the sink.
    public var status: SinkStatus { state.withLock { $0 } }

    /// Logs a record.
    public func receive(_ record: Record) {
        switch record.payload {
        case .header: logger.info("Recording the memory of this process")
        case .sample(let sample): logger.trace("Memory sample", metadata: metadata(of: sample))
        case .snapshot(let snapshot):
            logger.debug(
                "Snapshot of tracked objects",
                metadata: ["snapshot": "\(snapshot.number)", "memory.tracked_bytes": "\(snapshot.trackedTotal)"]
            )
        case .spike(let spike): log(spike)
        case .drop(let drop):
            logger.warning(
                "Records lost",
                metadata: ["sink": "\(drop.sink)", "count": "\(drop.count)", "reason": "\(drop.reason)"]
            )
        case .notice(let notice):
            logger.log(
                level: notice.severity.level,
                "\(notice.message)",
                metadata: ["component": "\(notice.component)"]
            )
        case .end(let end):
            logger.info("Recording ended", metadata: ["samples": "\(end.samples)", "spikes": "\(end.spikes)"])
        case .classSize: return  // The record of their snapshot is enough for a log.
        default:
            guard RecordPolicy.of(record.kind).hasRow else { return }
            logger.log(level: record.priority < 6 ? .warning : .debug, "\(record.message)")
        }
        state.withLock {
            $0.condition = .working
            $0.delivered += 1
        }
    }

    /// Does nothing, because nothing is open.
    public func close() {}

    private func log(_ spike: Spike) {
        var metadata: Logger.Metadata = [
            "spike": "\(spike.number)", "spike.state": "\(spike.state)", "memory.peak_bytes": "\(spike.peak)",
            "memory.baseline_bytes": "\(spike.baseline)", "memory.excess_bytes": "\(spike.excess)",
        ]
        if let outcome = spike.outcome { metadata["spike.outcome"] = "\(outcome)" }
        if let largest = spike.grown.first {
            metadata["spike.grown.class"] = "\(largest.name.shortened())"
            metadata["spike.grown.instances"] = "\(largest.instances)"
            if let bytes = largest.bytes { metadata["spike.grown.bytes"] = "\(bytes)" }
        }
        logger.log(level: spikeLevel, "Memory spike", metadata: metadata)
    }

    private func metadata(of sample: Sample) -> Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        if let value = sample.memory.residentSet { metadata["memory.resident_bytes"] = "\(value)" }
        if let value = sample.memory.virtualSize { metadata["memory.virtual_bytes"] = "\(value)" }
        if let value = sample.intervalPeak { metadata["memory.interval_peak_bytes"] = "\(value)" }
        return metadata
    }
}

extension Notice.Severity {
    fileprivate var level: Logger.Level {
        switch self {
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}
#endif
