#if Logging
public import Logging
import Synchronization
public import TrackingRecords

/// Hands what the agent has to say to a logger of swift-log: spikes, notices, lost records, beginning and end.
///
/// ```swift
/// let tracker = ClassTracker(sinks: { [LogSink(logger)] })
/// ```
///
/// Spikes are few, by the detector's cooldown, and a notice comes when something has changed. Samples are of level `trace`,
/// snapshots of level `debug`. Their figures stand in the metadata, under keys such as `memory.resident_bytes`; a notice is a
/// sentence with its values in it.
///
/// It needs the package's trait `Logging`.
public final class LogSink: RecordSink {
    /// The name in records that tell of this sink.
    public let name = "log"

    private let logger: Logger
    private let spikeLevel: Logger.Level
    private let state = Mutex(SinkStatus(name: "log", destination: "swift-log"))

    /// Makes a sink.
    ///
    /// - Parameters:
    ///   - logger: Where records go.
    ///   - spikeLevel: The level of spikes.
    public init(_ logger: Logger, spikeLevel: Logger.Level = .warning) {
        self.logger = logger
        self.spikeLevel = spikeLevel
    }

    /// How the sink is doing.
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
        // Too many for a log.
        case .classSize, .object, .trace, .history: return
        }
        state.withLock {
            $0.condition = .working
            $0.delivered += 1
        }
    }

    /// Nothing is open.
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
