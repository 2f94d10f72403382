extension Record {
    /// The record as one sentence for a person: what `journalctl` shows.
    public var message: String {
        switch payload {
        case .header(let header):
            "recording the memory of \(header.program)[\(header.processID)] every \(Seconds(header.interval))"
        case .sample(let sample): sample.message
        case .spike(let spike): spike.message
        case .snapshot(let snapshot): snapshot.message
        case .classSize(let size): size.message
        case .object(let object): object.message
        case .trace(let trace): trace.trace.message
        case .history(let history): history.message
        case .drop(let drop): "\(counted(drop.count, "record")) lost by the \(drop.sink): \(drop.reason)"
        case .notice(let notice): "\(notice.component): \(notice.message)"
        case .end(let end):
            "recording ended after \(counted(end.samples, "sample")) and \(counted(end.spikes, "spike"))"
                + (end.maximumResidentSet.map { ", largest resident set \(ByteCount($0))" } ?? "")
        }
    }
}

extension FieldWriter {
    /// Writes ``Record/message``, cleaned like every text.
    package mutating func message(of record: Record) {
        if case .sample(let sample) = record.payload {
            sample.writeMessage(to: &self)
        } else {
            string(record.message)
        }
    }
}

extension Sample {
    fileprivate var message: String {
        var text = ""
        writeMessage(to: &text)
        return text
    }

    // The one place that knows the words; see `TextPieces`.
    fileprivate func writeMessage(to text: inout some TextPieces & ~Copyable) {
        var isFirst = true
        func size(_ label: StaticString, _ bytes: Int?, _ text: inout some TextPieces & ~Copyable) {
            guard let bytes else { return }
            if !isFirst { text.append(", ") }
            isFirst = false
            text.append(label)
            ByteCount(bytes).append(to: &text)
        }
        func count(_ number: Int?, _ noun: StaticString, _ text: inout some TextPieces & ~Copyable) {
            guard let number else { return }
            if !isFirst { text.append(", ") }
            isFirst = false
            text.append(number)
            text.append(noun)
        }
        size("resident ", memory.residentSet, &text)
        size("peak ", intervalPeak, &text)
        size("virtual ", memory.virtualSize, &text)
        count(memory.threadCount, memory.threadCount == 1 ? " thread" : " threads", &text)
        if let window, window.count > 1 { count(window.count, " samples", &text) }
        if missedTicks > 0 { count(missedTicks, missedTicks == 1 ? " tick missed" : " ticks missed", &text) }
        if isFirst { text.append("the kernel gave no memory figures") }
    }
}

extension Spike {
    fileprivate var message: String {
        let height = "peak \(ByteCount(peak)), \(ByteCount(excess)) above the normal \(ByteCount(baseline))"
        guard state == .ended, let duration else { return "memory spike \(number) begins: \(height)\(grownText)" }
        let fate =
            switch outcome {
            case .newLevel: "stays at \(ByteCount(level ?? peak))"
            case .transient, nil: betweenSamples ? "began and ended between two samples" : "came back down"
            }
        return "memory spike \(number): \(height), \(fate), within \(Seconds(duration))\(grownText)"
    }
}

func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(Grouped(count)) \(count == 1 ? noun : plural ?? noun + "s")"
}

/// A whole number for people, with commas from ten thousand on: `12,345`.
package struct Grouped: CustomStringConvertible {
    package var number: Int

    package init(_ number: Int) {
        self.number = number
    }

    package var description: String {
        let digits = Array(String(number.magnitude))
        guard digits.count > 4 else { return String(number) }
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }
}

/// A short time for people, in milliseconds: `0.31 ms`, `12.4 ms`, `250 ms`.
package struct Milliseconds: CustomStringConvertible {
    package var seconds: Double

    package init(_ seconds: Double) {
        self.seconds = seconds
    }

    package var description: String {
        let hundredths = Int((min(max(seconds, 0), 1e9) * 100_000).rounded())
        if hundredths >= 10_000 { return "\((hundredths + 50) / 100) ms" }
        if hundredths >= 1000 { return "\((hundredths + 5) / 100).\((hundredths + 5) / 10 % 10) ms" }
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) ms"
    }
}

/// A number of seconds for people: `250 ms`, `1.5 s`, `3 min 20 s`.
package struct Seconds: CustomStringConvertible {
    package var seconds: Double

    package init(_ seconds: Double) {
        self.seconds = seconds
    }

    package var description: String {
        guard seconds.isFinite, seconds.magnitude < 1e12 else { return "\(seconds) s" }
        let milliseconds = Int((seconds * 1000).rounded())
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds < 60_000 {
            let tenths = (milliseconds + 50) / 100
            return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
        }
        let whole = (milliseconds + 500) / 1000
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}
