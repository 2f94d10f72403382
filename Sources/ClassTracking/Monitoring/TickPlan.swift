/// The plan of ticks: which are due, and whether the timer or the stand-in thread takes them.
///
/// Ticks lie on a grid of one interval; missed ticks are not made up for. Two ticks never overlap, because each has to
/// be claimed first. The thread takes all ticks until the timer delivers its first one, and leaves them to the timer
/// afterwards. If one is late, the thread takes it and all further ones until the timer delivers again.
struct TickPlan {
    /// The nanoseconds between two samples.
    private(set) var period: UInt64
    /// The monotonic time of the next tick; not before the run has begun.
    private var nextTick = WorkerThread.whenWoken
    var knowsLimit = false
    /// Indicates whether the timer has been handed over to Dispatch.
    private(set) var isArmed = false
    /// The number of ticks that the timer did not deliver in time.
    private(set) var lateTicks = 0

    /// Indicates whether a tick is in progress.
    private var isTicking = false
    private var isClosed = false
    private var standsIn = true
    /// The time at which the timer last delivered a tick, or was handed over.
    private var latestDelivery: UInt64 = 0
    private var hasDelivered = false
    private var wasReported = false
    private var isLost = false

    /// The time after which the ticks of a timer that was just handed over count as late.
    private static let beginning: UInt64 = 1_000_000_000
    /// The silence of the timer that is reported.
    private static let silence: UInt64 = 10_000_000_000

    init(period: UInt64) { self.period = period }

    /// The tolerance for the timer: the machine may be busy, and a sample has its actual time.
    private var grace: UInt64 { min(max(period / 4, 5_000_000), 250_000_000) }

    /// Returns the time of the thread's next check; the timer does not wake it for that.
    func due(now: UInt64) -> UInt64 {
        guard !isClosed, nextTick < WorkerThread.whenWoken else { return WorkerThread.whenWoken }
        let due = nextTick + (standsIn ? 0 : grace)
        // A tick that takes longer than an interval is checked from time to time.
        return isTicking ? max(due, now + grace) : due
    }

    /// Starts a grid of ticks: one now, and then one each period.
    ///
    /// The timer has to be handed over again.
    mutating func begin(period: UInt64, now: UInt64) {
        self.period = period
        isArmed = false
        nextTick = now
        standsIn = true
        hasDelivered = false
        latestDelivery = now
    }

    /// Records that the timer is handed over.
    ///
    /// - Returns: The time until its first tick, and its period.
    mutating func arm(now: UInt64) -> (delay: UInt64, period: UInt64) {
        isArmed = true
        hasDelivered = false
        latestDelivery = now
        let next = nextTick > now ? nextTick : nextTick + period * ((now - nextTick) / period + 1)
        return (next - now, period)
    }

    /// Records that the timer will not deliver any further tick.
    ///
    /// - Returns: Whether that is new.
    mutating func lose() -> Bool {
        isArmed = false
        standsIn = true
        return !exchange(&isLost, with: true)
    }

    /// Claims the tick that the timer delivers.
    ///
    /// - Returns: Whether to take it; if so, ``end()`` has to be called afterwards.
    mutating func deliver(now: UInt64) -> Bool {
        latestDelivery = now
        hasDelivered = true
        standsIn = false
        // Dispatch may round to its own grid.
        return claim(now: now, early: min(period / 4, 1_000_000))
    }

    /// Claims a tick for the stand-in thread.
    ///
    /// - Returns: Whether to take it; if so, ``end()`` has to be called afterwards.
    mutating func standIn(now: UInt64) -> Bool {
        guard now >= due(now: now), claim(now: now, early: 0) else { return false }
        if !isArmed {
            standsIn = true
        } else if hasDelivered || now - latestDelivery > Self.beginning {
            lateTicks += 1
            standsIn = true
        }
        return true
    }

    private mutating func claim(now: UInt64, early: UInt64) -> Bool {
        guard !isTicking, !isClosed, nextTick < WorkerThread.whenWoken, now + early >= nextTick else { return false }
        nextTick += period * (now > nextTick ? (now - nextTick) / period + 1 : 1)
        isTicking = true
        return true
    }

    /// Ends a tick; returns whether no further one may be taken.
    mutating func end() -> Bool {
        isTicking = false
        return isClosed
    }

    /// Indicates whether a tick became due while another one was taken.
    func isOverdue(now: UInt64) -> Bool { now >= nextTick }

    /// Prevents further ticks; returns whether none is in progress.
    mutating func close() -> Bool {
        isClosed = true
        return !isTicking
    }

    mutating func abandon() { isClosed = true }

    /// Indicates whether to report, once, that the timer is silent.
    mutating func isNews(now: UInt64) -> Bool {
        guard isArmed, !wasReported, standsIn, lateTicks >= 3, now - latestDelivery > Self.silence else { return false }
        wasReported = true
        return true
    }
}
