import ProcessSampling
import SystemPackage
import TrackingRecords
import TrackingSinks

/// Every key of the configuration: its name, what it takes, and where it is kept.
package enum ConfigurationKey: String, CaseIterable, Sendable {
    case interval
    case resetPeak = "reset-peak"
    case journalEnabled = "journal.enabled"
    case journalIdentifier = "journal.identifier"
    case journalInterval = "journal.interval"
    case filePath = "file.path"
    case fileMaximumBytes = "file.maximum-bytes"
    case fileKeep = "file.keep"
    case fileMaximumAge = "file.maximum-age"
    case fileSyncInterval = "file.sync-interval"
    case queueCapacity = "queue.capacity"
    case overheadBudget = "overhead-budget"
    case isolation
    case pauseBudget = "pause-budget"
    case track
    case snapshotObjects = "snapshot.objects"
    case retentionSnapshots = "retention.snapshots"
    case retentionSizes = "retention.sizes"
    case retentionDetails = "retention.details"
    case retentionDeadObjects = "retention.dead-objects"
    case retentionHistory = "retention.history"
    case spikeFloor = "spike.floor"
    case spikeDeviations = "spike.deviations"
    case spikeLimit = "spike.limit"
    case spikeLimitFraction = "spike.limit-fraction"
    case spikeWindow = "spike.window"
    case spikeWarmUp = "spike.warm-up"
    case spikeRelease = "spike.release"
    case spikeSettleSamples = "spike.settle-samples"
    case spikeCooldown = "spike.cooldown"
    case spikeContextSamples = "spike.context-samples"
    case spikeExplain = "spike.explain"
    case spikeIsolation = "spike.isolation"

    /// The name in the environment: `CLASS_TRACKER_FILE_MAXIMUM_BYTES`.
    package var environmentName: String {
        "CLASS_TRACKER_" + String(rawValue.map { $0 == "." || $0 == "-" ? "_" : $0 }).uppercased()
    }

    /// What the key takes, for error messages.
    package var allowed: String {
        switch self {
        case .interval: "1 ms to 1 day, such as 500ms, 1s, 5min"
        case .journalInterval: "0 (every sample) to 1 day, such as 10s"
        case .resetPeak, .journalEnabled, .spikeExplain: "true or false"
        case .journalIdentifier: "1 to 64 printable characters"
        case .filePath: "the path of a file"
        case .fileMaximumBytes: "16KiB to 1TiB, such as 16MiB"
        case .fileKeep: "a number from 1 to 4096"
        case .fileMaximumAge: "1s to 3650d, or none"
        case .fileSyncInterval: "0 (left to the kernel) to 1 day, such as 30s"
        case .isolation, .spikeIsolation: "in-process or forked"
        case .pauseBudget: "0 to 10s, such as 10ms"
        case .queueCapacity: "a number from 16 to 1000000"
        case .overheadBudget: "a number from 0.0001 to 1, such as 0.01, or none"
        case .track:
            "none, or class names and patterns with commas in between, each with name=…, resolution-level=0 to 32, keep or "
                + "trace behind it, such as MyApp.Connection trace, MyApp.Cache*"
        case .snapshotObjects: "a number from 0 to 1000000"
        case .retentionSnapshots: "a number from 1 to 1000000"
        case .retentionSizes: "a number from 0 to 100000000"
        case .retentionDetails, .retentionDeadObjects: "a number from 0 to 10000000"
        case .retentionHistory: "a number from 16 to 1000000"
        case .spikeFloor: "0 to 1TiB, such as 32MiB"
        case .spikeDeviations: "a number from 0 to 1000"
        case .spikeLimit: "1MiB to 1024TiB, or none"
        case .spikeLimitFraction: "a number from 0 to 1"
        case .spikeWindow: "a number from 3 to 10000"
        case .spikeWarmUp: "a number from 1 to 10000"
        case .spikeRelease: "a number from 0 to 1"
        case .spikeSettleSamples: "a number from 1 to 10000"
        case .spikeCooldown: "0 to 1 day, such as 10s"
        case .spikeContextSamples: "a number from 0 to 64"
        }
    }

    /// The value in force, as it would be written; `nil` where the key does not apply.
    package func value(in configuration: ClassTracker.Configuration) -> String? {
        let spike = configuration.spike
        let retention = configuration.retention
        switch self {
        case .track:
            let patterns = configuration.track.map(\.description).joined(separator: ", ")
            return patterns.isEmpty ? "none" : patterns
        case .snapshotObjects: return "\(configuration.snapshotObjects)"
        case .retentionSnapshots: return "\(retention.snapshots)"
        case .retentionSizes: return "\(retention.sizes)"
        case .retentionDetails: return "\(retention.details)"
        case .retentionDeadObjects: return "\(retention.deadObjects)"
        case .retentionHistory: return "\(retention.history)"
        case .interval: return ValueText.duration(configuration.interval)
        case .resetPeak: return "\(configuration.resetPeak)"
        case .journalEnabled: return "\(configuration.journal.enabled)"
        case .journalIdentifier: return configuration.journal.identifier
        case .journalInterval: return ValueText.duration(configuration.journal.interval)
        case .filePath: return configuration.file?.path.string
        case .fileMaximumBytes: return configuration.file.map { ValueText.bytes($0.maximumBytes) }
        case .fileKeep: return configuration.file.map { "\($0.keep)" }
        case .fileMaximumAge: return configuration.file.map { $0.maximumAge.map(ValueText.duration) ?? "none" }
        case .fileSyncInterval: return configuration.file.map { ValueText.duration($0.syncInterval) }
        case .queueCapacity: return "\(configuration.queueCapacity)"
        case .overheadBudget: return configuration.overheadBudget.map { "\($0)" } ?? "none"
        case .spikeFloor: return ValueText.bytes(spike.floor)
        case .spikeDeviations: return "\(spike.deviations)"
        case .spikeLimit: return spike.limit.map(ValueText.bytes) ?? "none"
        case .spikeLimitFraction: return "\(spike.limitFraction)"
        case .spikeWindow: return "\(spike.window)"
        case .spikeWarmUp: return "\(spike.warmUp)"
        case .spikeRelease: return "\(spike.release)"
        case .spikeSettleSamples: return "\(spike.settleSamples)"
        case .spikeCooldown:
            // A duration cannot hold what code may have put there: infinity.
            guard spike.cooldown.magnitude < 1e9 else { return "\(spike.cooldown)" }
            // Rounded: 1.4 s are somewhat less in a `Double`.
            return ValueText.duration(.nanoseconds(Int((spike.cooldown * 1e9).rounded())))
        case .spikeContextSamples: return "\(spike.contextSamples)"
        case .spikeExplain: return "\(spike.explain)"
        case .isolation: return configuration.isolation.rawValue
        case .spikeIsolation: return configuration.spikeIsolation.rawValue
        case .pauseBudget: return ValueText.duration(configuration.pauseBudget)
        }
    }

    /// Sets the key.
    ///
    /// - Throws: ``TrackingError/invalidValue(key:value:source:allowed:)``.
    package func apply(
        _ text: String,
        to configuration: inout ClassTracker.Configuration,
        source: String
    ) throws(TrackingError) {
        guard accepts(text, for: &configuration) else {
            throw .invalidValue(key: rawValue, value: text, source: source, allowed: allowed)
        }
    }

    /// Sets the key; `false` where the value is not allowed.
    func accepts(_ text: String, for configuration: inout ClassTracker.Configuration) -> Bool {
        switch self {
        case .filePath, .fileMaximumBytes, .fileKeep, .fileMaximumAge, .fileSyncInterval:
            applyFile(text, to: &configuration)
        case .interval, .resetPeak, .journalEnabled, .journalIdentifier, .journalInterval, .queueCapacity,
            .overheadBudget:
            applyAgent(text, to: &configuration)
        case .isolation, .spikeIsolation, .pauseBudget: applyIsolation(text, to: &configuration)
        case .track, .snapshotObjects, .retentionSnapshots, .retentionSizes, .retentionDetails, .retentionDeadObjects,
            .retentionHistory:
            applyTracking(text, to: &configuration)
        default: applySpike(text, to: &configuration.spike)
        }
    }

    private func applyAgent(_ text: String, to configuration: inout ClassTracker.Configuration) -> Bool {
        switch self {
        case .interval:
            return set(&configuration.interval, ValueText.duration(text), .milliseconds(1)...(.day))
        case .resetPeak: return set(&configuration.resetPeak, ValueText.flag(text))
        case .journalEnabled: return set(&configuration.journal.enabled, ValueText.flag(text))
        case .journalIdentifier:
            let isPrintable = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            return set(
                &configuration.journal.identifier,
                isPrintable && !text.isEmpty && text.count <= 64 ? text : nil
            )
        case .journalInterval:
            return set(&configuration.journal.interval, ValueText.duration(text), .zero...(.day))
        case .overheadBudget:
            if text == "none" {
                configuration.overheadBudget = nil
                return true
            }
            var share = 0.0
            let isValid = set(&share, Double(text), 0.0001...1)
            if isValid { configuration.overheadBudget = share }
            return isValid
        default: return set(&configuration.queueCapacity, Int(text), 16...1_000_000)
        }
    }

    private func applyIsolation(_ text: String, to configuration: inout ClassTracker.Configuration) -> Bool {
        switch self {
        case .isolation: return set(&configuration.isolation, Snapshot.Isolation(rawValue: text))
        case .spikeIsolation: return set(&configuration.spikeIsolation, Snapshot.Isolation(rawValue: text))
        default: return set(&configuration.pauseBudget, ValueText.duration(text), .zero...(.seconds(10)))
        }
    }

    private func applyTracking(_ text: String, to configuration: inout ClassTracker.Configuration) -> Bool {
        switch self {
        case .track: return set(&configuration.track, ClassTracker.Configuration.TrackedPattern.list(text))
        case .snapshotObjects: return set(&configuration.snapshotObjects, Int(text), 0...1_000_000)
        case .retentionSnapshots: return set(&configuration.retention.snapshots, Int(text), 1...1_000_000)
        case .retentionSizes: return set(&configuration.retention.sizes, Int(text), 0...100_000_000)
        case .retentionDetails: return set(&configuration.retention.details, Int(text), 0...10_000_000)
        case .retentionDeadObjects: return set(&configuration.retention.deadObjects, Int(text), 0...10_000_000)
        default: return set(&configuration.retention.history, Int(text), 16...1_000_000)
        }
    }

    private func applyFile(_ text: String, to configuration: inout ClassTracker.Configuration) -> Bool {
        var file = configuration.file ?? RollingFileConfiguration(path: "")
        defer { configuration.file = file }
        switch self {
        case .filePath:
            let path = FilePath(text)
            return set(&file.path, path.lastComponent == nil || text.hasSuffix("/") ? nil : path)
        case .fileMaximumBytes:
            return set(&file.maximumBytes, ValueText.bytes(text), RollingFileConfiguration.minimumBytes...(1 << 40))
        case .fileKeep: return set(&file.keep, Int(text), 1...4096)
        case .fileMaximumAge:
            if text == "none" {
                file.maximumAge = nil
                return true
            }
            var age = Duration.zero
            let isValid = set(&age, ValueText.duration(text), .seconds(1)...(.seconds(3650 * 86_400)))
            if isValid { file.maximumAge = age }
            return isValid
        default: return set(&file.syncInterval, ValueText.duration(text), .zero...(.day))
        }
    }

    private func applySpike(_ text: String, to spike: inout SpikeDetector.Configuration) -> Bool {
        switch self {
        case .spikeFloor: return set(&spike.floor, ValueText.bytes(text), 0...(1 << 40))
        case .spikeDeviations: return set(&spike.deviations, Double(text), 0...1000)
        case .spikeLimit:
            if text == "none" {
                spike.limit = nil
                return true
            }
            var limit = 0
            let isValid = set(&limit, ValueText.bytes(text), (1 << 20)...(1 << 50))
            if isValid { spike.limit = limit }
            return isValid
        case .spikeLimitFraction: return set(&spike.limitFraction, Double(text), 0...1)
        case .spikeWindow: return set(&spike.window, Int(text), 3...10_000)
        case .spikeWarmUp: return set(&spike.warmUp, Int(text), 1...10_000)
        case .spikeRelease: return set(&spike.release, Double(text), 0...1)
        case .spikeSettleSamples: return set(&spike.settleSamples, Int(text), 1...10_000)
        case .spikeCooldown:
            guard let cooldown = ValueText.duration(text), cooldown <= .day else { return false }
            spike.cooldown = cooldown.inSeconds
            return true
        case .spikeContextSamples: return set(&spike.contextSamples, Int(text), 0...64)
        default: return set(&spike.explain, ValueText.flag(text))
        }
    }

    private func set<Value>(_ target: inout Value, _ value: Value?) -> Bool {
        guard let value else { return false }
        target = value
        return true
    }

    private func set<Value: Comparable>(_ target: inout Value, _ value: Value?, _ range: ClosedRange<Value>) -> Bool {
        set(&target, value.flatMap { range.contains($0) ? $0 : nil })
    }
}

extension Duration {
    package static var day: Duration { .seconds(86_400) }
}
