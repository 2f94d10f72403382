import Glibc

/// Nanoseconds on a clock that cannot be set.
func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Nanoseconds that `body` takes.
func timed(_ body: () -> Void) -> Double {
    let start = nanoseconds()
    body()
    return Double(nanoseconds() - start)
}

func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// Times of our own work and of a peer's, taken in turn.
struct Comparison {
    private(set) var own: [Double] = []
    private(set) var peer: [Double] = []

    /// The median of the ratios of the rounds: what slows the machine down for a while slows both halves of a round.
    var ratio: Double { median(zip(own, peer).map { $0 / $1 }) }

    /// - Parameters:
    ///   - rounds: How often both are measured; who goes first changes from round to round.
    ///   - own: Returns the time, or another figure, of our own work.
    ///   - peer: Returns the same of the peer's.
    init(rounds: Int, own: () -> Double, peer: () -> Double) {
        for round in 0..<rounds {
            if round % 2 == 0 {
                self.own.append(own())
                self.peer.append(peer())
            } else {
                self.peer.append(peer())
                self.own.append(own())
            }
        }
    }
}
