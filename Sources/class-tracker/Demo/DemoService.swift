#if CLI
import CTrackingRuntime
import ClassTracking
import Dispatch
import Glibc
import Synchronization

/// The service that is recorded: does the work of the plan on a queue of its own, right after each sample.
final class DemoService: Sendable {
    private struct Memory {
        var sessions: [Session] = []
        var owed = 0
        var requests: [Request] = []
        var latestTick = -1
    }

    /// The smallest leaked block.
    ///
    /// Smaller leaks are accumulated: each block is a mapping, and a process has at most about 65,000 of them.
    private static let smallestBlock = 64 << 10
    private static let requestBytes = 512 << 10
    private static let pageBytes = 1 << 20

    private let plan: DemoPlan
    private let queue = DispatchQueue(label: "class-tracker.demo")
    private let memory = Mutex(Memory())

    init(plan: DemoPlan) {
        self.plan = plan
        // Freed memory that malloc keeps would hide the end of the spike.
        ct_map_blocks(Self.smallestBlock)
    }

    /// Tracks the classes of the service.
    static func track(with tracker: ClassTracker) throws(TrackingError) {
        try tracker.trackClass(Session.self, name: "Session")
        try tracker.trackClass(Request.self, name: "Request")
        try tracker.trackClass(ReportPage.self, name: "ReportPage", trace: true)
    }

    /// Starts the work after a sample; called on the sampling thread, which must not wait.
    func sampled(at timestamp: Double) {
        queue.async { self.work(tick: Int((timestamp / self.plan.interval).rounded())) }
    }

    private func work(tick: Int) {
        let step = memory.withLock { memory in
            let step = plan.step(from: memory.latestTick, to: max(tick, memory.latestTick))
            memory.latestTick = max(tick, memory.latestTick)
            if step.beginsAgain { memory.sessions = [] }
            memory.owed += step.leak
            if memory.owed >= Self.smallestBlock {
                memory.sessions.append(Session(byteCount: memory.owed))
                memory.owed = 0
            }
            memory.requests = (0..<step.busy / Self.requestBytes).map { _ in Request(byteCount: Self.requestBytes) }
            return step
        }
        if step.spikes { buildReport() }
    }

    private func buildReport() {
        let end = DispatchTime.now() + plan.spikeLength
        let pages = (0..<plan.spikeBytes / Self.pageBytes).map { _ in ReportPage(byteCount: Self.pageBytes) }
        let now = DispatchTime.now()
        if now < end { usleep(UInt32((end.uptimeNanoseconds - now.uptimeNanoseconds) / 1000)) }
        withExtendedLifetime(pages) {}
    }
}
#endif
