import TrackingRecords

/// One snapshot in a summary.
struct SummaryBlock {
    var snapshot: Snapshot
    /// The classes that have a row.
    var names: [String]
    /// `false` if nothing was tracked, so that only the process has a row.
    var hasClasses: Bool

    /// The bytes that are 100 %, and the word for them.
    private var whole: (bytes: Int, name: String) {
        let name = snapshot.heapTotal == nil ? "tracked" : "heap"
        return (snapshot.percentageBase, snapshot.processMemory.residentSet == nil ? name : "resident")
    }

    func write(to output: inout some TextOutputStream) {
        guard hasClasses else {
            let parts = [
                snapshot.processMemory.residentSet.map { "\(ByteText($0).description.right(12)) resident" },
                snapshot.processMemory.virtualSize.map { "\(ByteText($0).description.right(12)) virtual" },
            ]
            let memory = parts.compactMap(\.self).joined(separator: "; ")
            output.write("\(snapshot.label.printable.cut(38).left(35)) \(memory)".trimmed + "\n")
            return
        }
        row(
            snapshot.label.printable.cut(38).left(35),
            "active",
            ByteText(snapshot.trackedTotal).description,
            "average",
            "pct",
            to: &output
        )
        for name in names {
            let size = snapshot.classes[name] ?? ClassSize()
            let part = whole.bytes > 0 ? Int(Double(size.sum) * 100 / Double(whole.bytes)) : 0
            row(
                "  " + name.printable.cutLeft(36),
                String(size.active),
                ByteText(size.sum).description,
                ByteText(size.average).description,
                "\(part)%",
                to: &output
            )
        }
        output.write("  \(memory)\n")
    }

    /// Writes a row; a long name takes the columns that a short count leaves.
    private func row(
        _ name: String,
        _ active: String,
        _ sum: String,
        _ average: String,
        _ part: String,
        to output: inout some TextOutputStream
    ) {
        let count = active.right(max(active.count + 1, 47 - max(35, name.columns)))
        output.write("\(name.left(35))\(count) \(sum.right(12)) \(average.right(12)) \(part.right(5))\n")
    }

    private var memory: String {
        let memory = snapshot.processMemory
        var parts = ["100% = \(ByteText(whole.bytes)) \(whole.name)"]
        if let virtual = memory.virtualSize { parts.append("\(ByteText(virtual)) virtual") }
        if memory.residentSet != nil, let heap = snapshot.heapTotal {
            parts.append("\(ByteText(heap)) heap in use")
        }
        if snapshot.isolation == .forked { parts.append("forked") }
        if let pause = snapshot.pause { parts.append("paused \(TimeText(pause, .fine))") }
        if let reason = snapshot.notForked { parts.append("not forked: \(reason.printable)") }
        if snapshot.unsized > 0 { parts.append("\(CountText(snapshot.unsized)) not sized") }
        if snapshot.missed > 0 {
            parts.append("\(counted(snapshot.missed, "birth or death", "births and deaths")) missed")
        }
        if snapshot.classes.count < snapshot.classCount {
            parts.append("\(counted(snapshot.classCount - snapshot.classes.count, "class", "classes")) missing")
        }
        return parts.joined(separator: "; ")
    }
}
