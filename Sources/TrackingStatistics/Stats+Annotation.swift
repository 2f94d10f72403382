import TrackingRecords

extension Stats {
    /// Computes the size of each class at the snapshots that lack it.
    ///
    /// Snapshots of a tracker have it; those of a stream that was cut off may not. The sizes of single objects are added up,
    /// so that objects without a record are missing from the sum.
    ///
    /// - Returns: The statistics themselves.
    @discardableResult
    public func annotate() -> Self {
        var positions: [Double: Int] = [:]
        for position in contents.table.indices {
            let (head, known) = (contents.table.head(position), contents.table.classCount(at: position))
            if known == 0 || known < head.classCount { positions[head.timestamp] = position }
        }
        guard !positions.isEmpty else { return self }
        var found: [Int: [String: ClassSize]] = [:]
        for object in contents.objects {
            for size in object.sizes {
                guard let position = positions[size.timestamp] else { continue }
                found[position, default: [:]][object.name, default: ClassSize()].add(size.size)
            }
        }
        for (position, classes) in found {
            let snapshot = contents.table[position]
            let total = snapshot.percentageBase
            for (name, var size) in classes where snapshot.classes[name] == nil {
                if total > 0 { size.percentage = Double(size.sum) * 100 / Double(total) }
                contents.table.set(size, of: name, at: position)
            }
        }
        return self
    }
}

extension Stats {
    /// Makes snapshots of the samples if there is neither a snapshot nor a class: in a process in which nothing is tracked,
    /// each sample is one.
    ///
    /// A tracker itself keeps them as snapshots. Its stream does not have them twice.
    func takeSamplesForSnapshots() {
        guard contents.table.count == 0, contents.names.isEmpty else { return }
        for (position, sample) in contents.samples.samples.enumerated() {
            var snapshot = Snapshot(number: position + 1, timestamp: sample.timestamp, wallTime: sample.wallTime)
            snapshot.isPeriodic = true
            snapshot.processMemory = sample.memory
            contents.table.append(snapshot)
        }
    }
}

extension ClassSize {
    fileprivate mutating func add(_ size: SizedObject) {
        active += 1
        sum += size.size
        guard !size.referents.isEmpty else { return }
        if merged == nil {
            merged = size
        } else {
            merged?.merge(size)
        }
    }
}
