#if CLI
import ClassTracking

/// Takes a forked snapshot of this process, to find out if that works here and how long it pauses a service.
enum ForkedProbe {
    /// Enough memory for copying its pages to take most of the time.
    private static let bytes = 64 << 20

    /// An object to track.
    private final class Load {
        var bytes = [UInt8](repeating: 1, count: ForkedProbe.bytes)
    }

    /// Takes the snapshot.
    ///
    /// - Parameters:
    ///   - budget: The configured `pause-budget`, to tell how large a process it allows.
    ///   - isNeeded: `true` if the configuration asks for forked snapshots.
    /// - Returns: The result, and the length of the pause.
    static func finding(budget: Duration, isNeeded: Bool) -> SystemCheck.Finding {
        let name = "forked"
        do {
            let snapshot = try snapshot()
            let resident = snapshot.processMemory.residentAnonymous ?? bytes
            guard let pause = snapshot.pause, snapshot.isolation == .forked else {
                let reason = snapshot.notForked ?? "the reason is not known"
                return SystemCheck.Finding(name: name, state: isNeeded ? .fails : .missing, detail: reason)
            }
            let perGiB = pause * Double(1 << 30) / Double(resident)
            let size = perGiB > 0 ? Int(min(budget.inSeconds / perGiB, 1024) * Double(1 << 30)) : 0
            return SystemCheck.Finding(
                name: name,
                state: .works,
                detail: "a forked snapshot pauses a process for about \(TimeText(perGiB, .fine)) for each GiB; "
                    + "pause-budget allows for about \(ByteText(size))"
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
        // The first snapshot is slower: it shares pages that have not been shared before.
        _ = try tracker.createSnapshot(isolation: .forked)
        let snapshot = try tracker.createSnapshot(isolation: .forked)
        withExtendedLifetime(load) {}
        return snapshot
    }
}
#endif
