import TrackingRecords

/// One object with its sizes, its referents and the stack that created it.
struct ObjectBlock {
    /// The smallest referent that is shown, in percent of the object.
    private static let smallestPart = 0.1

    var object: TrackedObjectRecord
    var trace: InstantiationTrace?

    func write(to output: inout some TextOutputStream) {
        let place =
            object.death != nil ? "( free )" : object.address == 0 ? "-" : "0x" + String(object.address, radix: 16)
        let id = "#\(object.id)"
        let what = "\(object.className.printable.cut(max(8, 30 - id.utf8.count))) \(id)"
        output.write("\(object.name.printable.cutLeft(32).left(32)) \(place.left(14)) \(what)\n")
        if let trace { write(trace, to: &output) }
        line(TimeText.clock(object.birth), "born", to: &output)
        for size in object.sizes {
            line(TimeText.clock(size.timestamp), ByteText(size.bytes).description, to: &output)
            write(size.size.referents, total: size.bytes, level: 1, to: &output)
        }
        if object.omittedSizes > 0 { line("", "\(counted(object.omittedSizes, "earlier size")) omitted", to: &output) }
        if object.omittedReferents > 0 {
            line("", "\(counted(object.omittedReferents, "referent")) omitted", to: &output)
        }
        if let death = object.death { line(TimeText.clock(death), "died", to: &output) }
    }

    private func line(_ time: String, _ text: String, to output: inout some TextOutputStream) {
        output.write("  \(time.left(30)) \(text)\n")
    }

    private func write(_ trace: InstantiationTrace, to output: inout some TextOutputStream) {
        output.write("  created by\n")
        for frame in trace.frames { output.write("    \(frame.text.printable)\n") }
        if trace.omittedFrames > 0 { output.write("    \(counted(trace.omittedFrames, "more call"))\n") }
    }

    private func write(
        _ referents: [SizedObject],
        total: Int,
        level: Int,
        to output: inout some TextOutputStream
    ) {
        guard total > 0 else { return }
        for referent in referents.sorted(by: { $0.size > $1.size }) {
            let part = Double(referent.size) * 100 / Double(total)
            if part <= Self.smallestPart { break }
            let name = String(repeating: " ", count: 2 + 2 * min(level, 16)) + referent.name.printable
            let size = ByteText(referent.size).description
            output.write("\(name.cut(50).left(50)) \(size.left(14)) \("\(Int(part))%".right(4)) [\(level)]\n")
            write(referent.referents, total: total, level: level + 1, to: &output)
        }
    }
}

extension TraceFrame {
    /// `makeFactory() at Factory.swift:12 in MyApp`.
    package var text: String {
        var text = function ?? "0x" + String(address, radix: 16)
        if let file {
            text += " at \(file)" + (line.map { ":\($0)" } ?? "")
        } else if let image {
            text += " in \(image)"
        }
        return text
    }
}
