extension Snapshot {
    var message: String {
        let announcement = announcement
        var text = "snapshot \(number)"
        if !description.isEmpty { text += " \"\(description)\"" }
        text += ": \(counted(announcement.classCount, "class", "classes")), "
        text += "\(counted(announcement.objectCount, "object")), \(ByteCount(trackedTotal)) tracked"
        if let heapTotal { text += ", heap \(ByteCount(heapTotal))" }
        if let resident = processMemory.residentSet { text += ", resident \(ByteCount(resident))" }
        if let size = processMemory.virtualSize { text += ", virtual \(ByteCount(size))" }
        if unsized > 0 { text += ", \(Grouped(unsized)) not sized" }
        if missed > 0 { text += ", \(counted(missed, "birth or death", "births and deaths")) missed" }
        if skipped > 0 { text += ", \(Grouped(skipped)) left out before it" }
        text += ", took \(Seconds(duration))"
        if isolation == .forked { text += ", forked" }
        if let pause { text += ", paused \(Milliseconds(pause))" }
        if let notForked { text += ", not forked: \(notForked)" }
        return text
    }
}

extension ClassSizeRecord {
    var message: String {
        var text = "class \(name): \(Grouped(size.active)) active, \(ByteCount(size.sum))"
        if size.active > 0 { text += ", \(ByteCount(size.average)) each" }
        if size.created > 0 { text += ", \(Grouped(size.created)) created" }
        if size.destroyed > 0 { text += ", \(Grouped(size.destroyed)) destroyed" }
        if size.unsized > 0 { text += ", \(Grouped(size.unsized)) not sized" }
        return text
    }
}

extension TrackedObjectRecord {
    var message: String {
        var text = "object \(id) of \(name): \(representation), \(ByteCount(size)), born at \(Seconds(birth))"
        if let death { text += ", died at \(Seconds(death))" }
        return text
    }
}

extension InstantiationTrace {
    var message: String {
        var text = "trace \(id): \(counted(frames.count + omittedFrames, "call"))"
        guard let first = frames.first else { return text }
        text += ", innermost \(first.function ?? "0x" + String(first.address, radix: 16))"
        if let file = first.file { text += " at \(file)" + (first.line.map { ":\($0)" } ?? "") }
        return text
    }
}

extension HistoryRecord {
    var message: String {
        let counts = counts.map(\.count)
        guard let least = counts.min(), let most = counts.max() else { return "history of \(name): nothing" }
        return "history of \(name): \(Grouped(least)) to \(Grouped(most)) objects"
    }
}

extension Spike {
    /// Names that the message tells of; the record has them all.
    private static let namedClasses = 3

    /// What grew, behind a semicolon; empty where nothing is known of it.
    package var grownText: String {
        var parts = grown.prefix(Self.namedClasses).map(\.text)
        let more = grown.count - parts.count + omittedGrowth
        if more > 0 { parts.append("\(counted(more, "further class", "further classes"))") }
        if let untracked { parts.append("\(ByteCount(untracked)) untracked") }
        return parts.isEmpty ? "" : "; " + parts.joined(separator: ", ")
    }
}

extension ClassGrowth {
    /// `+210.0 MiB in MyApp.Connection (12,000 instances)`.
    fileprivate var text: String {
        let size = bytes ?? allocated
        let height = "\(size < 0 ? "" : "+")\(ByteCount(size)) in \(name)"
        // Sizes are not known where no snapshot was taken; what was allocated is.
        let what = bytes == nil ? "\(counted(created, "instance")) created" : counted(instances, "instance")
        return "\(height) (\(what))"
    }
}
