#if CLI
import ClassTracking

/// Takes a forked snapshot of this process, to see whether that works here and how long it would hold a service up.
enum ForkedProbe {
    /// Enough for the time to be that of the pages.
    private static let bytes = 64 << 20

    /// What there is to track.
    private final class Load {
        var bytes = [UInt8](repeating: 1, count: ForkedProbe.bytes)
    }

    /// Tries it.
    ///
    /// - Parameters:
    ///   - budget: The configured one, to say how large a process fits into it.
    ///   - isNeeded: Whether the configuration asks for forked snapshots.
    /// - Returns: Whether it works, and how long it takes.
    static func finding(budget: Duration, isNeeded: Bool) -> SystemCheck.Finding {
        let name = "forked"
        do {
            let snapshot = try snapshot()
            let resident = snapshot.processMemory.residentAnonymous ?? bytes
            guard let pause = snapshot.pause, snapshot.isolation == .forked else {
                let reason = snapshot.notForked ?? "not known why not"
                return SystemCheck.Finding(name: name, state: isNeeded ? .fails : .missing, detail: reason)
            }
            let perGiB = pause * Double(1 << 30) / Double(resident)
            let size = perGiB > 0 ? Int(min(budget.inSeconds / perGiB, 1024) * Double(1 << 30)) : 0
            return SystemCheck.Finding(
                name: name,
                state: .works,
                detail: "forked snapshots hold a process up for about \(Milliseconds(perGiB)) for each GiB; "
                    + "pause-budget allows for about \(ByteCount(size))"
            )
        } catch {
            return SystemCheck.Finding(name: name, state: isNeeded ? .fails : .missing, detail: error.description)
        }
    }

    private static func snapshot() throws(TrackingError) -> Snapshot {
        var configuration = ClassTracker.Configuration()
        configuration.journal.enabled = false
        configuration.pauseBudget = .seconds(10)
        let tracker = ClassTracker(configuration: configuration)
        defer { tracker.close() }
        let load = Load()
        try tracker.trackObject(load)
        // The first one is slower: what it shares has not been shared before.
        _ = try tracker.createSnapshot(isolation: .forked)
        let snapshot = try tracker.createSnapshot(isolation: .forked)
        withExtendedLifetime(load) {}
        return snapshot
    }
}
#endif
