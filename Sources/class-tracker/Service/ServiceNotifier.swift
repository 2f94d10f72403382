#if CLI
import CTrackingSystemd
import ClassTracking
import Synchronization

/// Reports the state of a service of `Type=notify` to systemd; without `$NOTIFY_SOCKET` it does nothing.
final class ServiceNotifier: Sendable {
    private struct State {
        var isReady = false
        var statusTime = -Double.infinity
        var watchdogTime = -Double.infinity
    }

    /// Half of the watchdog time of systemd, in seconds; `nil` without a watchdog.
    private let watchdog: Double?
    private let state = Mutex(State())

    init() {
        var microseconds: UInt64 = 0
        watchdog = sd_watchdog_enabled(0, &microseconds) > 0 ? Double(microseconds) / 2e6 : nil
    }

    /// Returns a warning if the watchdog would end a healthy service.
    func complaint(interval: Double) -> String? {
        guard let watchdog, interval > watchdog else { return nil }
        return
            "WatchdogSec=\(2 * watchdog)s is too short for an interval of \(interval) s: the watchdog is kicked once an "
            + "interval; use a shorter interval, or at least WatchdogSec=\(2 * interval)s"
    }

    /// Reports a sample; called on the sampling thread.
    ///
    /// It waits only if systemd does not read its socket.
    func sampled(_ sample: Sample, of tracker: ClassTracker) {
        works(
            at: sample.timestamp,
            isResponsive: { tracker.isResponsive(within: .seconds($0)) },
            status: { Self.status(sample, tracker.status.spikes) }
        )
    }

    /// Reports that the service works.
    ///
    /// - Parameters:
    ///   - time: The current time, in seconds of any clock that does not go back.
    ///   - isResponsive: Tells whether to kick the watchdog; gets half of its time in seconds.
    ///   - status: Makes the text for `systemctl status`.
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
        if let resident = sample.memory.residentSet { parts.append("resident \(ByteText(resident))") }
        if let peak = sample.intervalPeak { parts.append("peak \(ByteText(peak))") }
        parts.append(counted(spikes, "spike"))
        return parts.joined(separator: ", ")
    }
}
#endif
