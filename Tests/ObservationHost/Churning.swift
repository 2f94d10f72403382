import CTrackingRuntime
import ClassTracking
import Glibc
import HeapSizing
import Synchronization
import TrackingTestSupport

private final class Grain { var value = 1 }

private final class Session {
    let text: String
    let numbers: [Int]
    var byName: [String: Grain] = [:]
    var next: Session?

    init(_ n: Int) {
        text = String(repeating: "x", count: 50 + n % 300)
        // Some are mappings of their own, which go back to the kernel when they are freed.
        numbers = Array(repeating: n, count: n % 97 == 0 ? 100_000 : 10 + n % 2000)
        for index in 0..<(n % 8) { byName["a long enough key \(index)"] = Grain() }
    }
}

private final class Fixed { let numbers = [Int](repeating: 7, count: 1000) }

/// Takes snapshots while threads free what these look at, with whatever allocator serves the process.
///
/// - Parameters:
///   - seconds: How long.
///   - isRefused: Whether the allocator is one that must not be asked for sizes.
/// - Throws: What tracking throws.
@MainActor
func churn(seconds: Double, isRefused: Bool) throws {
    // Before anything of the tracker, which handles faults from its first use on.
    checks.expect("a sizer that comes first tells whether it can measure", HeapSizer().canMeasure != isRefused)
    let tracker = ClassTracker(configuration: configuration())
    try tracker.trackClass(Session.self)
    try tracker.trackClass(Grain.self)
    try tracker.trackClass(Fixed.self, name: "Fixed")
    let fixed = (0..<1000).map { _ in Fixed() }
    let truth = fixed.reduce(0) { sum, object in
        // An object and its array's storage.
        let storage = unsafeBitCast(object.numbers, to: UnsafeMutableRawPointer.self)
        return sum + usableSize(Unmanaged.passUnretained(object).toOpaque()) + usableSize(storage)
    }
    let isOver = Flag()
    for seed in 0..<3 {
        startThread {
            var mine: [Session] = []
            var n = seed &+ 4711
            while !isOver.isSet {
                n = (n &* 1_103_515_245 &+ 12345) & 0x7FFF_FFFF
                let session = Session(n)
                if let last = mine.last, n & 3 == 0 { session.next = last }
                mine.append(session)
                if mine.count > 500 { mine.removeFirst(400) }
            }
        }
    }
    var snapshots = 0
    var wrong = 0
    var example = ""
    let end = now() + seconds
    while now() < end {
        let snapshot = try tracker.createSnapshot(computeTotal: true)
        snapshots += 1
        let sizes = snapshot.classes["Fixed"]
        let isRight = isRefused ? sizes?.unsized == 1000 && sizes?.sum == 0 : sizes?.unsized == 0 && sizes?.sum == truth
        if sizes?.active != 1000 || !isRight {
            wrong += 1
            let all = snapshot.classes.map { "\($0.key): \($0.value.active)" }
            example = "\(all), missed \(snapshot.missed), \(sizes.map { "\($0)" } ?? "none"), expected \(truth) bytes"
        }
        if let total = snapshot.heapTotal, !isRefused, total < truth { wrong += 1 }
    }
    isOver.set()
    print("\(snapshots) snapshots; heap total \(HeapSizer.heapInUse ?? -1)")
    let isWell = wrong == 0 && snapshots > 0
    checks.expect("each snapshot counts and sizes objects at rest", isWell, "\(wrong) do not: \(example)")
    do throws(HeapSizingError) {
        try HeapSizer.checkRuntime()
        checks.expect("the allocator is asked", !isRefused)
    } catch {
        print("refused: \(error.description)")
        checks.expect("the allocator is refused", isRefused)
    }
    withExtendedLifetime(fixed) {}
    tracker.close()
}

private func usableSize(_ block: UnsafeMutableRawPointer) -> Int {
    Int(ct_guarded_usable_size(UInt(bitPattern: block)))
}

/// Takes snapshots of a process that has all its memory locked, which the kernel then puts behind each mapping at once.
@MainActor
func lock() throws {
    final class Item { var text = String(repeating: "x", count: 100) }
    let tracker = ClassTracker(configuration: configuration())
    try tracker.trackClass(Item.self)
    let items = (0..<1000).map { _ in Item() }
    guard mlockall(MCL_CURRENT | MCL_FUTURE) == 0 else {
        print("skipped: no memory can be locked")
        exit(77)
    }
    let before = highWater()
    for isolation in [Snapshot.Isolation.inProcess, .forked] {
        let snapshot = try tracker.createSnapshot(isolation: isolation)
        checks.expect("objects are sized, \(isolation)", snapshot.unsized == 0 && snapshot.trackedTotal > 100_000)
    }
    let growth = highWater() - before
    checks.expect("a snapshot takes little memory", growth < 16 << 20, "\(growth) bytes")
    print("the resident set grew by \(growth) bytes")
    let stack = stackOfThread()
    checks.expect("a thread's stack is small", stack > 0 && stack <= 1 << 20, "\(stack) bytes")
    withExtendedLifetime(items) {}
    tracker.close()
}

/// The stack of a thread of the tracker's that asks for the usual size, in bytes.
private func stackOfThread() -> Int {
    let size = Atomic(0)
    withUnsafePointer(to: size) { place in
        let failure = ct_start_thread(
            "tracker-probe",
            0,
            { context in
                var place = 0
                let size = withUnsafeMutablePointer(to: &place) { mapping(of: UInt(bitPattern: $0)) }
                context.assumingMemoryBound(to: Atomic<Int>.self).pointee.store(size, ordering: .releasing)
            },
            UnsafeMutableRawPointer(mutating: place)
        )
        precondition(failure == 0)
        while place.pointee.load(ordering: .acquiring) == 0 { usleep(1000) }
    }
    return size.load(ordering: .acquiring)
}

/// Bytes of the mapping that an address lies in; -1 for none.
private func mapping(of address: UInt) -> Int {
    let ranges = (try? text(of: "/proc/self/maps"))?.split(separator: "\n")
        .map { $0.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) } }
    let range = ranges?.first { $0.count == 2 && $0[0] <= address && address < $0[1] }
    return range.map { Int($0[1] - $0[0]) } ?? -1
}

/// The largest resident set so far, in bytes.
private func highWater() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
}

private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

private final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }
}
