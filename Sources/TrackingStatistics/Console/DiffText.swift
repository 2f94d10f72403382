import TrackingRecords

extension StatsDiff {
    /// Prints the difference as text of 79 columns.
    ///
    /// - Parameters:
    ///   - className: A part of the names to print, or a pattern with `*` and `?` for whole names.
    ///   - limit: The most classes and the most suspects to print.
    ///   - output: The stream to print to.
    public func print(className: String? = nil, limit: Int? = nil, to output: inout some TextOutputStream) {
        let filter = NameFilter(className ?? "")
        output.write("---- DIFF " + String(repeating: "-", count: 69) + "\n")
        write("from", before, to: &output)
        write("to", after, to: &output)
        row("", "growth", "bytes", "instances", "new", "gone", to: &output)
        let shown = classes.filter { filter.matches($0.name) }
        for change in shown.prefix(limit ?? .max) {
            row(
                "  " + change.name.printable.cutLeft(23),
                signed(change.bytes, ByteText(change.bytes)),
                ByteText(change.after?.sum ?? 0).description,
                signed(change.instances, change.instances),
                change.created.map(String.init) ?? "-",
                change.destroyed.map(String.init) ?? "-",
                to: &output
            )
        }
        if classes.isEmpty { writeProcess(to: &output) }
        let more = shown.count - min(shown.count, limit ?? .max)
        if more > 0 { output.write("  ... \(CountText(more)) more\n") }
        for suspect in suspects.filter({ filter.matches($0.name) }).prefix(limit ?? .max) {
            write(suspect, to: &output)
        }
        output.write(String(repeating: "-", count: 79) + "\n")
    }

    private func write(_ word: String, _ snapshot: Snapshot, to output: inout some TextOutputStream) {
        let memory = snapshot.processMemory.residentSet.map { ", \(ByteText($0)) resident" } ?? ""
        let label = "\(word.left(4)) \(snapshot.label.printable.cut(33))".left(38)
        output.write("\(label) \(ByteText(snapshot.trackedTotal)) tracked\(memory)\n")
    }

    /// Prints the memory of the process, which is all there is to compare if nothing was tracked.
    private func writeProcess(to output: inout some TextOutputStream) {
        for (name, figure) in [("resident set", \ProcessMemory.residentSet), ("virtual size", \.virtualSize)] {
            guard let now = after.processMemory[keyPath: figure] else { continue }
            let growth = before.processMemory[keyPath: figure].map { now - $0 }
            let grown = growth.map { signed($0, ByteText($0)) } ?? "-"
            row("  \(name)", grown, ByteText(now).description, "", "", "", to: &output)
        }
    }

    private func write(_ suspect: LeakSuspect, to output: inout some TextOutputStream) {
        output.write(
            "\nMay leak: \(suspect.name.printable.cutLeft(60))\n"
                + "  grows from span to span of \(counted(suspect.snapshots, "snapshot")); its smallest size in each:\n"
        )
        for evidence in suspect.evidence {
            let bytes = ByteText(evidence.bytes).description.right(12)
            output.write(
                "    \(evidence.label.printable.cut(38).left(38)) \(bytes) \(String(evidence.active).right(11)) active\n"
            )
        }
        for site in suspect.sites {
            output.write("  \(CountText(site.instances)) of the live ones were created by\n")
            for frame in site.trace.frames.prefix(8) { output.write("    \(frame.text.printable)\n") }
        }
    }

    private func row(
        _ name: String,
        _ growth: String,
        _ bytes: String,
        _ instances: String,
        _ created: String,
        _ destroyed: String,
        to output: inout some TextOutputStream
    ) {
        let figures = "\(growth.right(13)) \(bytes.right(12)) \(instances.right(10))"
        output.write("\(name.left(25)) \(figures) \(created.right(7)) \(destroyed.right(7))".trimmed + "\n")
    }
}
