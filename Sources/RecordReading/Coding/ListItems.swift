import TrackingRecords

/// Reads the items of a list: rows, and the sizes of objects with their referents.
///
/// Its functions return `false` if the list is invalid.
struct ListItems {
    /// No tracker writes deeper referents, and deallocating them recursively would exhaust the stack.
    private static let deepest = 256

    private var list: JSONList
    private var names = NameCache()
    private var isSound = true
    /// Indicates whether the current row may have further items.
    private var hasMore = true

    /// Takes the names of a decoder; `giveBack(_:)` returns them.
    init(_ list: JSONList, names: inout NameCache) {
        self.list = list
        swap(&self.names, &names)
    }

    mutating func giveBack(_ names: inout NameCache) { swap(&self.names, &names) }

    /// Reads a list of rows.
    mutating func rows<Row: ListRow>(_ rows: inout [Row]) -> Bool {
        guard list.open() else { return false }
        while list.next() {
            guard let row: Row = row() else { return false }
            rows.append(row)
        }
        return true
    }

    /// Reads `[name, bytes, own bytes, referents]`.
    mutating func tree(_ root: inout SizedObject?) -> Bool {
        guard list.open(), list.next(), let name = list.text(&names) else { return false }
        root = sized(name: name)
        return root != nil
    }

    /// Reads a list of `[t_seconds, bytes, own bytes, referents, class name]`.
    mutating func sizes(_ sizes: inout [ObjectSize], className: String) -> Bool {
        guard list.open() else { return false }
        while list.next() {
            guard list.open(), list.next(), let timestamp = list.double(), let size = sized(name: className) else {
                return false
            }
            sizes.append(ObjectSize(timestamp: timestamp, size: size))
        }
        return true
    }

    private mutating func row<Row: ListRow>() -> Row? {
        guard list.open() else { return nil }
        hasMore = true
        var row = Row.blank
        row.visitItems(&self)
        guard isSound, !hasMore || list.close() else { return nil }
        return row
    }

    /// Reads size and own size, and the optional parts after them: referents, and another name.
    private mutating func sized(name: String) -> SizedObject? {
        guard list.next(), let size = list.integer(), list.next(), let flat = list.integer() else { return nil }
        var object = SizedObject(name: name, size: size, flat: flat)
        guard list.next() else { return object }
        var rows = ReferentRows()
        guard list.open() else { return nil }
        while list.next() {
            guard let row: ReferentRow = row(), row.level <= Self.deepest, rows.add(row) else { return nil }
        }
        object.referents = rows.finish()
        guard list.next() else { return object }
        guard let other = list.text(&names), list.close() else { return nil }
        object.name = other
        return object
    }
}

extension ListItems: ItemVisitor {
    mutating func integer(_ name: StaticString, _ value: inout Int?, isRequired: Bool) {
        value = item(isRequired) { $0.list.integer() }
    }

    mutating func real(_ name: StaticString, _ value: inout Double?, isRequired: Bool) {
        value = item(isRequired) { $0.list.double() }
    }

    mutating func text(_ name: StaticString, _ value: inout String?, isRequired: Bool) {
        value = item(isRequired) { $0.list.text(&$0.names) }
    }

    private mutating func item<Value>(_ isRequired: Bool, _ value: (inout ListItems) -> Value?) -> Value? {
        guard isSound else { return nil }
        if hasMore { hasMore = list.next() }
        guard hasMore, !list.isNull() else {
            if isRequired { isSound = false }
            return nil
        }
        let value = value(&self)
        if value == nil { isSound = false }
        return value
    }
}

/// Builds a tree from rows with a level.
private struct ReferentRows {
    /// The referents of each open level, from the outermost, to which further ones may be added.
    private var open: [[SizedObject]] = [[]]

    /// Adds a row; returns `false` if the level before it is missing.
    mutating func add(_ row: ReferentRow) -> Bool {
        guard row.level >= 1, row.level <= open.count else { return false }
        while open.count > row.level { close() }
        open[row.level - 1].append(SizedObject(name: row.name, size: row.size, flat: row.flat))
        // The level of its referents, open until a row of its own level follows.
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
