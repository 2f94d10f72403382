import ClassTracking
import Glibc
import TrackingTestSupport

/// `leaderless`: the main thread ends with pthread_exit, the others go on.
///
/// Prints which figures samples have then.
func leaderless() -> Never {
    startThread {
        // What the kernel says of the main thread: it is dead, and has no memory.
        let isDead = waitUntil(seconds: 30) { hasNoMemory() }
        var configuration = ClassTracker.Configuration()
        configuration.journal.enabled = false
        let tracker = ClassTracker(configuration: configuration)
        try? tracker.startPeriodicSnapshots(interval: .milliseconds(5))
        _ = waitUntil(seconds: 30) { tracker.status.samples >= 5 }
        let sample = tracker.status.latestSample
        print(
            isDead,
            (sample?.memory.residentSet ?? 0) > 1 << 20,
            (sample?.memory.virtualSize ?? 0) > 1 << 20,
            (sample?.intervalPeak ?? 0) > 1 << 20
        )
        fflush(nil)
        exit(0)
    }
    pthread_exit(nil)
}

private func hasNoMemory() -> Bool {
    guard let file = fopen("/proc/self/status", "r") else { return false }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
        if strncmp(line, "VmSize:", 7) == 0 { return false }
    }
    return true
}
