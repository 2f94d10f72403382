import CTrackingRuntime
import Glibc
import HeapSizing
import Synchronization
import TrackingRecords
import TrackingTestSupport

/// One graph with its lock, which the sizer does not take.
final class Plot: @unchecked Sendable {
    let lock = Lock()
    var root: Branch
    /// What is on its way from one thread to another.
    var basket: [Counted] = []

    init(_ root: Branch) { self.root = root }
}

/// `sizing-hammer SECONDS [SEED]`: threads change graphs as fast as they can while others size them without pause.
final class Hammer: @unchecked Sendable {
    private static let mutators = 8
    private static let walkerCount = 2
    /// A walk hangs if it takes more processor time or sleeps for longer, in nanoseconds; with a sanitizer a second is nothing.
    private static let longestWalk: UInt64 = 60_000_000_000
    /// No graph comes near it: a sum above is made of a torn number.
    private static let absurdBytes = 4 << 30

    private let plots: [Plot]
    private let isOver = Atomic(false)
    private let walks = Atomic(0)
    private let unsized = Atomic(0)
    private let longest = Atomic(0)
    private let walkers: [Walker]

    /// What the watching thread sees of a walker.
    private final class Walker: Sendable {
        let thread = Atomic<pid_t>(0)
        /// Walks begun and ended: odd during a walk.
        let phase = Atomic(0)
    }

    /// A walk that the watching thread has seen.
    private struct Watched {
        var phase = 0
        var since: ThreadTime?
    }

    init(seed: UInt64) {
        var gardener = Gardener(seed: seed)
        plots = (0..<8).map { _ in Plot(gardener.branch(4)) }
        walkers = (0..<Self.walkerCount).map { _ in Walker() }
    }

    /// Runs and prints what happened; ends the process where something is wrong.
    static func run(seconds: Int, seed: UInt64) {
        Allocator.mapLargeBlocks()
        // What the standard library makes once and keeps is not to be found missing.
        let before = (births: Census.births, deaths: Census.deaths)
        autoreleased {
            let hammer = Hammer(seed: seed)
            hammer.swing(seconds: seconds, seed: seed)
            hammer.checkRest()
            hammer.report()
        }
        let births = Census.births - before.births
        let deaths = Census.deaths - before.deaths
        if births != deaths { stop("\(births) objects were born and \(deaths) died") }
        print("objects \(births), living 0")
    }

    /// A frame of its own, which holds nothing any more when it is left.
    @inline(never)
    private static func autoreleased(_ body: () -> Void) { body() }

    private func swing(seconds: Int, seed: UInt64) {
        var threads: [pthread_t] = []
        for index in 0..<Self.mutators {
            threads.append(startThread { self.mutate(seed: seed &+ 1000 &+ UInt64(index)) })
        }
        for (index, walker) in walkers.enumerated() {
            threads.append(startThread { self.walk(walker, seed: seed &+ 2000 &+ UInt64(index)) })
        }
        // Beyond the end, too: a walker that hangs is never joined.
        let watching = startThread { self.watch() }
        let end = Self.now() + seconds * 1_000_000_000
        while Self.now() < end { usleep(50_000) }
        isOver.store(true, ordering: .relaxed)
        for thread in threads { pthread_join(thread, nil) }
        pthread_join(watching, nil)
    }

    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// Ends the process when a walk hangs, and returns when all walkers have ended.
    private func watch() {
        var watched = walkers.map { _ in Watched() }
        while !walkers.allSatisfy({ $0.phase.load(ordering: .relaxed) < 0 }) {
            usleep(200_000)
            for (index, walker) in walkers.enumerated() {
                let phase = walker.phase.load(ordering: .relaxed)
                guard phase > 0, phase % 2 == 1 else { continue }
                let now = ThreadTime.now(of: walker.thread.load(ordering: .relaxed))
                guard phase == watched[index].phase, let since = watched[index].since else {
                    watched[index] = Watched(phase: phase, since: now)
                    continue
                }
                let (running, asleep) = (now.running(since: since), now.asleep(since: since))
                if max(running, asleep) > Self.longestWalk {
                    stop("a walk hangs: \(running / 1_000_000) ms on a processor, \(asleep / 1_000_000) ms asleep")
                }
            }
        }
    }

    // MARK: Mutators

