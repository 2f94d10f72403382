/// Computes the time of the next attempt: after a second, then after twice as long each time.
struct Backoff {
    private let shortest: UInt64
    private let longest: UInt64
    private var delay: UInt64 = 0
    private var notBefore: UInt64 = 0

    /// Creates a backoff.
    ///
    /// - Parameters:
    ///   - shortest: The first delay, in nanoseconds.
    ///   - longest: The longest delay, in nanoseconds.
    init(shortest: UInt64, longest: UInt64) {
        self.shortest = shortest
        self.longest = longest
    }

    func allows(at now: UInt64) -> Bool { now >= notBefore }

    mutating func failed(at now: UInt64) {
        delay = delay == 0 ? shortest : min(delay * 2, longest)
        notBefore = now + delay
    }

    mutating func succeeded() {
        delay = 0
        notBefore = 0
    }
}
