extension Record {
    /// The record as one sentence for a person, as `journalctl` shows it.
    ///
    /// Long names are shortened in the middle, so that the numbers after them remain visible.
    public var message: String {
        switch payload {
        case .header(let header):
            "recording the memory of \(header.program.shortened())[\(header.processID)]"
                + (header.interval > 0 ? " every \(TimeText(header.interval))" : "")
        case .sample(let sample): sample.message
        case .spike(let spike): spike.message
        case .snapshot(let snapshot): snapshot.message
        case .classSize(let size): size.message
        case .object(let object): object.message
        case .trace(let trace): trace.trace.message
        case .history(let history): history.message
        case .drop(let drop):
            "\(counted(drop.count, "record")) lost by the \(drop.sink): \(drop.reason.shortened(to: 400))"
        case .notice(let notice): "\(notice.component): \(notice.message)"
        case .end(let end):
            "recording ended after \(counted(end.samples, "sample")) and \(counted(end.spikes, "spike"))"
                + (end.maximumResidentSet.map { ", largest resident set \(ByteText($0))" } ?? "")
        }
    }
}

extension FieldWriter {
    /// Writes ``Record/message``, cleaned like every text.
    package mutating func message(of record: Record) {
        if case .sample(let sample) = record.payload {
            sample.writeMessage(to: &self)
        } else {
            sentence(record.message)
        }
    }
}

extension Sample {
    fileprivate var message: String {
        var text = ""
        writeMessage(to: &text)
        return text
    }

    // The only place with the wording; see `TextPieces`.
    fileprivate func writeMessage(to text: inout some TextPieces & ~Copyable) {
        var isFirst = true
        func size(_ label: StaticString, _ bytes: Int?, _ text: inout some TextPieces & ~Copyable) {
            guard let bytes else { return }
            if !isFirst { text.append(", ") }
            isFirst = false
            text.append(label)
            ByteText(bytes).append(to: &text)
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
