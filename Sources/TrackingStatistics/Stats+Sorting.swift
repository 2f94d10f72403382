public import TrackingRecords

/// What objects are sorted by.
public enum SortKey: String, Sendable, Hashable, CaseIterable {
    /// The name the object was announced under, ascending.
    case className = "class-name"
    /// The name of the object's class, ascending.
    case name
    /// When it was announced, ascending.
    case birth
    /// When it died, ascending; live ones come last.
    case death
    /// The most bytes it held at any snapshot, descending.
    case size
    /// The bytes it held at the snapshot with the most tracked bytes, descending.
    case trackedSize = "tracked-size"
    /// Class and address, ascending.
    case representation
}

extension Stats {
    /// Sorts the objects.
    ///
    /// Objects that are equal by all keys stay in order of announcement.
    ///
    /// - Parameter keys: What to sort by, the most important first; without one by ``SortKey/className``, then the most
    ///   bytes first.
    /// - Returns: Itself.
    @discardableResult
    public func sortStats(by keys: SortKey...) -> Self { sortStats(by: keys) }

    /// Sorts the objects.
    ///
    /// - Parameter keys: What to sort by, the most important first; none for the default.
    /// - Returns: Itself.
    @discardableResult
    public func sortStats(by keys: [SortKey]) -> Self {
        let keys = keys.isEmpty ? [.className, .trackedSize, .birth, .death, .name, .representation] : keys
        let columns = keys.flatMap(columns)
        guard let first = columns.first else { return self }
        // The first key beside the position: it decides mostly, and a million objects are too many to go and look at.
        var rows = first.enumerated().map { (key: $0.element, position: $0.offset) }
        rows.sort { left, right in
            if left.key != right.key { return left.key < right.key }
            for column in columns.dropFirst() where column[left.position] != column[right.position] {
                return column[left.position] < column[right.position]
            }
            return left.position < right.position
        }
        order = rows.map(\.position)
        return self
    }

    /// Reverses the order of the objects.
    ///
    /// - Returns: Itself.
    @discardableResult
    public func reverseOrder() -> Self {
        if order == nil { sortStats() }
        order?.reverse()
        return self
    }

    /// The objects as they were sorted last, or in the default order; made anew with each call.
    public var sorted: [TrackedObjectRecord] { sortedPositions.map { contents.objects[$0] } }

    var sortedPositions: [Int] {
        if order == nil { sortStats() }
        return order ?? []
    }

    /// Numbers in the order of what they stand for.
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
        // The latest where several are equal.
        let largest = contents.table.heads.max { $0.trackedTotal < $1.trackedTotal }?.trackedTotal
        guard let moment = contents.table.heads.last(where: { $0.trackedTotal == largest })?.timestamp else {
            return [contents.objects.map { -$0.size }]
        }
        return [contents.objects.map { object in -(object.sizes.last { $0.timestamp == moment }?.size.size ?? 0) }]
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

    /// The bits of a number, so that they compare as it does.
    private static func ordered(_ number: Double) -> Int {
        let bits = Int(bitPattern: UInt(number.bitPattern))
        return bits < 0 ? bits ^ Int.max : bits
    }
}

extension TrackedObjectRecord {
    /// The most bytes that it held at any snapshot whose size is kept.
    var largestSize: Int { sizes.reduce(0) { max($0, $1.size.size) } }
}
