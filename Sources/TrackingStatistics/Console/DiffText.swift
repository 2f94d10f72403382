import TrackingRecords

extension StatsDiff {
    /// Prints what changed, as text of 79 columns.
    ///
    /// - Parameters:
    ///   - className: Only names that contain this, or match it where it has `*` or `?`.
    ///   - limit: How many classes and suspects at most.
    ///   - output: Where to print to.
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
                signed(change.bytes, ByteColumn(change.bytes).description),
                ByteColumn(change.after?.sum ?? 0).description,
                signed(change.instances, String(change.instances)),
                change.created.map(String.init) ?? "-",
                change.destroyed.map(String.init) ?? "-",
                to: &output
            )
        }
        let more = shown.count - min(shown.count, limit ?? .max)
        if more > 0 { output.write("  ... \(more) more\n") }
        for suspect in suspects.filter({ filter.matches($0.name) }).prefix(limit ?? .max) {
            write(suspect, to: &output)
        }
        output.write(String(repeating: "-", count: 79) + "\n")
    }

    private func write(_ word: String, _ snapshot: Snapshot, to output: inout some TextOutputStream) {
        let memory = snapshot.processMemory.residentSet.map { ", \(ByteColumn($0).inText) resident" } ?? ""
        let label = "\(word.left(4)) \(snapshot.label.printable.cut(33))".left(38)
        output.write("\(label) \(ByteColumn(snapshot.trackedTotal).inText) tracked\(memory)\n")
    }

    private func write(_ suspect: LeakSuspect, to output: inout some TextOutputStream) {
        output.write(
            "\nMay leak: \(suspect.name.printable.cutLeft(60))\n"
                + "  grows from span to span of \(suspect.snapshots) snapshots; the least it held in each:\n"
        )
        for evidence in suspect.evidence {
            let bytes = ByteColumn(evidence.bytes).description.right(12)
            output.write(
                "    \(evidence.label.printable.cut(38).left(38)) \(bytes) \(String(evidence.active).right(11)) active\n"
            )
        }
        for site in suspect.sites {
            output.write("  \(site.instances) of those that are alive were made by\n")
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
        output.write("\(name.left(25)) \(figures) \(created.right(7)) \(destroyed.right(7))\n")
    }

    private func signed(_ number: Int, _ text: String) -> String { number > 0 ? "+\(text)" : text }
}
