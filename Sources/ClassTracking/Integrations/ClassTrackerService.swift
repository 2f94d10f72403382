#if ServiceLifecycle
#if Configuration
public import Configuration
#endif
import Dispatch
public import ServiceLifecycle

/// A tracker in a group of services: it runs until the group shuts down, and then writes its last records.
///
/// ```swift
/// let tracker = ClassTracker()
/// try await ServiceGroup(services: [server, ClassTrackerService(tracker)], logger: logger).run()
/// ```
///
/// It never ends the group: if the tracker cannot start, the service calls `failed`, writes one line to the journal,
/// and waits for the shutdown as if it ran.
///
/// It needs the package's trait `ServiceLifecycle`.
public struct ClassTrackerService: Service, CustomStringConvertible {
    private let tracker: ClassTracker
    private let interval: Duration?
    /// Configures the tracker, if it is not configured yet.
    private let configure: @Sendable (ClassTracker) async throws(TrackingError) -> Void
    private let failed: @Sendable (TrackingError) -> Void

    /// Creates a service.
    ///
    /// - Parameters:
    ///   - tracker: The tracker, which other code may use too.
    ///   - interval: The time between two samples; `nil` for that of the tracker's configuration.
    ///   - failed: Called if the tracker cannot start.
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
    /// Creates a service that is configured by swift-configuration.
    ///
    /// ```swift
    /// let config = ConfigReader(providers: [CommandLineArgumentsProvider(), EnvironmentVariablesProvider()])
    /// let tracking = ClassTrackerService(config: config.scoped(to: "class-tracker"))
    /// try await ServiceGroup(services: [server, tracking], logger: logger).run()
    /// ```
    ///
    /// The configuration is read when the service runs; see ``ClassTracker/Configuration/init(config:)``. It also needs
    /// the package's trait `Configuration`.
    ///
    /// - Parameters:
    ///   - config: A reader whose scope has the keys.
    ///   - tracker: The tracker to configure; if it already runs, only its interval changes.
    ///   - failed: Called if the configuration is invalid or the tracker cannot start.
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
        // A cancellation throws, which ends the wait as well.
        try? await gracefulShutdown()
        // Not on a thread of the cooperative pool, because stopping may wait for a sink that hangs.
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
