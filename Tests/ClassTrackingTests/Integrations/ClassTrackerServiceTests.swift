#if ServiceLifecycle
import ClassTracking
#if Configuration
import Configuration
#endif
import ServiceLifecycle
import ServiceLifecycleTestKit
import Synchronization
import Testing

@Suite("The tracker as a service", .processWide)
struct ClassTrackerServiceTests {
    private static func makeTracker() -> ClassTracker {
        var configuration = ClassTracker.Configuration()
        configuration.journal.enabled = false
        return ClassTracker(configuration: configuration)
    }

    @Test("It samples until the group shuts down, and stops in order")
    func gracefully() async {
        let tracker = Self.makeTracker()
        await testGracefulShutdown { trigger in
            async let run: Void = ClassTrackerService(tracker, interval: .milliseconds(5)).run()
            while tracker.status.samples < 3 { await Task.yield() }
            trigger.triggerGracefulShutdown()
            await run
        }
        #expect(tracker.status.interval == nil)
        #expect(tracker.status.samples >= 4)
        tracker.close()
    }

    @Test("Cancelled, it stops as well")
    func cancelled() async {
        let tracker = Self.makeTracker()
        let task = Task { await ClassTrackerService(tracker, interval: .milliseconds(5)).run() }
        while tracker.status.samples < 1 { await Task.yield() }
        task.cancel()
        await task.value
        #expect(tracker.status.interval == nil)
        tracker.close()
    }

    private final class Observed: Sendable {
        let errors = Mutex<[TrackingError]>([])
        let hasEnded = Atomic(false)
    }

    @Test("Where it cannot start it says why, and does not end the group")
    func failing() async {
        let tracker = Self.makeTracker()
        let observed = Observed()
        let service = ClassTrackerService(tracker, interval: .zero) { error in
            observed.errors.withLock { $0.append(error) }
        }
        await testGracefulShutdown { trigger in
            async let run: Void = {
                await service.run()
                observed.hasEnded.store(true, ordering: .releasing)
            }()
            while observed.errors.withLock({ $0.isEmpty }) { await Task.yield() }
            try? await Task.sleep(for: .milliseconds(50))
            let isEarly = observed.hasEnded.load(ordering: .acquiring)
            #expect(!isEarly)
            trigger.triggerGracefulShutdown()
            await run
        }
        let (count, isOver) = (observed.errors.withLock { $0.count }, observed.hasEnded.load(ordering: .acquiring))
        #expect(count == 1)
        #expect(isOver)
        tracker.close()
    }

    #if Configuration
    private static func reader(interval: String) -> ConfigReader {
        let variables = ["CLASS_TRACKER_INTERVAL": interval, "CLASS_TRACKER_JOURNAL_ENABLED": "no"]
        return ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables))
            .scoped(to: "class-tracker")
    }

    @Test("It takes its configuration from the providers of swift-configuration")
    func configured() async {
        let tracker = Self.makeTracker()
        await testGracefulShutdown { trigger in
            async let run: Void = ClassTrackerService(config: Self.reader(interval: "5ms"), tracker: tracker).run()
            while tracker.status.samples < 3 { await Task.yield() }
            #expect(tracker.status.interval == .milliseconds(5))
            trigger.triggerGracefulShutdown()
            await run
        }
        #expect(tracker.configuration.interval == .milliseconds(5))
        tracker.close()
    }

    @Test("A wrong configuration is told and does not end the group")
    func wronglyConfigured() async {
        let tracker = Self.makeTracker()
        let observed = Observed()
        let service = ClassTrackerService(config: Self.reader(interval: "never"), tracker: tracker) { error in
            observed.errors.withLock { $0.append(error) }
        }
        await testGracefulShutdown { trigger in
            async let run: Void = {
                await service.run()
                observed.hasEnded.store(true, ordering: .releasing)
            }()
            while observed.errors.withLock({ $0.isEmpty }) { await Task.yield() }
            let isEarly = observed.hasEnded.load(ordering: .acquiring)
            #expect(!isEarly)
            trigger.triggerGracefulShutdown()
            await run
        }
        let text = observed.errors.withLock { $0.map(\.description).joined() }
        #expect(text.contains("EnvironmentVariablesProvider]: interval: \"never\" is not allowed"))
        #expect(tracker.status.interval == nil)
        tracker.close()
    }
    #endif
}
#endif
