extension Snapshot {
    var message: String {
        let announcement = announcement
        var text = "snapshot \(number)"
        if !description.isEmpty { text += " \"\(description.shortened())\"" }
        text += ": \(counted(announcement.classCount, "class", "classes")), "
        text += "\(counted(announcement.objectCount, "object")), \(ByteText(trackedTotal)) tracked"
        if let heapTotal { text += ", heap \(ByteText(heapTotal))" }
        if let resident = processMemory.residentSet { text += ", resident \(ByteText(resident))" }
        if let size = processMemory.virtualSize { text += ", virtual \(ByteText(size))" }
        if unsized > 0 { text += ", \(CountText(unsized)) not sized" }
        if missed > 0 { text += ", \(counted(missed, "birth or death", "births and deaths")) missed" }
        if skipped > 0 { text += ", \(CountText(skipped)) left out before it" }
        text += ", took \(TimeText(duration))"
        if isolation == .forked { text += ", forked" }
        if let pause { text += ", paused \(TimeText(pause, .fine))" }
        if let notForked { text += ", not forked: \(notForked.shortened(to: 300))" }
        return text
    }
}

extension ClassSizeRecord {
    var message: String {
        var text = "class \(name.shortened()): \(CountText(size.active)) active, \(ByteText(size.sum))"
        if size.active > 0 { text += ", \(ByteText(size.average)) each" }
        if size.created > 0 { text += ", \(CountText(size.created)) created" }
        if size.destroyed > 0 { text += ", \(CountText(size.destroyed)) destroyed" }
        if size.unsized > 0 { text += ", \(CountText(size.unsized)) not sized" }
        return text
    }
}

extension TrackedObjectRecord {
    var message: String {
        var text =
            "object \(id) of \(name.shortened()): \(representation.shortened()), \(ByteText(size)), born at \(TimeText(birth))"
        if let death { text += ", died at \(TimeText(death))" }
        return text
    }
}

extension InstantiationTrace {
    var message: String {
        var text = "trace \(id): \(counted(frames.count + omittedFrames, "call"))"
        guard let first = frames.first else { return text }
        text += ", innermost \(first.function?.shortened() ?? "0x" + String(first.address, radix: 16))"
        if let file = first.file { text += " at \(file.shortened())" + (first.line.map { ":\($0)" } ?? "") }
        return text
    }
}

extension HistoryRecord {
    var message: String {
        let counts = counts.map(\.count)
        guard let least = counts.min(), let most = counts.max() else {
            return "history of \(name.shortened()): nothing"
        }
        return "history of \(name.shortened()): \(CountText(least)) to \(CountText(most)) objects"
    }
}
