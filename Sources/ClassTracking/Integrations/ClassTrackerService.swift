#if ServiceLifecycle
#if Configuration
public import Configuration
#endif
import Dispatch
public import ServiceLifecycle

/// A tracker in a group of services: it runs until the group shuts down, and then has its last records written.
///
/// ```swift
/// let tracker = ClassTracker()
/// try await ServiceGroup(services: [server, ClassTrackerService(tracker)], logger: logger).run()
/// ```
///
/// It never ends the group: a tracker that cannot start, for whatever reason, says so to `failed` and in one line in
/// the
/// journal, and the service waits for the shutdown as if it ran.
///
/// It needs the package's trait `ServiceLifecycle`.
public struct ClassTrackerService: Service, CustomStringConvertible {
    private let tracker: ClassTracker
    private let interval: Duration?
    /// Gives the tracker its configuration, where it does not have one.
    private let configure: @Sendable (ClassTracker) async throws(TrackingError) -> Void
    private let failed: @Sendable (TrackingError) -> Void

    /// Makes a service.
    ///
    /// - Parameters:
    ///   - tracker: The tracker; it may be used by others, too.
    ///   - interval: The time between two samples; that of the tracker's configuration without one.
    ///   - failed: Called where the tracker cannot start.
    public init(
        _ tracker: ClassTracker = .shared,
        interval: Duration? = nil,
        failed: @escaping @Sendable (TrackingError) -> Void = { _ in }
    ) {
        self.tracker = tracker
        self.interval = interval
        configure = { _ in }
        self.failed = failed
    }

    #if Configuration
    /// Makes a service that is configured by swift-configuration.
    ///
    /// ```swift
    /// let config = ConfigReader(providers: [CommandLineArgumentsProvider(), EnvironmentVariablesProvider()])
    /// let tracking = ClassTrackerService(config: config.scoped(to: "class-tracker"))
    /// try await ServiceGroup(services: [server, tracking], logger: logger).run()
    /// ```
    ///
    /// The configuration is read when the service runs; see ``ClassTracker/Configuration/init(config:)``. It needs the
    /// package's
    /// trait `Configuration`, too.
    ///
    /// - Parameters:
    ///   - config: A reader whose scope has the keys.
    ///   - tracker: The tracker that is configured; one that runs already keeps all but its interval.
    ///   - failed: Called where the configuration is wrong or the tracker cannot start.
    public init(
        config: ConfigReader,
        tracker: ClassTracker = .shared,
        failed: @escaping @Sendable (TrackingError) -> Void = { _ in }
    ) {
        self.tracker = tracker
        interval = nil
        configure = { tracker throws(TrackingError) in
            tracker.configure(try await ClassTracker.Configuration(config: config))
        }
        self.failed = failed
    }
    #endif

    /// The name of the service in the log of the group.
    public var description: String { "ClassTrackerService" }

    /// Starts the tracker, waits for the group's graceful shutdown or its cancellation, and stops the tracker.
    public func run() async {
        do throws(TrackingError) {
            try await configure(tracker)
            try tracker.startPeriodicSnapshots(interval: interval)
        } catch {
            ClassTracker.report(error)
            failed(error)
        }
        // Throws where it is cancelled, which ends the wait as well.
        try? await gracefulShutdown()
        // It may take as long as a sink that hangs is waited for: not on a thread of the cooperative pool.
        await withCheckedContinuation { continuation in
            DispatchQueue.global()
                .async {
                    tracker.stopPeriodicSnapshots()
                    continuation.resume()
                }
        }
    }
}
#endif
