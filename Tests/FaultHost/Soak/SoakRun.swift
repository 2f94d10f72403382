import CFaultSupport
import ClassTracking
import Glibc
import Synchronization
import TrackingTestSupport

/// A service under load for as long as SOAK_MINUTES says.
///
/// 20 classes at 10 Hz, threads that replace objects all the time, a burst now and then, a class that is tracked and
/// detached again. Between them all threads rest, and it is looked at what the process holds.
func soak(_ file: String) throws {
    let text = getenv("SOAK_MINUTES").map { String(cString: $0) } ?? "10"
    guard let minutes = Double(text), minutes > 0, minutes < 1_000_000 else {
        stop("SOAK_MINUTES: \"\(text)\" is no number of minutes")
    }
    let run = SoakRun(file: file)
    try run.run(for: .milliseconds(Int(minutes * 60_000)))
}

private final class SoakRun: Sendable {
    /// At a moment when all threads rest with the same number of objects.
    struct Rest {
        var seconds: Double
        var resident: Int
        var heap: Int
        var descriptors: Int
        var threads: Int
        var fileBytes: Int
        var overhead: Int
    }

    private static let threadCount = 4
    private static let each = 100
    // More than 32 MiB, so that it is a spike.
    private static let burst = 400_000
    private static let maximumBytes = 2 << 20
    private static let keep = 4
    /// How much the resident set at rest may have grown, in KiB.
    private static let allowedDrift = 1024
    /// How much more malloc may have given out, in KiB: contents of another size are about 50.
    private static let allowedHeapDrift = 256

    private let directory: String
    private let tracker: ClassTracker
    private let sink = SoakSink()
    private let tallies = Kind.soaked.map { _ in Tally() }
    private let isOver = Atomic(false)
    private let rests = Atomic(false)
    private let resting = Atomic(0)
    private let operations = Atomic(0)
    private let bursts = Atomic(0)
    private let toggles = Atomic(0)

    init(file: String) {
        directory = FilePath(file).removingLastComponent().string
        var configuration = ClassTracker.Configuration()
        configuration.journal.enabled = false
        configuration.file = RollingFileConfiguration(
            path: FilePath(file),
            maximumBytes: Self.maximumBytes,
            keep: Self.keep
        )
        // Ten snapshots a second, whatever they cost: the more of them, the sooner is seen what one of them leaves behind.
        configuration.overheadBudget = nil
        tracker = ClassTracker(configuration: configuration, sinks: { [sink] in [sink] })
    }

    func run(for duration: Duration) throws {
        // Of the heaps of threads, glibc keeps what it thinks will be used again: up to twice the largest block that was ever
        // freed. With several of them, that alone is megabytes, at one time or another.
        cf_use_one_arena()
        for index in Kind.soaked.indices { try track(index) }
        try tracker.startPeriodicSnapshots(interval: .milliseconds(100))
        let start = ContinuousClock.now
        let threads = (0..<Self.threadCount).map { index in startThread { self.live(seed: UInt64(index + 1)) } }
        let pause = max(.seconds(2), min(duration / 60, .seconds(30)))
        var found: [Rest] = []
        var counted = Counted()
        var number = 0
        while ContinuousClock.now - start < duration {
            sleep(milliseconds: pause.milliseconds)
            number += 1
            if number % 3 == 0 { try toggle() }
            if number % 4 == 0 { burst() }
            found.append(look(ContinuousClock.now - start))
            counted.note(tracker.snapshots)
        }
        isOver.store(true, ordering: .releasing)
        for thread in threads { pthread_join(thread, nil) }
        tracker.stopPeriodicSnapshots()
        counted.note(tracker.snapshots)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        report(found, counted, seconds)
    }

    /// What the tracker has counted, snapshot for snapshot; the stream may have lost some of them, as it says.
    private struct Counted {
        private(set) var created: [String: Int] = [:]
        private(set) var destroyed: [String: Int] = [:]
        /// Snapshots that were not looked at in time.
        private(set) var missed = 0
        private var latest = 0

        mutating func note(_ snapshots: [Snapshot]) {
            for snapshot in snapshots where snapshot.number > latest {
                missed += snapshot.number - latest - 1
                latest = snapshot.number
                for (name, size) in snapshot.classes {
                    created[name, default: 0] += size.created
                    destroyed[name, default: 0] += size.destroyed
                }
            }
        }
    }

    private func track(_ index: Int) throws(TrackingError) {
        let kind = Kind.soaked[index]
        try tracker.trackClass(kind.type, name: kind.name, resolutionLevel: index == 3 ? 1 : 0, trace: index == 0)
    }

    // MARK: Load

    private func live(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var pool: [AnyObject] = []
        for _ in 0..<Self.each { for kind in Kind.soaked.indices { pool.append(make(kind, random.below(1000))) } }
        while !isOver.load(ordering: .acquiring) {
            if rests.load(ordering: .sequentiallyConsistent) {
                resting.add(1, ordering: .sequentiallyConsistent)
                while rests.load(ordering: .sequentiallyConsistent) { usleep(2000) }
                resting.subtract(1, ordering: .sequentiallyConsistent)
            }
            for _ in 0..<40 {
                let place = random.below(pool.count)
                pool[place] = make(place % Kind.soaked.count, random.below(1000))
                tallies[place % Kind.soaked.count].dropped.add(1, ordering: .relaxed)
                Kind.fill(pool[random.below(pool.count)], random.below(10_000))
            }
            operations.add(80, ordering: .relaxed)
            usleep(1000)
        }
        for place in pool.indices { tallies[place % Kind.soaked.count].dropped.add(1, ordering: .relaxed) }
    }

