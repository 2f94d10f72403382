import TrackingRecords
import TrackingSinks

extension ClassTracker {
    /// The result of ``startFromEnvironment()``.
    public enum EnvironmentStart: Sendable, Equatable {
        /// The environment asks for nothing.
        case off
        /// The shared tracker runs.
        case started
        /// The environment asks for something that is not possible; the host runs without a tracker.
        case failed(TrackingError)
    }

    /// Starts the shared tracker if the environment says so: the one line to add to a service.
    ///
    /// It does so when `CLASS_TRACKER_INTERVAL` or `CLASS_TRACKER_CONFIG` is set, so that an operator switches it on
    /// without a
    /// new build. It never throws into the host: a wrong value is told by the result and by one line in the journal.
    /// So is a
    /// variable that is none of the agent's, such as `CLASS_TRACKER_INTERVALL`, which keeps nothing from starting.
    ///
    /// ```swift
    /// ClassTracker.startFromEnvironment()
    /// ```
    ///
    /// - Returns: What it did.
    @discardableResult
    public static func startFromEnvironment() -> EnvironmentStart {
        start(shared, environment: Configuration.processEnvironment())
    }

    /// The same for the preloaded agent, which is asked for by being preloaded.
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
            // It may be the switch that is misspelt.
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

    /// One line in the journal, on a thread that ends with it: journald may be slow, the host must not wait.
    ///
    /// Where no thread is to be had, on this one, for the 50 ms that the journal's socket waits at most.
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
