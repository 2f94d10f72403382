extension RecordDecoder {
    /// Deeper referents than any tracker keeps are not ours; taking them apart again would exhaust the stack.
    private static let deepest = 256

    mutating func classSize(
        _ line: UnsafeRawBufferPointer,
        _ timestamp: Double,
        _ wallTime: Double
    ) -> ClassSizeRecord? {
        guard let number = scanner.integer("snapshot", in: line), let name = name("name", line),
            let active = scanner.integer("active", in: line), let sum = scanner.integer("sum_bytes", in: line)
        else { return nil }
        var size = ClassSize()
        size.active = active
        size.sum = sum
        size.percentage = scanner.double("percent", in: line) ?? 0
        size.created = scanner.integer("created", in: line) ?? 0
        size.destroyed = scanner.integer("destroyed", in: line) ?? 0
        size.unsized = scanner.integer("unsized", in: line) ?? 0
        if var list = scanner.list("merged", in: line) {
            guard list.open(), list.next(), let name = list.text(&names), let merged = sized(&list, name: name) else {
                return nil
            }
            size.merged = merged
        }
        size.omittedReferents = scanner.integer("referents_omitted", in: line) ?? 0
        return ClassSizeRecord(snapshot: number, timestamp: timestamp, wallTime: wallTime, name: name, size: size)
    }

    mutating func object(_ line: UnsafeRawBufferPointer) -> TrackedObjectRecord? {
        guard let id = scanner.integer("id", in: line), let name = name("name", line) else { return nil }
        let className = self.name("class", line) ?? name
        let address = scanner.integer("address", in: line) ?? 0
        guard let birth = scanner.double("birth_t_seconds", in: line) else { return nil }
        var object = TrackedObjectRecord(
            id: UInt64(truncatingIfNeeded: id),
            name: name,
            className: className,
            address: UInt(bitPattern: address),
            birth: birth,
            death: scanner.double("death_t_seconds", in: line)
        )
        object.resolutionLevel = scanner.integer("resolution_level", in: line) ?? 0
        object.trace = scanner.integer("trace", in: line) ?? 0
        if var list = scanner.list("sizes", in: line) {
            guard list.open() else { return nil }
            while list.next() {
                guard list.open(), list.next(), let timestamp = list.double(),
                    let size = sized(&list, name: className)
                else { return nil }
                object.sizes.append(ObjectSize(timestamp: timestamp, size: size))
            }
        }
        object.omittedSizes = scanner.integer("sizes_omitted", in: line) ?? 0
        object.omittedReferents = scanner.integer("referents_omitted", in: line) ?? 0
        return object
    }

    mutating func trace(_ line: UnsafeRawBufferPointer, _ timestamp: Double, _ wallTime: Double) -> TraceRecord? {
        guard let id = scanner.integer("trace", in: line) else { return nil }
        var trace = InstantiationTrace(id: id, frames: [])
        if var list = scanner.list("frames", in: line) {
            guard list.open() else { return nil }
            while list.next() {
                guard let frame = frame(&list) else { return nil }
                trace.frames.append(frame)
            }
        }
        trace.omittedFrames = scanner.integer("frames_omitted", in: line) ?? 0
        return TraceRecord(timestamp: timestamp, wallTime: wallTime, trace: trace)
    }

    mutating func history(_ line: UnsafeRawBufferPointer, _ timestamp: Double, _ wallTime: Double) -> HistoryRecord? {
        guard let name = name("name", line) else { return nil }
        var counts: [InstanceCount] = []
        guard var list = scanner.list("counts", in: line) else {
            return HistoryRecord(timestamp: timestamp, wallTime: wallTime, name: name, counts: counts)
        }
        guard list.open() else { return nil }
        while list.next() {
            guard list.open(), list.next(), let timestamp = list.double(), list.next(), let count = list.integer(),
                list.close()
            else { return nil }
            counts.append(InstanceCount(timestamp: timestamp, count: count))
        }
        return HistoryRecord(timestamp: timestamp, wallTime: wallTime, name: name, counts: counts)
    }

    /// What grew in a spike; empty where the line does not say, `nil` where it makes no sense.
    mutating func growth(_ line: UnsafeRawBufferPointer) -> [ClassGrowth]? {
        guard var list = scanner.list("grown", in: line) else { return [] }
        guard list.open() else { return nil }
        var grown: [ClassGrowth] = []
        while list.next() {
            guard list.open(), list.next(), let name = list.text(&names), list.next() else { return nil }
            var bytes: Int?
            if !list.isNull() {
                bytes = list.integer()
                if bytes == nil { return nil }
            }
            guard list.next(), let instances = list.integer(), list.next(), let created = list.integer(), list.next(),
                let destroyed = list.integer(), list.next(), let allocated = list.integer(), list.close()
            else { return nil }
            grown.append(
                ClassGrowth(
                    name: name,
                    bytes: bytes,
                    instances: instances,
                    created: created,
                    destroyed: destroyed,
                    allocated: allocated
                )
            )
        }
        return grown
    }

    // MARK: Parts

    private mutating func name(_ key: StaticString, _ line: UnsafeRawBufferPointer) -> String? {
        guard let bytes = scanner.plainText(key, in: line) else { return scanner.text(key, in: line) }
        return names.text(bytes)
    }

    /// Size, own size, and what may follow them: referents, and another name.
    private mutating func sized(_ list: inout JSONList, name: String) -> SizedObject? {
        guard list.next(), let size = list.integer(), list.next(), let flat = list.integer() else { return nil }
        var object = SizedObject(name: name, size: size, flat: flat)
        guard list.next() else { return object }
        var rows = ReferentRows()
        guard list.open() else { return nil }
        while list.next() {
            guard list.open(), list.next(), let depth = list.integer(), list.next(),
                let name = list.text(&names), list.next(), let size = list.integer(), list.next(),
                let flat = list.integer(), list.close(), depth <= Self.deepest,
                rows.add(SizedObject(name: name, size: size, flat: flat), depth: depth)
            else { return nil }
        }
        object.referents = rows.finish()
        guard list.next() else { return object }
        guard let other = list.text(&names), list.close() else { return nil }
        object.name = other
        return object
    }

    private mutating func frame(_ list: inout JSONList) -> TraceFrame? {
        guard list.open(), list.next(), let address = list.integer() else { return nil }
        var frame = TraceFrame(address: UInt(bitPattern: address))
        guard list.next() else { return frame }
        if !list.isNull() {
            frame.function = list.text(&names)
            if frame.function == nil { return nil }
        }
        guard list.next() else { return frame }
        if !list.isNull() {
            frame.file = list.text(&names)
            if frame.file == nil { return nil }
        }
        guard list.next() else { return frame }
        if !list.isNull() {
            frame.line = list.integer()
            if frame.line == nil { return nil }
        }
        guard list.next() else { return frame }
        if !list.isNull() {
            frame.image = list.text(&names)
            if frame.image == nil { return nil }
        }
        return list.close() ? frame : nil
    }
}

/// Puts rows with a depth together to a tree.
private struct ReferentRows {
    /// The ones that are not complete yet, from the outermost.
    private var open: [[SizedObject]] = [[]]

    /// Adds a row; `false` where it hangs in the air.
    mutating func add(_ object: SizedObject, depth: Int) -> Bool {
        guard depth >= 1, depth <= open.count else { return false }
        while open.count > depth { close() }
        open[depth - 1].append(object)
        // Its own, until a row of its depth comes.
        open.append([])
        return true
    }

    mutating func finish() -> [SizedObject] {
        while open.count > 1 { close() }
        return open[0]
    }

    private mutating func close() {
        let referents = open.removeLast()
        guard !referents.isEmpty else { return }
        open[open.count - 1][open[open.count - 1].count - 1].referents = referents
    }
}
