import TrackingRecords

/// Builds the contents of one run from its records.
struct RunBuilder {
    private(set) var contents = StatsContents()
    var clues = EndingClues()
    private let window: TimeWindow
    private let detail: ReadingDetail
    /// The position of the snapshot that has the referents of a name, if one is enough.
    private var withReferents: [String: Int] = [:]
    /// The positions of the snapshots, by number.
    private var snapshots: [Int: Int] = [:]
    /// One copy of each name, which a million objects share.
    private var names: Set<String> = []
    /// The positions of the objects, by id; `nil` while they come in the order in which tracking began.
    private var positions: [UInt64: Int]?
    /// The position of the object of the record before.
    private var cursor = -1
    private var latestSample = -Double.infinity
    private var isUnordered = false
    /// Indicates whether samples came out of order: files were given out of order, or rotated while being listed.
    private var hasLateSamples = false

    init(header: Header?, window: TimeWindow, detail: ReadingDetail) {
        contents.header = header
        self.window = window
        self.detail = detail
    }

    /// Takes a later header of the same run, which replaces the one before.
    mutating func take(_ header: Header) { contents.header = header }

    private var keepsObjects: Bool { if case .summary = detail { false } else { true } }

    /// Adds the next record.
    mutating func add(_ record: Record) {
        clues.note(record)
        switch record.payload {
        // These records have no time of their own, by which the window could exclude them.
        case .object(let object):
            add(object)
            return
        case .trace(let trace):
            guard keepsObjects else { return }
            contents.traces[trace.trace.id] = trace.trace
            return
        case .history(let history):
            add(history)
            return
        default: break
        }
        guard window.contains(record.wallTime) else { return }
        switch record.payload {
        case .sample(let sample):
            if sample.timestamp < latestSample { hasLateSamples = true }
            latestSample = sample.timestamp
            contents.samples.add(sample)
        case .snapshot(let snapshot): add(snapshot)
        case .classSize(let size): add(size)
        default:
            guard record.kind != .header, RecordPolicy.of(record.kind).hasRow else { return }
            guard contents.events.count < StatsContents.eventLimit else {
                contents.omittedEvents += 1
                return
            }
            contents.events.append(Record(record.payload))
        }
    }

    private mutating func add(_ snapshot: Snapshot) {
        if let position = position(ofSnapshot: snapshot.number) {
            contents.table.replace(position, by: snapshot)
            return
        }
        if keepsObjects { snapshots[snapshot.number] = contents.table.count }
        contents.table.append(snapshot)
        if case .summary(let count) = detail { forget(allBut: count) }
    }

    private func position(ofSnapshot number: Int) -> Int? {
        if keepsObjects { return snapshots[number] }
        // A summary keeps few snapshots.
        return contents.table.indices.last { contents.table.head($0).number == number }
    }

    /// Forgets one of the snapshots that are not shown, if there is one.
    private mutating func forget(allBut count: Int) {
        let table = contents.table
        guard table.count > count + 2 else { return }
        // Before the latest snapshots are the first, the largest, and the one that has just become too old.
        let candidates = 1..<table.count - count
        guard let largest = table.indices.max(by: { table.head($0).trackedTotal < table.head($1).trackedTotal }),
            let position = candidates.last(where: { $0 != largest })
        else { return }
        contents.table.forget(position)
    }

    private mutating func add(_ record: ClassSizeRecord) {
        // The record of its snapshot may have been in a file that was removed.
        guard let position = position(ofSnapshot: record.snapshot) else { return }
        var size = record.size
        switch detail {
        case .full: break
        case .summary:
            size.merged = nil
            size.omittedReferents = 0
        case .charts:
            guard size.merged != nil else { break }
            if let former = withReferents.updateValue(position, forKey: record.name), former != position {
                contents.table.forgetReferents(of: record.name, at: former)
            }
        }
        contents.table.set(size, of: record.name, at: position)
    }

