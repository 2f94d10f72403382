import ClassTracking
import Glibc
import Synchronization
import TrackingTestSupport

/// `tracking-hammer [forked] SECONDS [SEED]`: threads make, change, share, hand over and drop objects of twenty tracked classes,
/// while one thread tracks and detaches classes and one takes snapshots; the counts at the end must be exact.
final class Hammer: @unchecked Sendable {
    private static let threads = 8
    private static let snapshotsASecond = 50
    private static let forkedSnapshotsASecond = 10
    /// Objects that a thread has at the same time, about.
    private static let poolSize = 2000

    /// What the threads count themselves.
    private final class Tally: Sendable {
        let made = Atomic(0)
        let dropped = Atomic(0)
    }

    /// Whether a class is tracked: even when not, odd when it is, and it goes up by one with each change, twice a change:
    /// whoever reads the same number before and after knows that nothing changed in between.
    private final class Phase: Sendable {
        let value = Atomic(0)
    }

    private let isForked: Bool
    private let tracker: ClassTracker
    private let tallies: [Tally]
    private let phases: [Phase]
    private let isOver = Atomic(false)
    private let checked = Atomic(0)
    private let changes = Atomic(0)
    /// Objects on their way from one thread to another.
    private let basket = Mutex<[(kind: Int, object: Carried)]>([])

    // Handed over under a lock.
    private struct Carried: @unchecked Sendable {
        var object: AnyObject
    }

    init(isForked: Bool) {
        self.isForked = isForked
        var configuration = ClassTracker.Configuration()
        configuration.journal.enabled = false
        configuration.pauseBudget = .seconds(10)
        tracker = ClassTracker(configuration: configuration)
        tallies = Kind.all.map { _ in Tally() }
        phases = Kind.all.map { _ in Phase() }
    }

    static func run(seconds: Int, seed: UInt64, isForked: Bool) {
        // Metadata is made, and copied from superclasses, at the first use.
        for kind in Kind.all { _ = kind.make(1) }
        let before = Kind.all.map { destroyWord(of: $0.type) }
        let hammer = Hammer(isForked: isForked)
        let sums = hammer.swing(seconds: seconds, seed: seed)
        hammer.check(sums)
        hammer.tracker.close()
        require(Kind.all.map { destroyWord(of: $0.type) } == before, "a destroy word is not what it was")
        let object = Leaf1()
        require(!hammer.tracker.isTracking(object), "an object is tracked after close")
    }

    /// What all snapshots said was created and destroyed, by name.
    private struct Sums {
        var created: [String: Int] = [:]
        var destroyed: [String: Int] = [:]
        var snapshots = 0
        var unsized = 0
        var longest = 0.0
        var forked = 0
        var longestPause = 0.0
        var reasons: [String: Int] = [:]
        var latest: Snapshot?

        mutating func add(_ snapshot: Snapshot) {
            for (name, size) in snapshot.classes {
                created[name, default: 0] += size.created
                destroyed[name, default: 0] += size.destroyed
                require(size.sum >= 0 && size.sum < 1 << 34, "an absurd size: \(size)")
            }
            snapshots += 1
            unsized += snapshot.unsized
            longest = max(longest, snapshot.duration)
            longestPause = max(longestPause, snapshot.pause ?? 0)
            if snapshot.isolation == .forked { forked += 1 }
            if let reason = snapshot.notForked { reasons[reason, default: 0] += 1 }
            latest = snapshot
        }
    }

    private func swing(seconds: Int, seed: UInt64) -> Sums {
        for index in 0..<Kind.steady { track(index) }
        var threads = (0..<Self.threads).map { index in startThread { self.live(seed: seed &+ UInt64(index)) } }
        threads.append(startThread { self.flicker(seed: seed &+ 100) })
        var sums = Sums()
        let start = ContinuousClock.now
        var next = start
        while ContinuousClock.now < start + .seconds(seconds) {
            sums.add(snapshot("swing"))
            // A hand that asks for everything now and then, as a person would.
            if sums.snapshots % 50 == 0 { _ = (tracker.index, tracker.history) }
            next = max(
                next + .seconds(1) / (isForked ? Self.forkedSnapshotsASecond : Self.snapshotsASecond),
                .now
            )
            while ContinuousClock.now < next { usleep(1000) }
        }
        isOver.store(true, ordering: .releasing)
        for thread in threads { pthread_join(thread, nil) }
        sums.add(snapshot("all threads ended"))
        basket.withLock { basket in
            for entry in basket { tallies[entry.kind].dropped.add(1, ordering: .relaxed) }
            basket = []
        }
        sums.add(snapshot("all dropped"))
        return sums
    }

    private func snapshot(_ description: String) -> Snapshot {
        do {
            return try tracker.createSnapshot(description, isolation: isForked ? .forked : .inProcess)
        } catch {
            stop("\(error)")
        }
    }

    private static func name(_ index: Int) -> String { "kind \(index)" }

    private func track(_ index: Int) {
        do {
            try tracker.trackClass(
                Kind.all[index].type,
                name: Self.name(index),
                resolutionLevel: index % 7 == 3 ? 1 : 0
            )
        } catch {
            stop("\(error)")
        }
    }

    // MARK: Threads

    /// Tracks and detaches the second half of the classes.
    private func flicker(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        while !isOver.load(ordering: .acquiring) {
            let index = Kind.steady + random.below(Kind.all.count - Kind.steady)
            let phase = phases[index]
            // 0 untracked, 1 being changed, 2 tracked, 3 being changed, 4 untracked …
            let now = phase.value.load(ordering: .acquiring)
            phase.value.store(now + 1, ordering: .sequentiallyConsistent)
            if now % 4 == 0 {
                track(index)
            } else {
                do {
                    try tracker.detachClass(Kind.all[index].type)
                } catch {
                    stop("\(error)")
                }
            }
            phase.value.store(now + 2, ordering: .sequentiallyConsistent)
            changes.add(1, ordering: .relaxed)
            usleep(UInt32(random.below(3000)))
        }
    }

