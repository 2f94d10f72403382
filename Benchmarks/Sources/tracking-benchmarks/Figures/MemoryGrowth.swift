import ClassTracking
import Glibc

/// How much the process grows in a long run at the shortest interval, with file and journal on.
enum MemoryGrowth {
    private static let interval = Duration.milliseconds(1)

    static func report(quick: Bool) {
        let ticks = quick ? 10_000 : 100_000
        let scratch = Scratch()
        let journal = FakeJournal(in: scratch)
        journal.drain()
        let file = RollingFileConfiguration(path: scratch.path("memory.jsonl"), maximumBytes: 4 << 20)
        let entries = JournalSink(.init(interval: .zero, socketPath: journal.path))
        let tracker = ClassTracker.make(sinks: [RollingFileSink(file), entries])
        // Everything that a look allocates is allocated before the first one counts.
        for _ in 0..<10 { _ = residentSet() }
        tracker.run(every: interval)
        tracker.wait(forSamples: 1000, every: interval)
        let first = residentSet()
        var largest = first
        for step in 1...20 {
            tracker.wait(forSamples: 1000 + ticks * step / 20, every: interval)
            largest = max(largest, residentSet())
        }
        let last = residentSet()
        let status = tracker.status
        tracker.stopPeriodicSnapshots()
        for sink in status.sinks where sink.delivered < ticks {
            fail("\(sink.name) got \(sink.delivered) records only")
        }
        Row(
            figure: "growth after the first 1,000 of \(ticks) ticks",
            value: "\(((Double(last) - Double(first)) / 1024).text(0)) KiB",
            peer: "at most \(((Double(largest) - Double(first)) / 1024).text(0)) KiB; resident \(last.mebibytes)",
            target: "<= 1024 KiB",
            isMet: last - first <= 1 << 20
        )
        .print()
    }

    /// The resident set in bytes, counted page by page: `VmRSS` is kept per processor and may be off by more than what is
    /// looked for here.
    private static func residentSet() -> Int {
        guard let file = try? FileDescriptor.open("/proc/self/smaps_rollup", .readOnly) else {
            fail("/proc/self/smaps_rollup cannot be opened")
        }
        defer { try? file.close() }
        return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            let count = (try? file.read(into: buffer)) ?? 0
            let text = String(decoding: buffer[..<count], as: UTF8.self)
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Rss:") }),
                let kibibytes = Int(line.filter(\.isNumber))
            else { fail("/proc/self/smaps_rollup has no Rss") }
            return kibibytes * 1024
        }
    }
}