    private func mutate(seed: UInt64) {
        var gardener = Gardener(seed: seed)
        while !isOver.load(ordering: .relaxed) {
            let plot = plots[gardener.random.below(plots.count)]
            switch gardener.random.below(200) {
            case 0: replant(plot, &gardener)
            case 1...3: plot.lock { plot.basket.append(gardener.giant()) }
            case 4...12: handOver(from: plot, to: plots[gardener.random.below(plots.count)], &gardener)
            default: plot.lock { gardener.change(plot.root, 3) }
            }
        }
    }

    /// Drops a whole graph, and gives its memory back to the kernel.
    private func replant(_ plot: Plot, _ gardener: inout Gardener) {
        let next = gardener.branch(4)
        plot.lock { plot.root = next }
        plot.lock { plot.basket = [] }
        if gardener.random.oneIn(8) { Allocator.trim() }
    }

    private func handOver(from: Plot, to: Plot, _ gardener: inout Gardener) {
        var moved = from.lock { from.basket.popLast() ?? from.root.children.popLast() }
        guard let counted = moved else { return }
        moved = nil
        if from !== to, gardener.random.oneIn(2) {
            // Where the receiver has one already, both are dropped here, beyond any lock.
            to.lock { if to.basket.count < 4 { to.basket.append(counted) } }
        } else {
            to.lock { if to.root.children.count < 24 { to.root.children.append(counted) } }
        }
    }

    // MARK: Walkers

    private func walk(_ walker: Walker, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        walker.thread.store(threadID(), ordering: .relaxed)
        while !isOver.load(ordering: .relaxed) {
            let start = Self.now()
            walker.phase.add(1, ordering: .relaxed)
            let sizer = HeapSizer()
            walkOnce(sizer, &random)
            walker.phase.add(1, ordering: .relaxed)
            let time = Self.now() - start
            longest.max(time, ordering: .relaxed)
            walks.add(1, ordering: .relaxed)
            unsized.add(sizer.unsized, ordering: .relaxed)
            if sizer.total < 0 || sizer.total > Self.absurdBytes { stop("a walk found \(sizer.total) bytes") }
        }
        walker.phase.store(-1, ordering: .relaxed)
    }

    private func walkOnce(_ sizer: HeapSizer, _ random: inout SeededGenerator) {
        switch random.below(6) {
        case 0: _ = sizer.size(of: plots[random.below(plots.count)])
        case 1: for plot in plots { _ = sizer.size(of: plot) }
        case 2:
            // Alive or not, or in the middle of what stands there now.
            for _ in 0..<64 {
                let offset = random.oneIn(4) ? UInt(random.below(64) * 8) : 0
                _ = sizer.size(ofObjectAt: Graveyard.any(&random) &+ offset)
            }
        case 3:
            _ = sizer.sized(
                objectAt: address(of: plots[random.below(plots.count)]),
                name: "plot",
                resolutionLevel: 3
            )
        case 4:
            for _ in 0..<8 {
                let level = random.below(5)
                _ = sizer.sized(objectAt: Graveyard.any(&random), name: "grave", resolutionLevel: level)
            }
        default:
            for _ in 0..<16 { sizer.exclude(Graveyard.any(&random)) }
            for plot in plots { _ = sizer.size(of: plot) }
            for _ in 0..<16 { _ = sizer.size(ofObjectAt: Graveyard.any(&random)) }
        }
    }

    // MARK: At rest

    /// The sizes of what the threads have left behind, against sums by hand.
    private func checkRest() {
        for plot in plots {
            let sizer = HeapSizer()
            let size = sizer.size(of: plot.root)
            var sum = HandSum()
            sum.add(plot.root)
            if size != sum.bytes || sizer.unsized != 0 {
                stop("at rest a graph has \(sum.bytes) bytes, the sizer says \(size), \(sizer.unsized) unsized")
            }
            let detailed = HeapSizer().sized(plot.root, resolutionLevel: 3).size
            if detailed != size { stop("the sizes of the referents add up to \(detailed), not to \(size)") }
        }
    }

    private func report() {
        print(
            "walks \(walks.load(ordering: .relaxed)), faults \(ct_guard_faults()),",
            "unsized \(unsized.load(ordering: .relaxed)),",
            "longest walk \(longest.load(ordering: .relaxed) / 1_000_000) ms"
        )
    }
}
