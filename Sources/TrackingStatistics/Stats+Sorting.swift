public import TrackingRecords

/// A property that objects are sorted by.
@nonexhaustive
public enum SortKey: String, Sendable, Hashable, CaseIterable {
    /// The name under which the object is tracked, ascending.
    case className = "class-name"
    /// The name of the object's class, ascending.
    case name
    /// The time at which tracking of the object began, ascending.
    case birth
    /// The time at which the object died, ascending; live objects come last.
    case death
    /// The largest size at any snapshot, in bytes, descending.
    case size
    /// The size at the snapshot with the most tracked bytes, in bytes, descending.
    case trackedSize = "tracked-size"
    /// Class and address, ascending.
    case representation
}

extension Stats {
    /// Sorts the objects.
    ///
    /// Objects that are equal by all keys stay in the order in which tracking began.
    ///
    /// - Parameter keys: The keys, the most important one first. Without a key the objects are sorted by
    ///   ``SortKey/className``, and those of one class by ``SortKey/trackedSize``.
    /// - Returns: The statistics themselves.
    @discardableResult
    public func sortStats(by keys: SortKey...) -> Self { sortStats(by: keys) }

    /// Sorts the objects.
    ///
    /// - Parameter keys: The keys, the most important one first; none for the default.
    /// - Returns: The statistics themselves.
    @discardableResult
    package func sortStats(by keys: [SortKey]) -> Self {
        order = positions(sortedBy: keys)
        return self
    }

    /// The positions of the objects in the order of some keys; without keys in the default order.
    private func positions(sortedBy keys: [SortKey]) -> [Int] {
        let keys = keys.isEmpty ? [.className, .trackedSize, .birth, .death, .name, .representation] : keys
        let columns = keys.flatMap(columns)
        guard let first = columns.first else { return [] }
        // Mostly the first key decides. It lies beside the position, so that few comparisons read another column.
        var rows = first.enumerated().map { (key: $0.element, position: $0.offset) }
        rows.sort { left, right in
            if left.key != right.key { return left.key < right.key }
            for column in columns.dropFirst() where column[left.position] != column[right.position] {
                return column[left.position] < column[right.position]
            }
            return left.position < right.position
        }
        return rows.map(\.position)
    }

    /// Reverses the order of the objects.
    ///
    /// - Returns: The statistics themselves.
    @discardableResult
    public func reverseOrder() -> Self {
        order = sortedPositions.reversed()
        return self
    }

    /// The objects as they were sorted last, or in the default order; computed with each call.
    public var sorted: [TrackedObjectRecord] { sortedPositions.map { contents.objects[$0] } }

    var sortedPositions: [Int] { order ?? positions(sortedBy: []) }

    /// Returns columns of numbers, one number an object, that compare as the values of the key do.
    private func columns(_ key: SortKey) -> [[Int]] {
        switch key {
        case .className: [ranks(\.name)]
        case .name: [ranks(\.className)]
        case .birth: [contents.objects.map { Self.ordered($0.birth) }]
        case .death: [contents.objects.map { Self.ordered($0.death ?? .infinity) }]
        case .size: [contents.objects.map { -$0.largestSize }]
        case .trackedSize: trackedSizes()
        case .representation:
            [ranks(\.className), contents.objects.map { Int(truncatingIfNeeded: $0.address & UInt(Int.max)) }]
        }
    }

    private func trackedSizes() -> [[Int]] {
        // If several snapshots are equal, the latest one counts.
        let largest = contents.table.heads.max { $0.trackedTotal < $1.trackedTotal }?.trackedTotal
        guard let moment = contents.table.heads.last(where: { $0.trackedTotal == largest })?.timestamp else {
            return [contents.objects.map { -$0.size }]
        }
        return [contents.objects.map { object in -(object.sizes.last { $0.timestamp == moment }?.bytes ?? 0) }]
    }

    private func ranks(_ name: KeyPath<TrackedObjectRecord, String>) -> [Int] {
        var numbers: [String: Int] = [:]
        var names: [String] = []
        var column: [Int] = []
        column.reserveCapacity(contents.objects.count)
        for object in contents.objects {
            let text = object[keyPath: name]
            if let latest = column.last, names[latest] == text {
                column.append(latest)
                continue
            }
            let number = numbers[text] ?? names.count
            if number == names.count {
                numbers[text] = number
                names.append(text)
            }
            column.append(number)
        }
        var ranks = [Int](repeating: 0, count: names.count)
        for (rank, number) in names.indices.sorted(by: { names[$0] < names[$1] }).enumerated() { ranks[number] = rank }
        return column.map { ranks[$0] }
    }

    /// Returns the bits of a number as an integer that compares as the number does.
    private static func ordered(_ number: Double) -> Int {
        let bits = Int(bitPattern: UInt(number.bitPattern))
        return bits < 0 ? bits ^ Int.max : bits
    }
}

extension TrackedObjectRecord {
    /// The largest size at any snapshot, in bytes.
    var largestSize: Int { sizes.reduce(0) { max($0, $1.bytes) } }
}
