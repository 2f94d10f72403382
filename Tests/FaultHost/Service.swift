import ClassTracking
import Glibc
import Synchronization
import TrackingTestSupport

/// A small service with the whole agent in it: threads make, change and drop objects of tracked classes, and count them
/// themselves; snapshots are taken all the time and go into a rolling file.
final class Service: Sendable {
    private static let threadCount = 3
    private static let poolSize = 400

    let tracker: ClassTracker
    let tallies = Kind.all.map { _ in Tally() }
    private let isOver = Atomic(false)
    private let isPaused = Atomic(false)
    private let paused = Atomic(0)
    private let operations = Atomic(0)
    /// The longest time that a thread has slept within 50 operations, in nanoseconds.
    private let longest = Atomic(0)
    private let errnoChanges = Atomic(0)
    private let threads = Mutex<[pthread_t]>([])

    init(file: String, maximumBytes: Int = 1 << 20, keep: Int = 30, queue: Int = 4096) {
        var configuration = ClassTracker.Configuration()
        configuration.journal.enabled = false
        configuration.file = RollingFileConfiguration(path: FilePath(file), maximumBytes: maximumBytes, keep: keep)
        // All snapshots are added up in the end.
        configuration.retention.snapshots = 100_000
        configuration.retention.history = 64
        configuration.queueCapacity = queue
        configuration.snapshotObjects = 5
        // As many snapshots as can be: faults have to happen while they are taken.
        configuration.overheadBudget = nil
        tracker = ClassTracker(configuration: configuration)
    }

    /// Tracks all classes, begins to take snapshots and lets the threads work.
    func start(interval: Duration = .milliseconds(20)) throws(TrackingError) {
        try track()
        try tracker.startPeriodicSnapshots(interval: interval)
        work()
    }

    func track() throws(TrackingError) {
        for (index, kind) in Kind.all.enumerated() {
            try tracker.trackClass(kind.type, name: kind.name, resolutionLevel: index == 7 ? 1 : 0, trace: index == 0)
        }
    }

    func work() {
        for index in 0..<Self.threadCount {
            let thread = startThread { self.live(seed: UInt64(index + 1)) }
            threads.withLock { $0.append(thread) }
        }
        wait("the service works") { operations.load(ordering: .relaxed) > 1000 }
    }

    /// Operations of all threads until now.
    var progress: Int { operations.load(ordering: .relaxed) }

    var samples: Int { tracker.status.samples }
    var latestSnapshot: Int { tracker.snapshots.last?.number ?? 0 }

    /// Waits until samples and snapshots were taken and the threads have worked.
    func goOn(_ what: String, samples: Int = 5, snapshots: Int = 2) {
        let (before, snapshot, done) = (self.samples, latestSnapshot, progress)
        wait("samples, \(what)") { self.samples >= before + samples }
        wait("snapshots, \(what)") { latestSnapshot >= snapshot + snapshots }
        wait("the service, \(what)") { progress > done + 1000 }
    }

    /// Keeps the threads from allocating while the fault would be theirs too; an operation is not cut short.
    func whilePaused(_ body: () -> Void) {
        isPaused.store(true, ordering: .sequentiallyConsistent)
        wait("the threads pause") { paused.load(ordering: .sequentiallyConsistent) == Self.threadCount }
        body()
        isPaused.store(false, ordering: .sequentiallyConsistent)
    }

    /// Takes note of objects that a mode has made, and drops before the end.
    func count(_ objects: Int, of kind: Int) {
        tallies[kind].made.add(objects, ordering: .relaxed)
        tallies[kind].dropped.add(objects, ordering: .relaxed)
    }

    // MARK: Threads

    private func live(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var pool: [(kind: Int, object: AnyObject)] = []
        pool.reserveCapacity(Self.poolSize)
        while !isOver.load(ordering: .acquiring) {
            if isPaused.load(ordering: .sequentiallyConsistent) {
                paused.add(1, ordering: .sequentiallyConsistent)
                while isPaused.load(ordering: .sequentiallyConsistent) { usleep(500) }
                paused.subtract(1, ordering: .sequentiallyConsistent)
            }
            let start = ThreadTime.now()
            for _ in 0..<50 { operate(&pool, &random) }
            _ = longest.max(Int(ThreadTime.now().asleep(since: start)), ordering: .relaxed)
            usleep(300)
        }
        for entry in pool { tallies[entry.kind].dropped.add(1, ordering: .relaxed) }
    }