    private mutating func add(_ record: HistoryRecord) {
        guard keepsObjects else {
            _ = contents.table.number(of: record.name)
            return
        }
        var counts = record.counts
        if window.isLimited {
            let start = contents.header?.startTime ?? 0
            counts.removeAll { !window.contains(start + $0.timestamp) }
            if counts.isEmpty { return }
        }
        contents.history[names.shared(record.name), default: []].append(contentsOf: counts)
    }

    // MARK: Objects

    /// Adds an object, the commonest record of a dump.
    mutating func add(_ record: TrackedObjectRecord) {
        var object = record
        if window.isLimited {
            let start = contents.header?.startTime ?? 0
            guard window.overlaps(from: start + object.birth, to: object.death.map { start + $0 }) else { return }
            object.sizes.removeAll { !window.contains(start + $0.timestamp) }
        }
        guard keepsObjects else {
            contents.omittedObjects &+= 1
            _ = contents.table.number(of: object.name)
            return
        }
        if let position = position(of: object.id) {
            merge(object, into: position)
            cursor = position
            return
        }
        // Mostly the names are those of the object before.
        if let latest = contents.objects.last, latest.name == object.name, latest.className == object.className {
            object.name = latest.name
            object.className = latest.className
        } else {
            object.name = names.shared(object.name)
            object.className = names.shared(object.className)
        }
        if detail == .charts { object.keepLargestSize() }
        cursor = contents.objects.count
        positions?[object.id] = cursor
        contents.objects.append(object)
    }

    private mutating func position(of id: UInt64) -> Int? {
        if let positions { return positions[id] }
        guard let last = contents.objects.last, last.id >= id else { return nil }
        // A snapshot lists its objects in the order in which tracking began, too.
        if cursor + 1 < contents.objects.count, contents.objects[cursor + 1].id == id { return cursor + 1 }
        var (low, high) = (0, contents.objects.count)
        while low < high {
            let middle = (low + high) / 2
            if contents.objects[middle].id < id { low = middle + 1 } else { high = middle }
        }
        if contents.objects[low].id == id { return low }
        var table: [UInt64: Int] = [:]
        table.reserveCapacity(contents.objects.count * 2)
        for (position, object) in contents.objects.enumerated() { table[object.id] = position }
        positions = table
        isUnordered = true
        return nil
    }

    private mutating func merge(_ later: TrackedObjectRecord, into position: Int) {
        contents.objects[position].omittedSizes &+= later.omittedSizes
        contents.objects[position].omittedReferents &+= later.omittedReferents
        let latest = contents.objects[position].sizes.last?.timestamp ?? -.infinity
        for size in later.sizes where size.timestamp > latest { contents.objects[position].sizes.append(size) }
        if detail == .charts { contents.objects[position].keepLargestSize() }
        contents.objects[position].className = names.shared(later.className)
        contents.objects[position].address = later.address
        contents.objects[position].death = later.death ?? contents.objects[position].death
        contents.objects[position].resolutionLevel = later.resolutionLevel
        if later.trace != 0 { contents.objects[position].trace = later.trace }
    }

    // MARK: The result

    /// Returns the contents, when all records were added.
    consuming func finish() -> StatsContents {
        contents.ending = clues.ending(of: contents.header)
        if hasLateSamples { contents.samples.sort() }
        if isUnordered { contents.objects.sort { $0.id < $1.id } }
        contents.table.sort()
        if window.isLimited { contents.dropUnusedTraces() }
        return contents
    }
}

extension StatsContents {
    fileprivate mutating func dropUnusedTraces() {
        let used = Set(objects.map(\.trace))
        traces = traces.filter { used.contains($0.key) }
    }
}

extension Set<String> {
    /// Returns the copy of a text that is in the set, after adding it if need be.
    fileprivate mutating func shared(_ text: String) -> String { insert(text).memberAfterInsert }
}

extension TrackedObjectRecord {
    /// Removes all sizes but the largest, and its referents.
    fileprivate mutating func keepLargestSize() {
        guard var largest = sizes.max(by: { $0.bytes < $1.bytes }) else { return }
        largest.size.referents = []
        sizes = [largest]
    }
}
