import ClassTracking

/// Heap allocations of a tick in steady state: the whole way of the tracker, Dispatch's own work included.
enum TickAllocations {
    private static let interval = Duration.milliseconds(1)

    static func report(quick: Bool) {
        let ticks = quick ? 2_000 : 20_000
        let scratch = Scratch()
        measure("tick without sinks", ticks: ticks, sinks: [SpikeCollector()])
        let file = RollingFileConfiguration(path: scratch.path("memory.jsonl"))
        measure("tick with file", ticks: ticks, sinks: [RollingFileSink(file)])
        let journal = FakeJournal(in: scratch)
        journal.drain()
        let entries = JournalSink(.init(interval: .zero, socketPath: journal.path))
        measure("tick with journal, each sample an entry", ticks: ticks, sinks: [entries])
    }

    private static func measure(_ name: String, ticks: Int, sinks: [any RecordSink]) {
        let tracker = ClassTracker.make(sinks: sinks)
        tracker.run(every: interval)
        // The window of the detector and Dispatch's threads are there by then.
        tracker.wait(forSamples: 1000, every: interval)
        let first = (tracker.status.samples, ThreadAllocations.now())
        tracker.wait(forSamples: 1000 + ticks, every: interval)
        let last = (tracker.status.samples, ThreadAllocations.now())
        tracker.stopPeriodicSnapshots()
        let taken = last.0 - first.0
        let difference = last.1 - first.1
        let perTick = Double(difference.sampling) / Double(taken)
        Row(
            figure: "allocations, \(name): sampling thread",
            value: "\(difference.sampling) in \(taken)",
            peer: "\(perTick.text(3)) a tick",
            target: "0 a tick",
            // Dispatch may replace an idle thread of its own once in a while; that is not the tick's.
            isMet: perTick < 0.005
        )
        .print()
        Row(
            figure: "allocations, \(name): thread of the sinks",
            value: "\(difference.sinks) in \(taken)",
            peer: "\((Double(difference.sinks) / Double(taken)).text(2)) a tick"
        )
        .print()
    }
}
