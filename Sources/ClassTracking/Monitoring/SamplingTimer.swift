import CTrackingRuntime
import Dispatch
import TrackingRecords
import TrackingSinks

/// The timer of the periodic snapshots: a timer source of Dispatch, on a queue of its own.
///
/// Dispatch creates a thread when there is work for one, and if the kernel refuses (RLIMIT_NPROC, TasksMax=, a filter
/// of system calls) the thread that submits work tries again each second, for ever. So a short-lived thread of the
/// tracker passes the timer, a change and the end to Dispatch, and nothing waits for it: neither the host, nor the
/// stand-in thread that takes the late ticks.
///
/// For each of these calls, Dispatch writes to a descriptor of its own, by number: the caller first checks that the
/// host has not closed it (`dispatch_descriptors.h`).
final class SamplingTimer: Sendable {
    /// The action of the timer.
    typealias Tick = @Sendable () -> Void

    private struct Schedule {
        /// The monotonic time of the first tick, in nanoseconds.
        var first: UInt64
        var period: UInt64
        var tick: Tick
    }

    private struct State {
        /// The schedule that Dispatch does not have yet.
        var wanted: Schedule?
        var isCancelled = false
        /// Indicates whether a thread is calling Dispatch.
        var isTelling = false
        var source: Source?
        /// Indicates whether the process has closed Dispatch's descriptors since there was a source.
        var isLost = false
        /// The monotonic time before which Dispatch is not called again, and the length of the next such pause.
        var notBefore: UInt64 = 0
        var pause = SamplingTimer.pause
    }

    // Dispatch's objects may be used on any thread, which its Swift overlay on Linux does not declare.
    private struct Source: @unchecked Sendable { let timer: any DispatchSourceTimer }

    /// The pause if Dispatch is not available, in nanoseconds; doubled each time, up to some minutes.
    private static let pause: UInt64 = 1_000_000_000
    private static let longestPause = 512 * pause

    /// The queue on which ticks run.
    let queue = DispatchQueue(label: "class-tracker.samples", qos: .userInitiated)
    private let state = OrderedMutex(.samplingTimer, State())
    /// Indicates whether Dispatch receives the timer only if the program uses it.
    private let waitsForDispatch: Bool

    init(waitsForDispatch: Bool) { self.waitsForDispatch = waitsForDispatch }

    /// Indicates whether Dispatch can receive a timer now; for the tracker's own threads, because it lists the
    /// descriptors of the process.
    var isPossible: Bool {
        let now = monotonicNanoseconds()
        guard state.withLock({ now >= $0.notBefore && !$0.isCancelled }) else { return false }
        let threads = ct_dispatch_has_threads()
        // Evaluated at each tick of a program without Dispatch.
        if threads == 0, waitsForDispatch { return false }
        if isReachable(threads) { return true }
        state.withLock { state in
            state.notBefore = now + state.pause
            state.pause = min(2 * state.pause, Self.longestPause)
        }
        return false
    }

    /// Indicates whether Dispatch's descriptors are still its own, or do not exist yet and can be opened: with its
    /// first timer it opens three, and ends the process if it cannot.
    private func isReachable(_ threads: Int32) -> Bool {
        switch ct_dispatch_look() {
        case CT_DISPATCH_INTACT: true
        // If it had threads, it had descriptors.
        case CT_DISPATCH_UNSEEN: threads != 1 && !waitsForDispatch && ct_descriptors_are_left() != 0
        default: false
        }
    }

    /// Indicates whether the process has closed Dispatch's descriptors since Dispatch received the timer, so that it
    /// does not fire any more.
    func isLost() -> Bool {
        if let source = state.withLock({ $0.source }), ct_dispatch_check() == CT_DISPATCH_LOST { leave(source) }
        return state.withLock { $0.isLost }
    }

    /// Abandons the timer: each call to Dispatch would write to descriptors that are not its own any more.
    ///
    /// The timer is suspended, which uses no descriptor, and never released: Dispatch ends a process that releases a
    /// suspended source.
    private func leave(_ source: Source) {
        source.timer.suspend()
        _ = Unmanaged.passRetained(source.timer as AnyObject)
        state.withLock { state in
            state.wanted = nil
            state.source = nil
            state.isLost = true
        }
    }

