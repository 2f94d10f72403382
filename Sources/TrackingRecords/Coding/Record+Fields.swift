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
        if kind != .header, kind != .object {
            writer.seconds("t_seconds", timestamp)
            writer.seconds("unix_seconds", wallTime)
        }
        switch payload {
        case .header(let header): header.write(to: &writer)
        case .sample(let sample): sample.write(to: &writer)
        case .spike(let spike): spike.write(to: &writer)
        case .snapshot(let snapshot): snapshot.write(to: &writer)
        case .classSize(let size): size.write(to: &writer)
        case .object(let object): object.write(to: &writer)
        case .trace(let trace): trace.write(to: &writer)
        case .history(let history): history.write(to: &writer)
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
        writer.integer("memory_limit_bytes", memoryLimit)
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
        let omitted = writer.rows("grown", grown, room: ClassGrowth.room) { $1.write(to: &$0) } + omittedGrowth
        if omitted > 0 { writer.integer("grown_omitted", omitted) }
        writer.integer("untracked_bytes", untracked)
        writer.points("before", before)
    }
}

extension ClassGrowth {
    /// The most bytes of a spike that they take, so that there is room for the samples before it.
    fileprivate static let room = 1600

    fileprivate func write(to writer: inout FieldWriter) {
        writer.quoted(name)
        for number in [bytes, instances, created, destroyed, allocated] {
            writer.put(UInt8(ascii: ","))
            if let number { writer.decimal(number) } else { writer.put("null") }
        }
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
