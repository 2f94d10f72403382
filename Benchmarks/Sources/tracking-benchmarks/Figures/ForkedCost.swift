import CBenchmarkPeers
import ClassTracking

/// How long a forked snapshot holds the process up, beside a bare clone(2) of the same process, and how long it takes.
enum ForkedCost {
    static func report(quick: Bool) {
        for mebibytes in quick ? [64, 256, 1024] : [64, 256, 1024, 4096] { report(mebibytes, rounds: quick ? 7 : 15) }
    }

    private static func report(_ mebibytes: Int, rounds: Int) {
        let tracker = ClassTracker.make(sinks: []) {
            $0.retention = .none
            $0.pauseBudget = .seconds(10)
        }
        do { try tracker.trackClass(Employee.self) } catch { fail("\(error)") }
        let factory = Factory(employees: 100_000)
        let bytes = mebibytes << 20
        // The rest is memory that nobody tracks, page by page: huge pages cost less.
        let resident = snapshot(tracker).processMemory.residentAnonymous ?? 0
        let rest = max(0, bytes - resident)
        guard let filled = bp_fill(rest) else {
            return Row.skip("pause of a forked snapshot at \(mebibytes) MiB", "the kernel gives no memory")
        }
        // The first one learns.
        let first = snapshot(tracker)
        guard first.notForked == nil else {
            bp_release(filled, rest)
            return Row.skip("pause of a forked snapshot at \(mebibytes) MiB", first.notForked ?? "")
        }
        var durations: [Double] = []
        let comparison = Comparison(
            rounds: rounds,
            own: {
                let snapshot = snapshot(tracker)
                durations.append(snapshot.duration)
                return (snapshot.pause ?? .nan) * 1e9
            },
            peer: { Double(bp_clone()) }
        )
        bp_release(filled, rest)
        withExtendedLifetime(factory) { tracker.close() }
        Row(
            figure: "pause of a forked snapshot at \(mebibytes) MiB",
            value: "\((median(comparison.own) / 1e6).text(2)) ms, \((median(durations) * 1000).text(1)) ms in all",
            peer: "\((median(comparison.peer) / 1e6).text(2)) ms clone(2)",
            ratio: comparison.ratio.text(2),
            target: "<= 1.25 x",
            isMet: comparison.ratio <= 1.25
        )
        .print()
    }

    private static func snapshot(_ tracker: ClassTracker) -> Snapshot {
        do {
            return try tracker.createSnapshot(isolation: .forked)
        } catch {
            fail("\(error)")
        }
    }
}
