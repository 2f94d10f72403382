extension ClassSizeRecord {
    func write(to writer: inout FieldWriter) {
        writer.integer("snapshot", snapshot)
        writer.text("name", name)
        writer.integer("active", size.active)
        writer.integer("sum_bytes", size.sum)
        writer.integer("average_bytes", size.average)
        writer.seconds("percent", size.percentage)
        writer.integer("created", size.created)
        writer.integer("destroyed", size.destroyed)
        if size.unsized > 0 { writer.integer("unsized", size.unsized) }
        // An entry of the journal is for figures; whoever asks for referents has the file.
        guard writer.style == .json else { return }
        let omitted = writer.tree("merged", size.merged) + size.omittedReferents
        if omitted > 0 { writer.integer("referents_omitted", omitted) }
    }
}

extension TrackedObjectRecord {
    /// Writes a record of the object, without copying it into one first: a dump has millions.
    package func writeLine(to writer: inout FieldWriter) {
        writer.begin()
        writer.text("record", Record.Kind.object.rawValue)
        write(to: &writer)
        writer.end()
    }

    func write(to writer: inout FieldWriter) {
        writer.integer("id", Int(truncatingIfNeeded: id))
        writer.text("name", name)
        if className != name { writer.text("class", className) }
        if address != 0 { writer.integer("address", Int(bitPattern: address)) }
        writer.seconds("birth_t_seconds", birth)
        writer.seconds("death_t_seconds", death)
        if resolutionLevel != 0 { writer.integer("resolution_level", resolutionLevel) }
        if trace != 0 { writer.integer("trace", trace) }
        let omitted = writer.sizes("sizes", self.sizes, className: className)
        let sizes = omitted.sizes + omittedSizes
        if sizes > 0 { writer.integer("sizes_omitted", sizes) }
        let referents = omitted.referents + omittedReferents
        if referents > 0 { writer.integer("referents_omitted", referents) }
    }
}

extension TraceRecord {
    func write(to writer: inout FieldWriter) {
        writer.integer("trace", trace.id)
        let omitted = writer.rows("frames", trace.frames) { $1.write(to: &$0) } + trace.omittedFrames
        if omitted > 0 { writer.integer("frames_omitted", omitted) }
    }
}

extension TraceFrame {
    /// Address, function, file, line, image; what is not known at the end is left out.
    fileprivate func write(to writer: inout FieldWriter) {
        writer.decimal(Int(bitPattern: address))
        let isKnown = [function != nil, file != nil, line != nil, image != nil]
        guard let last = isKnown.lastIndex(of: true) else { return }
        writer.optional(function)
        if last >= 1 { writer.optional(file) }
        if last >= 2 {
            writer.put(UInt8(ascii: ","))
            if let line { writer.decimal(line) } else { writer.put("null") }
        }
        if last >= 3 { writer.optional(image) }
    }
}

extension HistoryRecord {
    func write(to writer: inout FieldWriter) {
        writer.text("name", name)
        let omitted = writer.rows("counts", counts) { writer, count in
            writer.micros(count.timestamp)
            writer.put(UInt8(ascii: ","))
            writer.decimal(count.count)
        }
        if omitted > 0 { writer.integer("counts_omitted", omitted) }
    }
}

extension FieldWriter {
    fileprivate mutating func optional(_ text: String?) {
        put(UInt8(ascii: ","))
        if let text { quoted(text) } else { put("null") }
    }
}
