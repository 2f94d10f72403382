/// In the order in which the keys stand, because that is where the scanner looks first.
extension RecordDecoder {
    mutating func sample(_ line: UnsafeRawBufferPointer, _ timestamp: Double, _ wallTime: Double) -> Sample? {
        var memory = ProcessMemory()
        readMain(line, &memory)
        var sample = Sample(timestamp: timestamp, wallTime: wallTime, memory: memory)
        sample.intervalPeak = scanner.integer("peak_rss_bytes", in: line)
        sample.maximumResidentSet = scanner.integer("max_rss_bytes", in: line)
        readRest(line, &sample.memory)
        sample.missedTicks = scanner.integer("missed_ticks", in: line) ?? 0
        sample.clockBehind = scanner.double("clock_behind_seconds", in: line)
        if let count = scanner.integer("window_samples", in: line),
            let minimum = scanner.integer("window_rss_min_bytes", in: line),
            let mean = scanner.integer("window_rss_mean_bytes", in: line),
            let maximum = scanner.integer("window_rss_max_bytes", in: line)
        {
            sample.window = Sample.Window(count: count, minimum: minimum, mean: mean, maximum: maximum)
        }
        if let name = scanner.text("spike_verdict", in: line), let verdict = SpikeDecision.Verdict(rawValue: name) {
            sample.decision = SpikeDecision(
                verdict: verdict,
                baseline: scanner.integer("spike_baseline_bytes", in: line),
                threshold: scanner.integer("spike_threshold_bytes", in: line)
            )
        }
        return sample
    }

    mutating func snapshot(_ line: UnsafeRawBufferPointer, _ timestamp: Double, _ wallTime: Double) -> Snapshot? {
        guard let number = scanner.integer("snapshot", in: line) else { return nil }
        var snapshot = Snapshot(number: number, timestamp: timestamp, wallTime: wallTime)
        snapshot.description = scanner.text("description", in: line) ?? ""
        snapshot.isPeriodic = scanner.flag("periodic", in: line) ?? false
        snapshot.classCount = scanner.integer("classes", in: line) ?? 0
        snapshot.objectCount = scanner.integer("objects", in: line) ?? 0
        snapshot.omittedObjects = scanner.integer("objects_omitted", in: line) ?? 0
        snapshot.trackedTotal = scanner.integer("tracked_bytes", in: line) ?? 0
        snapshot.heapTotal = scanner.integer("heap_bytes", in: line)
        snapshot.overhead = scanner.integer("overhead_bytes", in: line) ?? 0
        snapshot.unsized = scanner.integer("unsized", in: line) ?? 0
        snapshot.missed = scanner.integer("missed", in: line) ?? 0
        snapshot.skipped = scanner.integer("skipped_snapshots", in: line) ?? 0
        snapshot.duration = scanner.double("duration_seconds", in: line) ?? 0
        snapshot.isolation =
            scanner.text("isolation", in: line).flatMap(Snapshot.Isolation.init(rawValue:)) ?? .inProcess
        snapshot.pause = scanner.double("pause_seconds", in: line)
        snapshot.notForked = scanner.text("not_forked", in: line)
        readMain(line, &snapshot.processMemory)
        readRest(line, &snapshot.processMemory)
        return snapshot
    }

    private mutating func readMain(_ line: UnsafeRawBufferPointer, _ memory: inout ProcessMemory) {
        memory.virtualSize = scanner.integer("vm_size_bytes", in: line)
        memory.peakVirtualSize = scanner.integer("vm_peak_bytes", in: line)
        memory.residentSet = scanner.integer("vm_rss_bytes", in: line)
    }

    private mutating func readRest(_ line: UnsafeRawBufferPointer, _ memory: inout ProcessMemory) {
        memory.peakResidentSet = scanner.integer("vm_hwm_bytes", in: line)
        memory.residentAnonymous = scanner.integer("rss_anon_bytes", in: line)
        memory.residentFile = scanner.integer("rss_file_bytes", in: line)
        memory.residentShared = scanner.integer("rss_shmem_bytes", in: line)
        memory.dataSize = scanner.integer("vm_data_bytes", in: line)
        memory.stackSize = scanner.integer("vm_stk_bytes", in: line)
        memory.executableSize = scanner.integer("vm_exe_bytes", in: line)
        memory.librarySize = scanner.integer("vm_lib_bytes", in: line)
        memory.pageTableSize = scanner.integer("vm_pte_bytes", in: line)
        memory.swapSize = scanner.integer("vm_swap_bytes", in: line)
        memory.threadCount = scanner.integer("threads", in: line)
    }
}
