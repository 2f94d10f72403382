#if CLI
import CTrackingSystemd
import ClassTracking
import Synchronization

/// Tells systemd how a service of `Type=notify` is doing; without `$NOTIFY_SOCKET` it does nothing.
final class ServiceNotifier: Sendable {
    private struct State {
        var isReady = false
        var statusTime = -Double.infinity
        var watchdogTime = -Double.infinity
    }

    /// Half of the time after which systemd ends a service that gives no sign, in seconds; `nil` without a watchdog.
    private let watchdog: Double?
    private let state = Mutex(State())

    init() {
        var microseconds: UInt64 = 0
        watchdog = sd_watchdog_enabled(0, &microseconds) > 0 ? Double(microseconds) / 2e6 : nil
    }

    /// Why the watchdog would end a healthy service, if it would.
    func complaint(interval: Double) -> String? {
        guard let watchdog, interval > watchdog else { return nil }
        return
            "WatchdogSec=\(2 * watchdog)s is too short for an interval of \(interval) s: the watchdog is kicked once an "
            + "interval; use a shorter interval, or at least WatchdogSec=\(2 * interval)s"
    }

    /// Called on the sampling thread after each sample.
    ///
    /// It waits for nothing but a systemd that does not read its socket.
    func sampled(_ sample: Sample, of tracker: ClassTracker) {
        works(
            at: sample.timestamp,
            isResponsive: { tracker.isResponsive(within: .seconds($0)) },
            status: { Self.status(sample, tracker.status.spikes) }
        )
    }

    /// Tells that the service works.
    ///
    /// - Parameters:
    ///   - time: Now, in seconds on any clock that does not go back.
    ///   - isResponsive: Whether to kick the watchdog, whose half time in seconds it gets.
    ///   - status: What the service does, for `systemctl status`.
    func works(at time: Double, isResponsive: (Double) -> Bool = { _ in true }, status: () -> String) {
        var message = state.withLock { state in
            var parts: [String] = []
            if !state.isReady { parts.append("READY=1") }
            state.isReady = true
            // A kick more often than needed would cost a system call a sample.
            if let watchdog, time - state.watchdogTime >= min(1, watchdog / 2), isResponsive(watchdog) {
                state.watchdogTime = time
                parts.append("WATCHDOG=1")
            }
            if time - state.statusTime >= 1 {
                state.statusTime = time
                parts.append("STATUS=\(status())")
            }
            return parts.joined(separator: "\n")
        }
        if message.isEmpty { return }
        message.makeContiguousUTF8()
        sd_notify(0, message)
    }

    func stopping() { sd_notify(0, "STOPPING=1\nSTATUS=stopping") }

    private static func status(_ sample: Sample, _ spikes: Int) -> String {
        var parts: [String] = []
        if let resident = sample.memory.residentSet { parts.append("resident \(ByteCount(resident))") }
        if let peak = sample.intervalPeak { parts.append("peak \(ByteCount(peak))") }
        parts.append(StreamSummary.count(spikes, "spike"))
        return parts.joined(separator: ", ")
    }
}
#endif