    /// Sets the schedule of the timer.
    ///
    /// - Parameters:
    ///   - delay: The time until the first tick, in nanoseconds.
    ///   - period: The time between two ticks, in nanoseconds.
    ///   - tick: Called on ``queue``, and retained until the timer is cancelled; later calls do not replace it.
    func schedule(delay: UInt64, period: UInt64, tick: @escaping Tick) {
        let first = monotonicNanoseconds() + delay
        state.withLock { $0.wanted = Schedule(first: first, period: period, tick: tick) }
        tell()
    }

    /// Ends the timer; a tick in progress finishes.
    func cancel() {
        state.withLock {
            $0.isCancelled = true
            $0.wanted = nil
        }
        tell()
    }

    /// Passes pending changes to Dispatch, on a short-lived thread.
    ///
    /// If the thread cannot be created, the next call tries again, and so does the timer itself when it fires.
    func tell() {
        guard begins() else { return }
        let context = Unmanaged.passRetained(self)
        let failure = ct_start_thread(
            "tracker-timer",
            256 << 10,
            { Unmanaged<SamplingTimer>.fromOpaque($0).takeRetainedValue().tellAll() },
            context.toOpaque()
        )
        guard failure != 0 else { return }
        context.release()
        state.withLock { $0.isTelling = false }
    }

    private func begins() -> Bool {
        state.withLock { state in
            guard !state.isTelling, state.wanted != nil || state.isCancelled && state.source != nil,
                monotonicNanoseconds() >= state.notBefore || state.isCancelled
            else { return false }
            state.isTelling = true
            return true
        }
    }

    private func tellAll() {
        while true {
            let (schedule, source, isCancelled) = state.withLock { state -> (Schedule?, Source?, Bool) in
                let schedule = state.isCancelled ? nil : exchange(&state.wanted, with: nil)
                let isCancelled = state.isCancelled && state.source != nil
                state.isTelling = schedule != nil || isCancelled
                return (schedule, state.source, isCancelled)
            }
            if isCancelled, let source {
                guard ct_dispatch_look() == CT_DISPATCH_INTACT else {
                    leave(source)
                    continue
                }
                state.withLock { $0.source = nil }
                // The handler is released with it, and everything that it retains.
                source.timer.cancel()
            } else if let schedule, let source {
                if ct_dispatch_look() == CT_DISPATCH_INTACT { Self.set(source, schedule) } else { leave(source) }
            } else if let schedule {
                guard isReachable(ct_dispatch_has_threads()) else { return putBack(schedule) }
                begin(schedule)
            } else {
                return
            }
        }
    }

    /// Stores the schedule for a later attempt.
    private func putBack(_ schedule: Schedule) {
        state.withLock { state in
            if state.wanted == nil, !state.isCancelled { state.wanted = schedule }
            state.isTelling = false
            state.notBefore = monotonicNanoseconds() + Self.pause
        }
    }

    /// Creates the timer.
    private func begin(_ schedule: Schedule) {
        let source = Source(timer: DispatchSource.makeTimerSource(queue: queue))
        Self.set(source, schedule)
        source.timer.setEventHandler { @Sendable in
            // The thread is Dispatch's.
            ct_own_objects()
            defer { ct_end_own_objects() }
            schedule.tick()
            // Afterwards Dispatch writes to its descriptor if the timer was late, or was cancelled meanwhile.
            guard ct_dispatch_check() != CT_DISPATCH_LOST else { return self.leave(source) }
            // In case a stop could not create a thread.
            if self.state.withLock({ $0.isCancelled }), self.begins() { self.tellAll() }
        }
        state.withLock { $0.source = source }
        source.timer.activate()
        // Checks the descriptors that were just opened.
        if ct_dispatch_look() != CT_DISPATCH_INTACT { leave(source) }
    }

    private static func set(_ source: Source, _ schedule: Schedule) {
        let (now, period) = (monotonicNanoseconds(), schedule.period)
        // On the same grid, however late it is.
        let missed = now >= schedule.first ? (now - schedule.first) / period + 1 : 0
        let first = schedule.first + period * missed
        source.timer.schedule(
            deadline: .now() + .nanoseconds(Int(clamping: first - now)),
            repeating: .nanoseconds(Int(clamping: schedule.period)),
            // The kernel may combine wake-ups; a sample has its actual time.
            leeway: .nanoseconds(Int(min(schedule.period / 100, 10_000_000)))
        )
    }
}
