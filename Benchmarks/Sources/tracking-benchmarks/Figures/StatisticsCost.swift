import ClassTracking
import Glibc

/// What it costs to dump a million tracked objects, and to load them, sort them by size and print ten.
enum StatisticsCost {
    /// Nanoseconds an object for a dump, nanoseconds for what is done with it, and bytes an object in the file.
    static func own(quick: Bool) -> (dump: Double, load: Double, bytes: Double) {
        let count = quick ? 300_000 : 1_000_000
        let scratch = Scratch()
        let path = scratch.path("profile.jsonl")
        let stats = gather(count)
        var (dumps, loads): ([Double], [Double]) = ([], [])
        for _ in 0..<(quick ? 3 : 5) {
            dumps.append(timed { dump(stats, to: path) })
            loads.append(timed { loadSortPrint(path, expecting: count) })
        }
        var status = Glibc.stat()
        guard lstat(path.string, &status) == 0 else { fail("\(path) is not there") }
        let objects = Double(count)
        return (median(dumps) / objects, median(loads) / objects, Double(status.st_size) / objects)
    }

    /// Statistics of employees that were tracked and sized.
    private static func gather(_ count: Int) -> ConsoleStats {
        let tracker = ClassTracker.make(sinks: []) { $0.retention.sizes = max($0.retention.sizes, count) }
        do {
            try tracker.trackClass(Employee.self)
            let factory = Factory(employees: count)
            try tracker.createSnapshot("all")
            let stats = tracker.stats
            withExtendedLifetime(factory) {}
            tracker.close()
            return stats
        } catch {
            fail("\(error)")
        }
    }

    private static func dump(_ stats: ConsoleStats, to path: FilePath) {
        do {
            try stats.dumpStats(to: path)
        } catch {
            fail("\(error)")
        }
    }

    private static func loadSortPrint(_ path: FilePath, expecting count: Int) {
        do {
            let stats = try ConsoleStats(contentsOf: path)
            var text = ""
            stats.sortStats(by: .size).printStats(limit: 10, to: &text)
            let loaded = stats.index.values.reduce(0) { $0 + $1.count }
            guard loaded == count, !text.isEmpty else { fail("objects were lost in a dump") }
        } catch {
            fail("\(error)")
        }
    }
}
