/// Reads records back from the lines of a stream.
package struct RecordDecoder {
    /// What a line turned out to be.
    package enum Outcome: Equatable {
        case record(Record)
        /// A kind of record that a newer version writes.
        case unknown(kind: String)
        case damaged(reason: String)
    }

    var scanner = JSONFieldScanner()
    var names = NameCache()

    package init() {}

    /// Decodes one line, without its newline.
    package mutating func decode(_ line: UnsafeRawBufferPointer) -> Outcome {
        do {
            try scanner.scan(line)
        } catch {
            return .damaged(reason: "\(error.reason) at byte \(error.offset + 1)")
        }
        guard let name = scanner.text("record", in: line) else { return .damaged(reason: "it has no key \"record\"") }
        guard let kind = Record.Kind(rawValue: name) else { return .unknown(kind: name) }
        guard let payload = payload(of: kind, line) else {
            return .damaged(reason: "a \(name) lacks a required key or has a value of the wrong type")
        }
        return .record(Record(sequence: scanner.integer("seq", in: line) ?? 0, payload))
    }

    private mutating func payload(of kind: Record.Kind, _ line: UnsafeRawBufferPointer) -> Record.Payload? {
        if kind == .header { return header(line).map(Record.Payload.header) }
        if kind == .object { return object(line).map(Record.Payload.object) }
        guard let timestamp = scanner.double("t_seconds", in: line),
            let wallTime = scanner.double("unix_seconds", in: line)
        else { return nil }
        switch kind {
        case .header, .object: return nil
        case .sample: return sample(line, timestamp, wallTime).map(Record.Payload.sample)
        case .spike: return spike(line, timestamp, wallTime).map(Record.Payload.spike)
        case .snapshot: return snapshot(line, timestamp, wallTime).map(Record.Payload.snapshot)
        case .classSize: return classSize(line, timestamp, wallTime).map(Record.Payload.classSize)
        case .trace: return trace(line, timestamp, wallTime).map(Record.Payload.trace)
        case .history: return history(line, timestamp, wallTime).map(Record.Payload.history)
        case .drop: return drop(line, timestamp, wallTime).map(Record.Payload.drop)
        case .notice: return notice(line, timestamp, wallTime).map(Record.Payload.notice)
        case .end: return end(line, timestamp, wallTime).map(Record.Payload.end)
        }
    }

    private mutating func header(_ line: UnsafeRawBufferPointer) -> Header? {
        guard let format = scanner.integer("format", in: line) else { return nil }
        // A newer format may have renamed anything else; the reader refuses it by its number.
        let isNewer = format > Header.currentFormat
        let program = scanner.text("program", in: line)
        let processID = scanner.integer("pid", in: line)
        guard isNewer || (program != nil && processID != nil) else { return nil }
        var header = Header(
            program: program ?? "",
            processID: processID ?? 0,
            bootID: scanner.text("boot_id", in: line),
            invocationID: scanner.text("invocation_id", in: line),
            startTime: scanner.double("start_unix_seconds", in: line) ?? 0,
            interval: scanner.double("interval_seconds", in: line) ?? 0,
            swiftVersion: scanner.text("swift_version", in: line) ?? "",
            memoryLimit: scanner.integer("memory_limit_bytes", in: line)
        )
        header.format = format
        return header
    }

    private mutating func spike(_ line: UnsafeRawBufferPointer, _ timestamp: Double, _ wallTime: Double) -> Spike? {
        guard let number = scanner.integer("spike", in: line),
            let state = scanner.text("state", in: line).flatMap(Spike.State.init(rawValue:)),
            let begin = scanner.double("begin_t_seconds", in: line),
            let peakTime = scanner.double("peak_t_seconds", in: line),
            let baseline = scanner.integer("baseline_bytes", in: line),
            let peak = scanner.integer("peak_bytes", in: line)
        else { return nil }
        var spike = Spike(
            number: number,
            timestamp: timestamp,
            wallTime: wallTime,
            begin: begin,
            baseline: baseline,
            peak: peak,
            threshold: scanner.integer("threshold_bytes", in: line) ?? 0
        )
        spike.state = state
        spike.peakTime = peakTime
        spike.end = scanner.double("end_t_seconds", in: line)
        spike.betweenSamples = scanner.flag("between_samples", in: line) ?? false
        spike.outcome = scanner.text("outcome", in: line).flatMap(Spike.Outcome.init(rawValue:))
        spike.level = scanner.integer("level_bytes", in: line)
        spike.suppressed = scanner.integer("suppressed", in: line) ?? 0
        for point in scanner.numberLists("before", in: line) ?? [] {
            guard point.count >= 3, let residentSet = Int(exactly: point[1]), let peak = Int(exactly: point[2]) else {
                return nil
            }
            spike.before.append(
                Spike.Point(timestamp: point[0], residentSet: residentSet, intervalPeak: peak)
            )
        }
        guard let grown = growth(line) else { return nil }
        spike.grown = grown
        spike.omittedGrowth = scanner.integer("grown_omitted", in: line) ?? 0
        spike.untracked = scanner.integer("untracked_bytes", in: line)
        return spike
    }

    private mutating func drop(_ line: UnsafeRawBufferPointer, _ timestamp: Double, _ wallTime: Double) -> Drop? {
        guard let sink = scanner.text("sink", in: line), let count = scanner.integer("count", in: line) else {
            return nil
        }
        return Drop(
            timestamp: timestamp,
            wallTime: wallTime,
            sink: sink,
            reason: scanner.text("reason", in: line) ?? "",
            count: count,
            firstSequence: scanner.integer("first_seq", in: line) ?? 0,
            lastSequence: scanner.integer("last_seq", in: line) ?? 0
        )
    }

    private mutating func notice(_ line: UnsafeRawBufferPointer, _ timestamp: Double, _ wallTime: Double) -> Notice? {
        guard let severity = scanner.text("severity", in: line).flatMap(Notice.Severity.init(rawValue:)),
            let message = scanner.text("message", in: line)
        else { return nil }
        return Notice(
            timestamp: timestamp,
            wallTime: wallTime,
            severity: severity,
            component: scanner.text("component", in: line) ?? "agent",
            message: message
        )
    }

    private mutating func end(_ line: UnsafeRawBufferPointer, _ timestamp: Double, _ wallTime: Double) -> End? {
        guard let samples = scanner.integer("samples", in: line) else { return nil }
        return End(
            timestamp: timestamp,
            wallTime: wallTime,
            samples: samples,
            missedTicks: scanner.integer("missed_ticks", in: line) ?? 0,
            spikes: scanner.integer("spikes", in: line) ?? 0,
            suppressedSpikes: scanner.integer("suppressed_spikes", in: line) ?? 0,
            dropped: scanner.integer("queue_dropped", in: line) ?? 0,
            maximumResidentSet: scanner.integer("max_rss_bytes", in: line)
        )
    }
}
