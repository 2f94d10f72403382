import CTrackingRuntime
import TrackingRecords
import TrackingSinks

/// The two sources of ticks: Dispatch's timer, and the stand-in thread.
extension SamplingRun {
    /// Schedules a tick now, and then one each interval.
    func schedule(_ interval: Duration) {
        // The first tick is taken immediately by the stand-in thread.
        plan.withLock { $0.begin(period: interval.nanoseconds, now: monotonicNanoseconds()) }
        worker.wake()
    }

    /// Hands the timer over to Dispatch.
    private func arm() {
        let (delay, period) = plan.withLock { $0.arm(now: monotonicNanoseconds()) }
        timer.schedule(delay: delay, period: period) { [weak self] in self?.deliver() }
    }

    /// Takes a tick that the timer delivers, on its queue.
    private func deliver() {
        guard ct_end_is_over() == 0, plan.withLock({ $0.deliver(now: monotonicNanoseconds()) }) else { return }
        takeTick()
        // The next turn may have changed: checks between samples, and a tick that became due meanwhile.
        if source?.registry != nil || plan.withLock({ $0.isOverdue(now: monotonicNanoseconds()) }) { worker.wake() }
    }

    func takeTick() {
        sampling.withLock { _ in tick() }
        let isOver = plan.withLock { $0.end() }
        if isOver { worker.wake() }
    }

    /// Hands the timer over if possible, and reports if Dispatch does not deliver ticks.
    ///
    /// - Parameter isLate: Whether this thread has just taken a tick.
    func watchTimer(isLate: Bool) {
        guard plan.withLock({ $0.isArmed }) else {
            if timer.isPossible { arm() } else if timer.isLost() { reportLostTimer() }
            return
        }
        guard isLate else { return }
        if timer.isLost() { return reportLostTimer() }
        timer.tell()
        guard plan.withLock({ $0.isNews(now: monotonicNanoseconds()) }) else { return }
        tell(
            .warning,
            component: "agent",
            "Dispatch has not delivered the timer for 10 s, as where the process gets no more threads: a thread of the tracker "
                + "takes the samples, at the same times",
            clock.now()
        )
    }

    private func reportLostTimer() {
        guard plan.withLock({ $0.lose() }) else { return }
        tell(
            .warning,
            component: "agent",
            "the process has closed descriptors that it did not open, Dispatch's among them: its timers fire no more, and a thread "
                + "of the tracker takes the samples, at the same times",
            clock.now()
        )
    }
}
