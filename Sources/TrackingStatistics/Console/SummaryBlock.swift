import TrackingRecords

/// One snapshot in a summary.
struct SummaryBlock {
    var snapshot: Snapshot
    /// The names that have a row.
    var names: [String]

    /// What percentages are of, in bytes, and the word for it.
    private var whole: (bytes: Int, name: String) {
        if let resident = snapshot.processMemory.residentSet { return (resident, "resident") }
        if let heap = snapshot.heapTotal { return (heap, "heap") }
        return (snapshot.trackedTotal, "tracked")
    }

    func write(to output: inout some TextOutputStream) {
        row(
            snapshot.label.printable.cut(38).left(35),
            "active",
            ByteColumn(snapshot.trackedTotal).description,
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
                ByteColumn(size.sum).description,
                ByteColumn(size.average).description,
                "\(part)%",
                to: &output
            )
        }
        output.write("  \(memory)\n")
    }

    /// A long name takes room that short figures leave.
    private func row(
        _ name: String,
        _ active: String,
        _ sum: String,
        _ average: String,
        _ part: String,
        to output: inout some TextOutputStream
    ) {
        let count = active.right(max(active.count + 1, 47 - max(35, name.count)))
        output.write("\(name.left(35))\(count) \(sum.right(12)) \(average.right(12)) \(part.right(5))\n")
    }

    private var memory: String {
        let memory = snapshot.processMemory
        var parts = ["100% = \(ByteColumn(whole.bytes).inText) \(whole.name)"]
        if let virtual = memory.virtualSize { parts.append("\(ByteColumn(virtual).inText) virtual") }
        if memory.residentSet != nil, let heap = snapshot.heapTotal {
            parts.append("\(ByteColumn(heap).inText) heap in use")
        }
        if snapshot.isolation == .forked { parts.append("forked") }
        if let pause = snapshot.pause { parts.append("paused \(Milliseconds(pause))") }
        if let reason = snapshot.notForked { parts.append("not forked: \(reason.printable)") }
        if snapshot.unsized > 0 { parts.append("\(snapshot.unsized) not sized") }
        if snapshot.missed > 0 { parts.append("\(snapshot.missed) births and deaths missed") }
        if snapshot.classes.count < snapshot.classCount {
            parts.append("\(snapshot.classCount - snapshot.classes.count) classes missing")
        }
        return parts.joined(separator: "; ")
    }
}
