import CTrackingRuntime
import Dispatch
import TrackingRecords
import TrackingSinks

/// The timer of the periodic snapshots: a timer source of Dispatch's, on a queue of its own.
///
/// Dispatch makes a thread when there is work for one, and where the kernel gives none (RLIMIT_NPROC, TasksMax=, a
/// filter of
/// system calls) the thread that hands work over asks again each second, for ever. So a short-lived thread of the
/// tracker's
/// own tells Dispatch of the timer, of a change and of the end, and nobody waits for it: not the host, and not the
/// thread
/// that stands behind the timer and takes the ticks that are late.
///
/// Whatever Dispatch is told, it writes to a descriptor of its own, by the number: who tells it something looks first
/// whether
/// the host has closed that (`dispatch_descriptors.h`).
final class SamplingTimer: Sendable {
    /// The action of the timer.
    typealias Tick = @Sendable () -> Void

    private struct Schedule {
        /// When it fires first, on the monotonic clock in nanoseconds.
        var first: UInt64
        var period: UInt64
        var tick: Tick
    }

    private struct State {
        /// The schedule that Dispatch does not have yet.
        var wanted: Schedule?
        var isCancelled = false
        /// Whether a thread tells it.
        var isTelling = false
        var source: Source?
        /// Whether the process has closed Dispatch's descriptors since there was a source.
        var isLost = false
        /// When Dispatch may be looked for or told of the timer again, on the monotonic clock, and how long it is left
        /// alone then.
        var notBefore: UInt64 = 0
        var pause = SamplingTimer.pause
    }

    // Dispatch's objects are safe on any thread; its Swift overlay on Linux does not say so.
    private struct Source: @unchecked Sendable { let timer: any DispatchSourceTimer }

    /// How long to wait where Dispatch is not to be had, in nanoseconds; each time twice as long, up to some minutes.
    private static let pause: UInt64 = 1_000_000_000
    private static let longestPause = 512 * pause

    /// The queue on which ticks run.
    let queue = DispatchQueue(label: "class-tracker.samples", qos: .userInitiated)
    private let state = OrderedMutex(.samplingTimer, State())
    /// Whether Dispatch gets the timer only where the program uses it.
    private let waitsForDispatch: Bool

    init(waitsForDispatch: Bool) { self.waitsForDispatch = waitsForDispatch }

    /// Whether Dispatch can be told of a timer now; for the tracker's own threads, as the descriptors of the process
    /// are looked
    /// through.
    var isPossible: Bool {
        let now = monotonicNanoseconds()
        guard state.withLock({ now >= $0.notBefore && !$0.isCancelled }) else { return false }
        let threads = ct_dispatch_has_threads()
        // This is asked at each tick of a program without Dispatch.
        if threads == 0, waitsForDispatch { return false }
        if isReachable(threads) { return true }
        state.withLock { state in
            state.notBefore = now + state.pause
            state.pause = min(2 * state.pause, Self.longestPause)
        }
        return false
    }

    /// Whether Dispatch has descriptors that are its own, or none yet and would get them: with its first timer it
    /// opens three,
    /// and ends the process where there are none.
    private func isReachable(_ threads: Int32) -> Bool {
        switch ct_dispatch_look() {
        case CT_DISPATCH_INTACT: true
        // With threads it had some.
        case CT_DISPATCH_UNSEEN: threads != 1 && !waitsForDispatch && ct_descriptors_are_left() != 0
        default: false
        }
    }

    /// Whether the process has closed Dispatch's descriptors since Dispatch was told of the timer, so that it fires no
    /// more.
    func isLost() -> Bool {
        if let source = state.withLock({ $0.source }), ct_dispatch_check() == CT_DISPATCH_LOST { leave(source) }
        return state.withLock { $0.isLost }
    }

    /// Abandons the timer: each call to Dispatch would write to descriptors that are not its own any more.
    ///
    /// It is suspended, which takes none, and kept for ever: Dispatch ends a process that releases what is suspended.
    private func leave(_ source: Source) {
        source.timer.suspend()
        _ = Unmanaged.passRetained(source.timer as AnyObject)
        state.withLock { state in
            state.wanted = nil
            state.source = nil
            state.isLost = true
        }
    }

    /// Sets the pace of the timer.
    ///
    /// - Parameters:
    ///   - delay: The time until it fires first, in nanoseconds.
    ///   - period: The time between two ticks, in nanoseconds.
    ///   - tick: Is called on ``queue``, and kept until the timer is cancelled; that of the first call stays.
    func schedule(delay: UInt64, period: UInt64, tick: @escaping Tick) {
        let first = monotonicNanoseconds() + delay
        state.withLock { $0.wanted = Schedule(first: first, period: period, tick: tick) }
        tell()
    }

    /// Ends the timer; a tick that is under way finishes.
    func cancel() {
        state.withLock {
            $0.isCancelled = true
            $0.wanted = nil
        }
        tell()
    }

    /// Tells Dispatch what it has not been told yet, on a thread that comes and goes.
    ///
    /// Where there is no such thread, the next call tries again, and so does the timer itself when it fires.
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
                // The handler goes with it, and what that keeps.
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

    /// Leaves the timer for another time.
    private func putBack(_ schedule: Schedule) {
        state.withLock { state in
            if state.wanted == nil, !state.isCancelled { state.wanted = schedule }
            state.isTelling = false
            state.notBefore = monotonicNanoseconds() + Self.pause
        }
    }

    /// Makes the timer.
    private func begin(_ schedule: Schedule) {
        let source = Source(timer: DispatchSource.makeTimerSource(queue: queue))
        Self.set(source, schedule)
        source.timer.setEventHandler { @Sendable in
            // The thread is Dispatch's.
            ct_own_objects()
            defer { ct_end_own_objects() }
            schedule.tick()
            // Dispatch tells itself afterwards that the timer was late, or that it was cancelled meanwhile.
            guard ct_dispatch_check() != CT_DISPATCH_LOST else { return self.leave(source) }
            // Where a stop found no thread to tell it.
            if self.state.withLock({ $0.isCancelled }), self.begins() { self.tellAll() }
        }
        state.withLock { $0.source = source }
        source.timer.activate()
        // Those of its descriptors that have just been made.
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
            // The kernel may bundle wake-ups; a sample says when it was taken.
            leeway: .nanoseconds(Int(min(schedule.period / 100, 10_000_000)))
        )
    }
}
