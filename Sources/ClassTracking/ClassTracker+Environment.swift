import TrackingRecords
import TrackingSinks

extension ClassTracker {
    /// The result of ``startFromEnvironment()``.
    @nonexhaustive
    public enum EnvironmentStart: Sendable, Equatable {
        /// The environment does not request the tracker.
        case off
        /// The shared tracker runs.
        case started
        /// The environment requests something that is not possible; the host runs without a tracker.
        case failed(TrackingError)
    }

    /// Starts the shared tracker if the environment requests it: the one line to add to a service.
    ///
    /// It does so when `CLASS_TRACKER_INTERVAL` or `CLASS_TRACKER_CONFIG` is set, so that an operator switches it on
    /// without a new build. It never throws into the host: the result and one line in the journal report an invalid
    /// value. They also report an unknown variable such as `CLASS_TRACKER_INTERVALL`, which does not prevent the start.
    ///
    /// ```swift
    /// ClassTracker.startFromEnvironment()
    /// ```
    ///
    /// - Returns: The action that was taken.
    @discardableResult
    public static func startFromEnvironment() -> EnvironmentStart {
        start(shared, environment: Configuration.processEnvironment())
    }

    /// Starts the shared tracker for the preloaded agent.
    ///
    /// When the process ends by `exit`, `quick_exit` or a return from `main`, the exiting thread waits for
    /// ``Configuration/exitTimeout`` at most, in which a thread of the tracker writes the last sample and the end.
    package static func startPreloaded() -> EnvironmentStart {
        start(shared, environment: Configuration.processEnvironment(), isAskedFor: true)
    }

    static func start(
        _ tracker: ClassTracker,
        environment: [String: String],
        isAskedFor: Bool = false
    ) -> EnvironmentStart {
        let switches = [ConfigurationKey.interval.environmentName, ConfigurationLoader.fileVariable]
        guard isAskedFor || switches.contains(where: { environment[$0] != nil }) else {
            // The misspelled variable may be the one that starts the tracker.
            if let error = ConfigurationKey.unknownVariables(in: environment).first { report(error) }
            return .off
        }
        do throws(TrackingError) {
            let configuration = try Configuration.load(environment: environment)
            tracker.configure(configuration)
            if isAskedFor { tracker.markPreloaded() }
            try tracker.startPeriodicSnapshots()
            return .started
        } catch {
            report(error)
            return .failed(error)
        }
    }

    /// Writes one line to the journal, on a short-lived thread: journald may be slow, and the host must not wait.
    ///
    /// If no thread can be created, logs on the caller's, blocking for at most 50 ms.
    static func report(_ error: TrackingError) {
        let clock = StreamClock()
        let now = clock.now()
        let notice = Notice(
            timestamp: now.timestamp,
            wallTime: now.wallTime,
            severity: .error,
            component: "agent",
            message: "\(ProcessIdentity.program) runs without memory tracking: \(error)"
        )
        let sink = JournalSink()
        let pipeline = RecordPipeline(sinks: [sink], clock: clock, capacity: 16)
        guard pipeline.threadError != 0 else { return pipeline.append(.notice(notice)) }
        sink.receive(Record(.notice(notice)))
        sink.close()
    }
}
