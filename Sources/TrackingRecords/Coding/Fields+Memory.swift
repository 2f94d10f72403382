extension ProcessMemory {
    /// The figures that most look at come first.
    fileprivate func writeMain(to writer: inout FieldWriter) {
        writer.integer("vm_size_bytes", virtualSize)
        writer.integer("vm_peak_bytes", peakVirtualSize)
        writer.integer("vm_rss_bytes", residentSet)
    }

    fileprivate func writeRest(to writer: inout FieldWriter) {
        writer.integer("vm_hwm_bytes", peakResidentSet)
        writer.integer("rss_anon_bytes", residentAnonymous)
        writer.integer("rss_file_bytes", residentFile)
        writer.integer("rss_shmem_bytes", residentShared)
        writer.integer("vm_data_bytes", dataSize)
        writer.integer("vm_stk_bytes", stackSize)
        writer.integer("vm_exe_bytes", executableSize)
        writer.integer("vm_lib_bytes", librarySize)
        writer.integer("vm_pte_bytes", pageTableSize)
        writer.integer("vm_swap_bytes", swapSize)
        writer.integer("threads", threadCount)
    }
}

extension Sample {
    func write(to writer: inout FieldWriter) {
        memory.writeMain(to: &writer)
        writer.integer("peak_rss_bytes", intervalPeak)
        writer.integer("max_rss_bytes", maximumResidentSet)
        memory.writeRest(to: &writer)
        if missedTicks > 0 { writer.integer("missed_ticks", missedTicks) }
        writer.seconds("clock_behind_seconds", clockBehind)
        if let window {
            writer.integer("window_samples", window.count)
            writer.integer("window_rss_min_bytes", window.minimum)
            writer.integer("window_rss_mean_bytes", window.mean)
            writer.integer("window_rss_max_bytes", window.maximum)
        }
        if let decision {
            writer.text("spike_verdict", decision.verdict.rawValue)
            writer.integer("spike_baseline_bytes", decision.baseline)
            writer.integer("spike_threshold_bytes", decision.threshold)
        }
    }
}

extension Snapshot {
    func write(to writer: inout FieldWriter) {
        let announcement = announcement
        writer.integer("snapshot", number)
        if !description.isEmpty { writer.text("description", description) }
        if isPeriodic { writer.flag("periodic", true) }
        writer.integer("classes", announcement.classCount)
        writer.integer("objects", announcement.objectCount)
        if omittedObjects > 0 { writer.integer("objects_omitted", omittedObjects) }
        writer.integer("tracked_bytes", trackedTotal)
        writer.integer("heap_bytes", heapTotal)
        writer.integer("overhead_bytes", overhead)
        if unsized > 0 { writer.integer("unsized", unsized) }
        if missed > 0 { writer.integer("missed", missed) }
        if skipped > 0 { writer.integer("skipped_snapshots", skipped) }
        writer.seconds("duration_seconds", duration)
        if isolation != .inProcess { writer.text("isolation", isolation.rawValue) }
        writer.seconds("pause_seconds", pause)
        writer.text("not_forked", notForked)
        processMemory.writeMain(to: &writer)
        processMemory.writeRest(to: &writer)
    }
}