    /// Makes, changes, hands over and drops objects.
    private func live(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var pool: [(kind: Int, object: AnyObject)] = []
        while !isOver.load(ordering: .acquiring) {
            for _ in 0..<1000 {
                switch random.below(10) {
                case 0..<4: make(&pool, &random)
                case 4..<6: change(&pool, &random)
                case 6: handOver(&pool, &random)
                default: drop(&pool, &random)
                }
            }
            if random.below(50) == 0 { while pool.count > 10 { drop(&pool, &random) } }
        }
        while !pool.isEmpty { drop(&pool, &random) }
    }

    private func make(_ pool: inout [(kind: Int, object: AnyObject)], _ random: inout SeededGenerator) {
        guard pool.count < Self.poolSize else { return }
        let index = random.below(Kind.all.count)
        let before = phases[index].value.load(ordering: .acquiring)
        guard let object = Kind.all[index].make(random.below(1000)) else { return }
        tallies[index].made.add(1, ordering: .relaxed)
        if index >= Kind.steady, index != Kind.subclass, before % 2 == 0, random.below(4) == 0 {
            let isTracked = tracker.isTracking(object)
            // Only where nothing has changed meanwhile.
            if phases[index].value.load(ordering: .sequentiallyConsistent) == before {
                require(
                    isTracked == (before % 4 == 2),
                    "\(Kind.all[index].type) is tracked: \(isTracked), phase \(before)"
                )
                checked.add(1, ordering: .relaxed)
            }
        }
        pool.append((index, object))
    }

    private func change(_ pool: inout [(kind: Int, object: AnyObject)], _ random: inout SeededGenerator) {
        guard !pool.isEmpty, let specimen = pool[random.below(pool.count)].object as? any Specimen else { return }
        let number = random.below(1_000_000)
        switch random.below(5) {
        case 0: specimen.contents.text = String(repeating: "\(number) ", count: random.below(20))
        case 1: specimen.contents.numbers = Array(0..<random.below(50))
        case 2: specimen.contents.table["\(number % 8)", default: []].append(number)
        case 3: specimen.contents.table = [:]
        default: specimen.contents.numbers.append(number)
        }
    }

    private func handOver(_ pool: inout [(kind: Int, object: AnyObject)], _ random: inout SeededGenerator) {
        guard !pool.isEmpty else { return }
        let given = pool.swapRemove(random.below(pool.count))
        let carried = (given.kind, Carried(object: given.object))
        let taken = basket.withLock { basket in
            basket.append(carried)
            return basket.count > 200 ? basket.swapRemove(0) : nil
        }
        if let taken { pool.append((taken.kind, taken.object.object)) }
    }

    private func drop(_ pool: inout [(kind: Int, object: AnyObject)], _ random: inout SeededGenerator) {
        guard !pool.isEmpty else { return }
        let dropped = pool.swapRemove(random.below(pool.count))
        tallies[dropped.kind].dropped.add(1, ordering: .relaxed)
    }

    // MARK: The end

    private func check(_ sums: Sums) {
        guard let latest = sums.latest else { stop("no snapshot") }
        require(latest.missed == 0, "\(latest.missed) births and deaths were missed")
        var total = 0
        for (index, tally) in tallies.enumerated() {
            let name = Self.name(index)
            let made = tally.made.load(ordering: .relaxed)
            let dropped = tally.dropped.load(ordering: .relaxed)
            let created = sums.created[name] ?? 0
            let destroyed = sums.destroyed[name] ?? 0
            total += made
            require(made == dropped, "\(name): \(made) made, \(dropped) dropped")
            require(latest.classes[name]?.active ?? 0 == 0, "\(name): \(latest.classes[name]?.active ?? 0) left")
            require(created == destroyed, "\(name): \(created) created, \(destroyed) destroyed")
            if index == 7 {
                // Those that failed were born and have died, too.
                require(created >= made, "\(name): \(created) created, at least \(made) made")
            } else if index == 0 {
                // Made as part of others, too.
                require(created >= made, "\(name): \(created) created, at least \(made) made")
            } else if index < Kind.steady {
                require(created == made, "\(name): \(created) created, \(made) made")
            } else if index == Kind.superclass {
                let ofSubclass = tallies[Kind.subclass].made.load(ordering: .relaxed)
                require(created <= made + ofSubclass, "\(name): \(created) created, \(made) + \(ofSubclass) made")
            } else {
                require(created <= made, "\(name): \(created) created, \(made) made")
            }
        }
        require(checked.load(ordering: .relaxed) > 0, "no object was checked")
        if isForked {
            require(sums.forked > 0, "no snapshot was forked: \(sums.reasons)")
            print(
                "\(sums.forked) forked, the longest pause \(TimeText(sums.longestPause, .fine)), not forked: \(sums.reasons)"
            )
        }
        print(
            "objects \(total), living 0; \(sums.snapshots) snapshots, the longest \(Int(sums.longest * 1000)) ms, "
                + "\(sums.unsized) unsized; \(changes.load(ordering: .relaxed)) classes tracked or detached, "
                + "\(checked.load(ordering: .relaxed)) objects checked"
        )
    }
}

extension Array {
    fileprivate mutating func swapRemove(_ index: Int) -> Element {
        swapAt(index, count - 1)
        return removeLast()
    }
}