    private func operate(_ pool: inout [(kind: Int, object: AnyObject)], _ random: inout SeededGenerator) {
        errno = 4711
        switch random.below(3) {
        case 0 where pool.count < Self.poolSize:
            let kind = random.below(Kind.all.count)
            pool.append((kind, Kind.all[kind].make(kind)))
            tallies[kind].made.add(1, ordering: .relaxed)
        case 1 where !pool.isEmpty:
            change(pool[random.below(pool.count)].object, &random)
        case 2 where pool.count > Self.poolSize / 2:
            pool.swapAt(random.below(pool.count), pool.count - 1)
            tallies[pool.removeLast().kind].dropped.add(1, ordering: .relaxed)
        default: break
        }
        if errno != 4711 { errnoChanges.add(1, ordering: .relaxed) }
        operations.add(1, ordering: .relaxed)
    }

    private func change(_ object: AnyObject, _ random: inout SeededGenerator) {
        switch object {
        case let session as AdminSession: session.rights["\(random.below(8))"] = random.below(100)
        case let session as Session: session.text = String(repeating: "x", count: random.below(200))
        case let cache as Cache<Int>: cache.values = Array(0..<random.below(60))
        case let cache as Cache<String>: cache.values = ["\(random.below(1_000_000_000))"]
        case let chain as Chain<Int>: chain.value = random.below(100)
        default: break
        }
    }

    // MARK: The end

    struct Outcome {
        var objects = 0
        var snapshots = 0
        var unsized = 0
        var missed = 0
    }

    /// Ends everything, and compares what the host has counted with what all snapshots said.
    ///
    /// - Parameters:
    ///   - isExact: Whether births and deaths may not differ at all; else by what the agent says that it missed.
    ///   - keepsErrno: Whether errno may not have been changed for the host; where memory is short malloc may do so.
    ///   - patience: How long the host may have slept within 50 operations.
    /// - Returns: What was compared.
    @discardableResult
    func finish(isExact: Bool = true, keepsErrno: Bool = true, patience: Duration = .seconds(2)) -> Outcome {
        isOver.store(true, ordering: .releasing)
        for thread in threads.withLock({ $0 }) { pthread_join(thread, nil) }
        let asleep = ThreadTime.asleep { tracker.stopPeriodicSnapshots() }
        require(asleep < 30_000_000_000, "stopping slept for \(asleep / 1_000_000) ms")
        do {
            try tracker.createSnapshot("end")
        } catch {
            stop("\(error)")
        }
        let outcome = compare(isExact)
        let held = Duration.nanoseconds(longest.load(ordering: .relaxed))
        require(held < patience, "the host slept for \(held) within 50 operations")
        let changes = errnoChanges.load(ordering: .relaxed)
        require(!keepsErrno || changes == 0, "errno was changed \(changes) times")
        tracker.close()
        tell(
            "\(progress) operations, \(outcome.objects) objects, "
                + "asleep for \(held.milliseconds) ms at most within 50 of them, errno kept, "
                + "births and deaths exact in \(outcome.snapshots) snapshots"
                + (outcome.missed > 0 ? " but for \(outcome.missed), as they say" : "")
                + (outcome.unsized > 0 ? ", \(outcome.unsized) times unsized" : "")
        )
        return outcome
    }

    private func compare(_ isExact: Bool) -> Outcome {
        let snapshots = tracker.snapshots
        guard let latest = snapshots.last else { stop("no snapshot") }
        var outcome = Outcome(snapshots: snapshots.count, missed: latest.missed)
        require(!isExact || latest.missed == 0, "\(latest.missed) births and deaths were missed")
        var difference = 0
        for (index, kind) in Kind.all.enumerated() {
            let made = tallies[index].made.load(ordering: .relaxed)
            let dropped = tallies[index].dropped.load(ordering: .relaxed)
            let created = snapshots.reduce(0) { $0 + ($1.classes[kind.name]?.created ?? 0) }
            let destroyed = snapshots.reduce(0) { $0 + ($1.classes[kind.name]?.destroyed ?? 0) }
            outcome.objects += made
            require(made == dropped, "\(kind.name): \(made) made, \(dropped) dropped")
            difference += abs(made - created) + abs(dropped - destroyed)
            require(
                difference <= latest.missed,
                "\(kind.name): \(made) made and dropped, \(created) created, \(destroyed) destroyed, \(latest.missed) missed"
            )
        }
        outcome.unsized = snapshots.reduce(0) { $0 + $1.unsized }
        for snapshot in snapshots {
            for (name, size) in snapshot.classes {
                require(size.active >= 0 && size.active < 1 << 24, "\(name): \(size.active) active")
                require(size.created >= 0 && size.created < 1 << 24, "\(name): \(size.created) created")
                require(size.destroyed >= 0 && size.destroyed < 1 << 24, "\(name): \(size.destroyed) destroyed")
                require(size.sum >= 0 && size.sum < 1 << 32, "\(name): \(size.sum) bytes")
            }
        }
        return outcome
    }
}

extension Duration {
    var milliseconds: Int { Int(self / .milliseconds(1)) }
}
