import ClassTracking
import Glibc
import Synchronization
import TrackingTestSupport

/// `tracking-hammer exchange SECONDS`: two containers exchange elements under one lock, so that what they hold together is the
/// same whenever nobody is inside of it; and snapshots, forked and in process in turn, tell how much that is.
final class Exchange: @unchecked Sendable {
    private static let writers = 2
    private static let snapshotsASecond = 10
    private static let slots = 20_000
    private static let movedAtOnce = 100

    private final class Container {
        var elements: [Element?]
        init(_ elements: [Element?]) { self.elements = elements }
    }

    private final class Element {
        private let bytes = [UInt8](repeating: 7, count: 200)
    }

    /// Holds something while somebody is inside of the lock, so that its size tells.
    private final class Gate {
        var ballast: [UInt8]?
    }

    private let gate = Gate()
    private let left = Container((0..<slots).map { _ in Element() })
    private let right = Container([Element?](repeating: nil, count: slots))
    private let ballast = [UInt8](repeating: 1, count: 1000)
    private let lock = Mutex(())
    private let isOver = Atomic(false)
    private let moves = Atomic(0)

    /// What the snapshots of one kind have shown.
    private struct Tally {
        var snapshots = 0
        var empty = 0
        var wrongWhenEmpty = 0
        var wrong = 0
        var largestError = 0
        var longestPause = 0.0

        var text: String {
            "\(snapshots) snapshots, \(wrong) with another sum, by up to \(ByteText(largestError)); "
                + "\(empty) with nobody inside, \(wrongWhenEmpty) of these with another sum"
        }
    }

    static func run(seconds: Int, seed: UInt64) { Exchange().run(seconds: seconds, seed: seed) }

    private func run(seconds: Int, seed: UInt64) {
        var configuration = ClassTracker.Configuration()
        configuration.journal.enabled = false
        configuration.pauseBudget = .seconds(10)
        let tracker = ClassTracker(configuration: configuration)
        do {
            try tracker.trackObject(left, name: "left")
            try tracker.trackObject(right, name: "right")
            try tracker.trackObject(gate, name: "gate")
        } catch {
            stop("\(error)")
        }
        let atRest = snapshot(tracker, .inProcess)
        let empty = atRest.classes["gate"]?.sum ?? 0
        let sum = atRest.trackedTotal - empty
        let threads = (0..<Self.writers).map { index in startThread { self.write(seed: seed &+ UInt64(index)) } }
        var tallies: [Snapshot.Isolation: Tally] = [:]
        let start = ContinuousClock.now
        var next = start
        // On a busy machine longer, until there was a moment with nobody inside.
        while ContinuousClock.now < start + .seconds(seconds)
            || tallies[.forked, default: Tally()].empty == 0 && ContinuousClock.now < start + .seconds(seconds + 300)
        {
            for isolation in Snapshot.Isolation.allCases {
                let snapshot = snapshot(tracker, isolation)
                require(snapshot.isolation == isolation, snapshot.notForked ?? "not taken as asked for")
                var tally = tallies[isolation] ?? Tally()
                let gate = snapshot.classes["gate"]?.sum ?? 0
                let error = abs(snapshot.trackedTotal - gate - sum)
                tally.snapshots += 1
                if error != 0 { tally.wrong += 1 }
                if gate == empty { tally.empty += 1 }
                if gate == empty, error != 0 { tally.wrongWhenEmpty += 1 }
                tally.largestError = max(tally.largestError, error)
                tally.longestPause = max(tally.longestPause, snapshot.pause ?? 0)
                tallies[isolation] = tally
            }
            next = max(next + .seconds(1) / Self.snapshotsASecond, .now)
            while ContinuousClock.now < next { usleep(1000) }
        }
        isOver.store(true, ordering: .releasing)
        for thread in threads { pthread_join(thread, nil) }
        require(snapshot(tracker, .forked).trackedTotal == atRest.trackedTotal, "the sum at rest is another one")
        print("sum \(ByteText(sum)), \(moves.load(ordering: .relaxed)) elements exchanged")
        for isolation in Snapshot.Isolation.allCases {
            print("\(isolation.rawValue): \(tallies[isolation, default: Tally()].text)")
        }
        let forked = tallies[.forked, default: Tally()]
        print("longest pause \(TimeText(forked.longestPause, .fine))")
        require(forked.empty > 0, "there was always somebody inside")
        require(forked.wrongWhenEmpty == 0, "a forked snapshot shows what never was")
        tracker.close()
    }

    private func snapshot(_ tracker: ClassTracker, _ isolation: Snapshot.Isolation) -> Snapshot {
        do {
            return try tracker.createSnapshot(isolation: isolation)
        } catch {
            stop("\(error)")
        }
    }

    // MARK: Writers

    // Apart, so that no store is moved from one to the other.
    @inline(never)
    private func enter() { gate.ballast = ballast }

    @inline(never)
    private func leave() { gate.ballast = nil }

    @inline(never)
    private func exchange(_ random: inout SeededGenerator) {
        for _ in 0..<Self.movedAtOnce {
            let index = random.below(Self.slots)
            let element = left.elements[index]
            left.elements[index] = right.elements[index]
            right.elements[index] = element
        }
    }

    private func write(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        while !isOver.load(ordering: .acquiring) {
            lock.withLock { _ in
                enter()
                exchange(&random)
                leave()
            }
            moves.add(Self.movedAtOnce, ordering: .relaxed)
            // The kernel takes some milliseconds for a copy, and who enters meanwhile may be held up inside: the copy finds nobody
            // there only where nobody has come for so long.
            if random.below(100) == 0 { usleep(UInt32(random.below(40_000))) }
        }
    }
}