    private func make(_ kind: Int, _ number: Int) -> AnyObject {
        let object = Kind.soaked[kind].make(number)
        tallies[kind].made.add(1, ordering: .relaxed)
        Kind.fill(object, number)
        return object
    }

    /// Many objects at once, for a moment.
    private func burst() {
        var objects: [AnyObject] = []
        for number in 0..<Self.burst { objects.append(make(number % 8, 100)) }
        sleep(milliseconds: 500)
        for number in objects.indices { tallies[number % 8].dropped.add(1, ordering: .relaxed) }
        bursts.add(1, ordering: .relaxed)
    }

    /// Detaches the last class for a moment.
    private func toggle() throws {
        let last = Kind.soaked.count - 1
        try tracker.detachClass(Kind.soaked[last].type)
        sleep(milliseconds: 200)
        try track(last)
        toggles.add(1, ordering: .relaxed)
    }

    // MARK: At rest

    private func look(_ time: Duration) -> Rest {
        rests.store(true, ordering: .sequentiallyConsistent)
        wait("all threads rest") { resting.load(ordering: .sequentiallyConsistent) == Self.threadCount }
        // What a burst has left in the agent goes with the snapshots after it.
        let before = tracker.snapshots.last?.number ?? 0
        // One of a burst, on a machine with too much to do, is followed by a pause of four times what it took.
        let duration = tracker.snapshots.last?.duration ?? 0
        wait("snapshots at rest; the latest took \(duration) s, notices: \(sink.sums.notices)") {
            tracker.snapshots.last?.number ?? 0 >= before + 3
        }
        cf_trim_heap()
        let rest = Rest(
            seconds: time / .seconds(1),
            resident: statusFigure("VmRSS") ?? 0,
            heap: cf_heap_used(),
            descriptors: TemporaryDirectory.names(in: "/proc/self/fd").count,
            threads: statusFigure("Threads") ?? 0,
            fileBytes: TemporaryDirectory.names(in: FilePath(directory))
                .reduce(0) { $0 + bytes(of: directory + "/" + $1) },
            overhead: tracker.snapshots.last?.overhead ?? 0
        )
        rests.store(false, ordering: .sequentiallyConsistent)
        wait("all threads go on") { resting.load(ordering: .sequentiallyConsistent) == 0 }
        return rest
    }

    private func bytes(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    // MARK: The end

    private func report(_ found: [Rest], _ counted: Counted, _ seconds: Double) {
        // What is kept in memory is full after a minute at 10 Hz (600 snapshots); the heap of the host after some bursts.
        let warm = found.filter { $0.seconds >= min(150, seconds / 4) }
        let (first, last) = (warm.prefix(warm.count / 3), warm.suffix(warm.count / 3))
        require(first.count >= 3, "too short: \(warm.count) looks at rest")
        let sums = sink.sums
        // Before, memory is still being filled.
        let isWarm = seconds >= 450
        let allowed = (resident: isWarm ? Self.allowedDrift : nil, heap: isWarm ? Self.allowedHeapDrift : nil)
        var table = SoakTable()
        table.drift("resident set at rest, KiB", first.map(\.resident), last.map(\.resident), allowed.resident)
        table.drift("given out by malloc, KiB", first.map { $0.heap >> 10 }, last.map { $0.heap >> 10 }, allowed.heap)
        table.same("descriptors", warm.map(\.descriptors))
        table.same("threads", warm.map(\.threads))
        table.drift("agent's own bytes, KiB", first.map { $0.overhead >> 10 }, last.map { $0.overhead >> 10 }, nil)
        table.limit("files, bytes", warm.map(\.fileBytes).max() ?? 0, Self.maximumBytes * (Self.keep + 1))
        table.limit("records missing and not accounted for", sums.unaccounted, 0)
        table.limit("snapshots that could not be counted", counted.missed, 0)
        table.limit("births and deaths not as the host counted", difference(counted.created, counted.destroyed), 0)
        // What was dropped is accounted for above; whose births and deaths those were is not known any more.
        if sums.dropped == 0 { table.limit("the same in the stream", difference(sums.created, sums.destroyed), 0) }
        table.atLeast("snapshots", sums.snapshots, Int(seconds * 5))
        table.atLeast("samples", sums.samples, Int(seconds * 8))
        let objects = tallies.reduce(0) { $0 + $1.made.load(ordering: .relaxed) }
        print(
            "\(Int(seconds)) s, \(operations.load(ordering: .relaxed)) operations, \(objects) objects, "
                + "\(bursts.load(ordering: .relaxed)) bursts, \(toggles.load(ordering: .relaxed)) times detached, "
                + "\(sums.records) records, \(sums.dropped) dropped, \(sums.spikes) spikes"
        )
        for notice in sums.notices { print("notice: \(notice)") }
        print(table.text)
        if !table.isGood { stop("see the table") }
    }

    /// By how much counts are off in sum, for the classes that were tracked all the time.
    private func difference(_ created: [String: Int], _ destroyed: [String: Int]) -> Int {
        var difference = 0
        for (index, kind) in Kind.soaked.dropLast().enumerated() {
            difference += abs(tallies[index].made.load(ordering: .relaxed) - (created[kind.name] ?? 0))
            difference += abs(tallies[index].dropped.load(ordering: .relaxed) - (destroyed[kind.name] ?? 0))
        }
        return difference
    }
}
