import TrackingRecords

extension Stats {
    /// Works out what the objects of each name held at the snapshots that do not say so.
    ///
    /// Snapshots of a tracker say it; a stream that was cut may not. What is known of single objects is added up, so that
    /// objects without a record are missing in it.
    ///
    /// - Returns: Itself.
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
            let total = snapshot.total
            for (name, var size) in classes where snapshot.classes[name] == nil {
                if total > 0 { size.percentage = Double(size.sum) * 100 / Double(total) }
                contents.table.set(size, of: name, at: position)
            }
        }
        return self
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
