extension Record {
    /// Writes the record with all its fields: the one place that knows their names and order.
    package func write(to writer: inout FieldWriter) {
        writer.begin()
        writeFields(to: &writer)
        writer.end()
    }

    /// Writes the fields alone, the sequence number as `sequenceKey`: the journal counts its own entries as `seq`.
    package func writeFields(to writer: inout FieldWriter, sequenceKey: StaticString = "seq") {
        writer.text("record", kind.rawValue)
        if sequence > 0 { writer.integer(sequenceKey, sequence) }
        if kind != .header {
            writer.seconds("t_seconds", timestamp)
            writer.seconds("unix_seconds", wallTime)
        }
        switch payload {
        case .header(let header): header.write(to: &writer)
        case .sample(let sample): sample.write(to: &writer)
        case .spike(let spike): spike.write(to: &writer)
        case .drop(let drop): drop.write(to: &writer)
        case .notice(let notice): notice.write(to: &writer)
        case .end(let end): end.write(to: &writer)
        }
    }

    /// The record as one line of JSON, without the newline.
    public var jsonLine: String {
        var writer = FieldWriter(style: .json)
        write(to: &writer)
        return String(decoding: writer.bytes.dropLast(), as: UTF8.self)
    }
}

extension Header {
    fileprivate func write(to writer: inout FieldWriter) {
        writer.integer("format", format)
        writer.text("program", program)
        writer.integer("pid", processID)
        writer.text("boot_id", bootID)
        writer.text("invocation_id", invocationID)
        writer.seconds("start_unix_seconds", startTime)
        writer.seconds("interval_seconds", interval)
        writer.text("swift_version", swiftVersion)
    }
}

extension Sample {
    fileprivate func write(to writer: inout FieldWriter) {
        writer.integer("vm_size_bytes", memory.virtualSize)
        writer.integer("vm_peak_bytes", memory.peakVirtualSize)
        writer.integer("vm_rss_bytes", memory.residentSet)
        writer.integer("peak_rss_bytes", intervalPeak)
        writer.integer("max_rss_bytes", maximumResidentSet)
        writer.integer("vm_hwm_bytes", memory.peakResidentSet)
        writer.integer("rss_anon_bytes", memory.residentAnonymous)
        writer.integer("rss_file_bytes", memory.residentFile)
        writer.integer("rss_shmem_bytes", memory.residentShared)
        writer.integer("vm_data_bytes", memory.dataSize)
        writer.integer("vm_stk_bytes", memory.stackSize)
        writer.integer("vm_exe_bytes", memory.executableSize)
        writer.integer("vm_lib_bytes", memory.librarySize)
        writer.integer("vm_pte_bytes", memory.pageTableSize)
        writer.integer("vm_swap_bytes", memory.swapSize)
        writer.integer("threads", memory.threadCount)
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

extension Spike {
    fileprivate func write(to writer: inout FieldWriter) {
        writer.integer("spike", number)
        writer.text("state", state.rawValue)
        writer.seconds("begin_t_seconds", begin)
        writer.seconds("peak_t_seconds", peakTime)
        writer.seconds("end_t_seconds", end)
        writer.seconds("duration_seconds", duration)
        writer.integer("baseline_bytes", baseline)
        writer.integer("peak_bytes", peak)
        writer.integer("excess_bytes", excess)
        writer.integer("threshold_bytes", threshold)
        writer.flag("between_samples", betweenSamples)
        writer.text("outcome", outcome?.rawValue)
        writer.integer("level_bytes", level)
        writer.integer("suppressed", suppressed)
        writer.points("before", before)
    }
}

extension Drop {
    fileprivate func write(to writer: inout FieldWriter) {
        writer.text("sink", sink)
        writer.text("reason", reason)
        writer.integer("count", count)
        writer.integer("first_seq", firstSequence)
        writer.integer("last_seq", lastSequence)
    }
}

extension Notice {
    fileprivate func write(to writer: inout FieldWriter) {
        writer.text("severity", severity.rawValue)
        writer.text("component", component)
        writer.text("message", message)
    }
}

extension End {
    fileprivate func write(to writer: inout FieldWriter) {
        writer.integer("samples", samples)
        writer.integer("missed_ticks", missedTicks)
        writer.integer("spikes", spikes)
        writer.integer("suppressed_spikes", suppressedSpikes)
        writer.integer("queue_dropped", dropped)
        writer.integer("max_rss_bytes", maximumResidentSet)
    }
}
