package import TrackingRecords

/// Snapshots with their classes in few bytes: as dictionaries, 10,000 snapshots of 500 classes take a gigabyte.
///
/// A snapshot is read back equal to what was added. A common class of a snapshot is a row of 24 bytes; only a class that
/// does not fit into a row, for example because it has referents, is kept as it is.
package struct SnapshotTable: Sendable {
    /// The size of one class at one snapshot.
    private struct Row: Sendable {
        /// The number of the name, and the ``Form`` in the three highest bits.
        var key: UInt32
        var active: UInt32
        /// The bytes, or the index of the exception.
        var sum: Int
        var created: UInt32
        var destroyed: UInt32

        init(name: Int, _ form: Form, active: UInt32, sum: Int, created: UInt32, destroyed: UInt32) {
            key = UInt32(name) | form.rawValue << 29
            self.active = active
            self.sum = sum
            self.created = created
            self.destroyed = destroyed
        }

        var name: Int { Int(key & ~(7 << 29)) }
        var form: Form { Form(rawValue: key >> 29) ?? .exception }
    }

    /// The way in which a percentage is computed again.
    private enum Form: UInt32 {
        /// The exact quotient.
        case exact
        /// The quotient with as many digits as records have.
        case rounded
        /// The quotient of the virtual size with as many digits: records of earlier versions.
        case virtual
        case zero
        /// None: the size is an exception.
        case exception
    }

    /// One snapshot: its own figures, and its classes as rows.
    private struct Entry: Sendable {
        var head: Snapshot
        var rows: [Row] = []
        /// The number of snapshots before it that were forgotten.
        var gap = 0
    }

    /// The most rows that are allocated ahead, whatever number of classes a snapshot announces.
    private static let largestReserve = 4096

    private var entries: [Entry] = []
    private var exceptions: [ClassSize] = []
    /// The indices of exceptions that are not in use any more.
    private var unused: [Int] = []
    /// The names of all classes, those without a snapshot among them.
    private(set) var names: [String] = []
    private var numbers: [String: Int] = [:]
    /// The position of the snapshot to which a row was added last, by the number of the name.
    private var latest: [Int] = []

    init() {}

    init(_ snapshots: [Snapshot]) {
        entries.reserveCapacity(snapshots.count)
        for snapshot in snapshots { append(snapshot) }
    }

    /// The number of snapshots.
    package var count: Int { entries.count }

    /// The positions of the snapshots.
    package var indices: Range<Int> { entries.indices }

    /// A snapshot with its classes; computed with each call.
    package subscript(position: Int) -> Snapshot {
        var snapshot = entries[position].head
        let rows = entries[position].rows
        snapshot.classes.reserveCapacity(rows.count)
        for row in rows { snapshot.classes[names[row.name]] = size(row, of: snapshot) }
        return snapshot
    }

    /// Returns a snapshot without its classes.
    package func head(_ position: Int) -> Snapshot { entries[position].head }

    /// The snapshots without their classes.
    package var heads: some RandomAccessCollection<Snapshot> { entries.lazy.map(\.head) }

    /// All snapshots with their classes; computed with each call.
    var snapshots: [Snapshot] { entries.indices.map { self[$0] } }

    /// Returns the number of snapshots that were forgotten right before one.
    package func gap(before position: Int) -> Int { entries[position].gap }

    /// Returns the number of known classes of a snapshot.
    func classCount(at position: Int) -> Int { entries[position].rows.count }

    /// Calls `body` with the number of the name and the size of each class.
    func forEachClass(at position: Int, _ body: (Int, ClassSize) -> Void) {
        for row in entries[position].rows { body(row.name, size(row, of: entries[position].head)) }
    }

    /// Calls `body` with the number of the name and the bytes of each class.
    func forEachSum(at position: Int, _ body: (Int, Int) -> Void) {
        for row in entries[position].rows { body(row.name, row.form == .exception ? exceptions[row.sum].sum : row.sum) }
    }

    // MARK: Adding

    /// Returns the number of a name, a new one for a new name.
    mutating func number(of name: String) -> Int {
        if let number = numbers[name] { return number }
        numbers[name] = names.count
        names.append(name)
        latest.append(-1)
        return names.count - 1
    }

    mutating func append(_ snapshot: Snapshot) {
        entries.append(Entry(head: snapshot))
        setHead(snapshot, at: entries.count - 1)
    }

    /// Replaces a snapshot by another record of it.
    mutating func replace(_ position: Int, by snapshot: Snapshot) {
        for row in entries[position].rows where row.form == .exception { unused.append(row.sum) }
        // Later snapshots may have rows of the name: from now on `set` searches for them.
        for row in entries[position].rows { latest[row.name] = .max }
        entries[position].rows = []
        setHead(snapshot, at: position)
    }

    private mutating func setHead(_ snapshot: Snapshot, at position: Int) {
        entries[position].head = snapshot
        entries[position].head.classes = [:]
        let classes = max(snapshot.classes.count, min(snapshot.classCount, Self.largestReserve))
        entries[position].rows.reserveCapacity(classes)
        for (name, size) in snapshot.classes { set(size, of: name, at: position) }
    }

    /// Sets the size of a class at a snapshot.
    mutating func set(_ size: ClassSize, of name: String, at position: Int) {
        let number = number(of: name)
        // A class has a row already if a record is repeated. `latest` mostly excludes that without a search.
        if latest[number] >= position, let row = entries[position].rows.firstIndex(where: { $0.name == number }) {
            if entries[position].rows[row].form == .exception { unused.append(entries[position].rows[row].sum) }
            entries[position].rows[row] = self.row(size, number, of: entries[position].head)
            return
        }
        latest[number] = max(latest[number], position)
        entries[position].rows.append(row(size, number, of: entries[position].head))
    }

    private mutating func row(_ size: ClassSize, _ name: Int, of snapshot: Snapshot) -> Row {
        if let form = form(of: size, in: snapshot), let active = UInt32(exactly: size.active),
            let created = UInt32(exactly: size.created), let destroyed = UInt32(exactly: size.destroyed)
        {
            return Row(name: name, form, active: active, sum: size.sum, created: created, destroyed: destroyed)
        }
        let index = unused.popLast() ?? exceptions.count
        if index == exceptions.count { exceptions.append(size) } else { exceptions[index] = size }
        return Row(name: name, .exception, active: 0, sum: index, created: 0, destroyed: 0)
    }

    private func form(of size: ClassSize, in snapshot: Snapshot) -> Form? {
        guard size.unsized == 0, size.omittedReferents == 0, size.merged == nil else { return nil }
        if size.percentage == 0 { return .zero }
        let exact = Self.percentage(size.sum, of: snapshot.percentageBase)
        if size.percentage == exact { return .exact }
        if size.percentage == Self.rounded(exact) { return .rounded }
        return size.percentage == Self.rounded(Self.percentage(size.sum, of: snapshot.total)) ? .virtual : nil
    }

    private func size(_ row: Row, of snapshot: Snapshot) -> ClassSize {
        if row.form == .exception { return exceptions[row.sum] }
        var size = ClassSize()
        size.active = Int(row.active)
        size.sum = row.sum
        size.created = Int(row.created)
        size.destroyed = Int(row.destroyed)
        switch row.form {
        case .zero, .exception: break
        case .exact: size.percentage = Self.percentage(row.sum, of: snapshot.percentageBase)
        case .rounded: size.percentage = Self.rounded(Self.percentage(row.sum, of: snapshot.percentageBase))
        case .virtual: size.percentage = Self.rounded(Self.percentage(row.sum, of: snapshot.total))
        }
        return size
    }

    private static func percentage(_ sum: Int, of whole: Int) -> Double {
        whole > 0 ? Double(sum) * 100 / Double(whole) : 0
    }

    private static func rounded(_ percentage: Double) -> Double { (percentage * 1_000_000).rounded() / 1_000_000 }

    // MARK: Removing

    /// Removes the referents of a class at one snapshot.
    mutating func forgetReferents(of name: String, at former: Int) {
        guard let number = numbers[name], entries.indices.contains(former),
            let row = entries[former].rows.firstIndex(where: { $0.name == number }),
            entries[former].rows[row].form == .exception
        else { return }
        var size = exceptions[entries[former].rows[row].sum]
        size.merged = nil
        size.omittedReferents = 0
        unused.append(entries[former].rows[row].sum)
        entries[former].rows[row] = self.row(size, number, of: entries[former].head)
    }

    /// Removes a snapshot and counts it in the gap before the next one.
    mutating func forget(_ position: Int) {
        for row in entries[position].rows where row.form == .exception { unused.append(row.sum) }
        let gap = entries[position].gap + 1
        entries.remove(at: position)
        if position < entries.count { entries[position].gap += gap }
        for number in latest.indices where latest[number] >= position && latest[number] != .max {
            latest[number] -= 1
        }
    }

    /// Sorts the snapshots by number.
    mutating func sort() {
        let isAscending = zip(entries, entries.dropFirst()).allSatisfy { $0.head.number < $1.head.number }
        guard !isAscending else { return }
        entries.sort { $0.head.number < $1.head.number }
        for number in latest.indices { latest[number] = .max }
    }
}

extension SnapshotTable: Equatable {
    package static func == (left: SnapshotTable, right: SnapshotTable) -> Bool {
        left.count == right.count
            && left.indices.allSatisfy { left[$0] == right[$0] && left.gap(before: $0) == right.gap(before: $0) }
    }
}
