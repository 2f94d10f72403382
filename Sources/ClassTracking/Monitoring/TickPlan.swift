/// The plan of ticks: which are due, and whether the timer or the stand-in thread takes them.
///
/// Ticks lie on a grid of one interval; those that could not happen are not made up for. Two of them never overlap:
/// whoever
/// takes one has claimed it. The thread takes ticks at their time until the timer delivers its first one, leaves them
/// to the
/// timer from then on, takes one that is late, and goes on at their time until the timer delivers again.
struct TickPlan {
    /// Nanoseconds between two samples.
    private(set) var period: UInt64
    /// When the next one is due, on the monotonic clock; not before the run has begun.
    private var nextTick = WorkerThread.whenWoken
    var knowsLimit = false
    /// Whether the timer has been handed over.
    private(set) var isArmed = false
    /// Ticks that the timer should have delivered and did not.
    private(set) var lateTicks = 0

    /// Whether somebody takes a tick.
    private var isTicking = false
    private var isClosed = false
    private var standsIn = true
    /// When the timer delivered latest, or was handed over.
    private var latestDelivery: UInt64 = 0
    private var hasDelivered = false
    private var wasTold = false
    private var isLost = false

    /// How long a timer that was just handed over may need before its ticks count as late.
    private static let beginning: UInt64 = 1_000_000_000
    /// The silence of the timer that is reported.
    private static let silence: UInt64 = 10_000_000_000

    init(period: UInt64) { self.period = period }

    /// How late the timer may be: the machine may be busy, and a sample says when it was taken.
    private var grace: UInt64 { min(max(period / 4, 5_000_000), 250_000_000) }

    /// When the thread has to look next; it is not woken for it, whatever the timer does.
    func due(now: UInt64) -> UInt64 {
        guard !isClosed, nextTick < WorkerThread.whenWoken else { return WorkerThread.whenWoken }
        let due = nextTick + (standsIn ? 0 : grace)
        // A tick that takes longer than an interval is looked at now and then.
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

    /// Takes note that the timer is handed over.
    ///
    /// - Returns: When it has to fire first, from now on, and its period.
    mutating func arm(now: UInt64) -> (delay: UInt64, period: UInt64) {
        isArmed = true
        hasDelivered = false
        latestDelivery = now
        let next = nextTick > now ? nextTick : nextTick + period * ((now - nextTick) / period + 1)
        return (next - now, period)
    }

    /// Takes note that the timer delivers nothing any more, and never will.
    ///
    /// - Returns: Whether that is new.
    mutating func lose() -> Bool {
        isArmed = false
        standsIn = true
        return !exchange(&isLost, with: true)
    }

    /// Claims the tick that the timer delivers.
    ///
    /// - Returns: Whether it is to be taken; ``end()`` has to be called then.
    mutating func deliver(now: UInt64) -> Bool {
        latestDelivery = now
        hasDelivered = true
        standsIn = false
        // Dispatch may round to its own grid.
        return claim(now: now, early: min(period / 4, 1_000_000))
    }

    /// Claims a tick for the stand-in thread.
    ///
    /// - Returns: Whether it is to be taken; ``end()`` has to be called then.
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

    /// Whether a tick came due while another one was taken.
    func isOverdue(now: UInt64) -> Bool { now >= nextTick }

    /// Allows no further tick; returns whether none is under way.
    mutating func close() -> Bool {
        isClosed = true
        return !isTicking
    }

    mutating func abandon() { isClosed = true }

    /// Whether it is to be told, once, that the timer is silent.
    mutating func isNews(now: UInt64) -> Bool {
        guard isArmed, !wasTold, standsIn, lateTicks >= 3, now - latestDelivery > Self.silence else { return false }
        wasTold = true
        return true
    }
}
