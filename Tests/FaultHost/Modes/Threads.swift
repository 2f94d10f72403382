import CFaultSupport
import ClassTracking
import Glibc

/// Threads of the host are cancelled while they make and drop tracked objects, and while the agent's locks are held.
///
/// Only where the thread itself asks for it may it end: an allocation is no cancellation point.
func threadsAreCancelled(_ file: String) throws {
    let service = Service(file: file)
    try service.start()
    try service.tracker.trackClass(Cancelled.Link.self, name: "Link")
    service.goOn("before")
    let elsewhere = cf_cancel_threads(200) {
        for number in 0..<20 { Cancelled.make(number) }
    }
    require(elsewhere >= 0, "no thread")
    require(elsewhere == 0, "\(elsewhere) of 200 threads ended within an allocation")
    service.goOn("after")
    tell("200 threads were cancelled, each where it asked for it")
    service.finish(isExact: false)
}

private enum Cancelled {
    /// Of a class that the host does not count.
    static func make(_ number: Int) {
        let link = Link(number)
        link.next = Link(number + 1)
    }

    final class Link {
        let number: Int
        var next: Link?

        init(_ number: Int) { self.number = number }
    }
}

private func operationsASecond(_ service: Service, milliseconds: Int) -> Double {
    let (operations, begin) = (service.progress, ContinuousClock.now)
    sleep(milliseconds: milliseconds)
    return Double(service.progress - operations) / ((ContinuousClock.now - begin) / .seconds(1))
}

/// Threads of the host end while they hold locks of the agent, as by asynchronous cancellation, and never give them back.
///
/// What it would have recorded is lost, and said to be; the other threads go on.
func threadIsLostWithLock(_ file: String) throws {
    let service = Service(file: file)
    try service.start()
    service.goOn("before")
    // Beside the rate of before, which a busy machine lowers just as much.
    let before = operationsASecond(service, milliseconds: 2000)
    let lost = cf_lose_locks()
    require(lost > 0, "no table has objects")
    let rate = operationsASecond(service, milliseconds: 5000)
    require(rate > min(500, before / 50), "\(Int(rate)) operations a second behind lost locks, \(Int(before)) before")
    tell("\(Int(rate)) operations a second behind \(lost) lost locks")
    service.goOn("behind lost locks", samples: 20, snapshots: 1)
    service.finish(isExact: false, patience: .seconds(5))
}
