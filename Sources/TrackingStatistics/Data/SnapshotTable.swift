package import TrackingRecords

/// Snapshots with what each class held, in few bytes: as dictionaries, 10,000 snapshots of 500 classes are a gigabyte.
///
/// What goes in comes out the same. A class of a snapshot is a row of 24 bytes, where its figures are those of a common
/// one; only what does not fit a row, such as referents, is kept as it is.
package struct SnapshotTable: Sendable {
    /// What one name held at one snapshot.
    private struct Row: Sendable {
        /// The number of the name, and the ``Form`` in the two highest bits.
        var key: UInt32
        var active: UInt32
        /// Bytes, or which of the exceptions it is.
        var sum: Int
        var created: UInt32
        var destroyed: UInt32

        var name: Int { Int(key & ~(3 << 30)) }
        var form: Form { Form(rawValue: key >> 30) ?? .exception }
    }

    /// How a percentage is found again.
    private enum Form: UInt32 {
        /// It is the part of the snapshot's total.
        case exact
        /// The same, in as many digits as records have.
        case rounded
        case zero
        /// The size is among the exceptions.
        case exception
    }

    /// One snapshot: its own figures without classes, and those in rows.
    private struct Entry: Sendable {
        var head: Snapshot
        var rows: [Row] = []
        /// Snapshots before it that were forgotten.
        var gap = 0
    }

    /// Rows that a snapshot makes room for at most, whatever it announces.
    private static let largestReserve = 4096

    private var entries: [Entry] = []
    private var exceptions: [ClassSize] = []
    /// Exceptions that are not in use any more.
    private var free: [Int] = []
    /// The names that snapshots and others told.
    private(set) var names: [String] = []
    private var numbers: [String: Int] = [:]
    /// The snapshot whose row of a name was added last, by name.
    private var latest: [Int] = []

    init() {}

    init(_ snapshots: [Snapshot]) {
        entries.reserveCapacity(snapshots.count)
        for snapshot in snapshots { append(snapshot) }
    }

    /// How many snapshots there are.
    package var count: Int { entries.count }

    /// The positions of the snapshots.
    package var indices: Range<Int> { entries.indices }

    /// A snapshot as a whole, made anew with each call.
    package subscript(position: Int) -> Snapshot {
        var snapshot = entries[position].head
        let rows = entries[position].rows
        snapshot.classes.reserveCapacity(rows.count)
        for row in rows { snapshot.classes[names[row.name]] = size(row, of: snapshot) }
        return snapshot
    }

    /// A snapshot without its classes.
    package func head(_ position: Int) -> Snapshot { entries[position].head }

    /// The snapshots without their classes.
    package var heads: some RandomAccessCollection<Snapshot> { entries.lazy.map(\.head) }

    /// All snapshots as a whole.
    var snapshots: [Snapshot] { entries.indices.map { self[$0] } }

    /// Snapshots that were forgotten before one.
    package func gap(before position: Int) -> Int { entries[position].gap }

    /// How many classes of a snapshot are known.
    func classCount(at position: Int) -> Int { entries[position].rows.count }

    /// Calls with the number of the name and the size of each class.
    func forEachClass(at position: Int, _ body: (Int, ClassSize) -> Void) {
        for row in entries[position].rows { body(row.name, size(row, of: entries[position].head)) }
    }

    /// Calls with the number of the name and the bytes of each class.
    func forEachSum(at position: Int, _ body: (Int, Int) -> Void) {
        for row in entries[position].rows { body(row.name, row.form == .exception ? exceptions[row.sum].sum : row.sum) }
    }

    // MARK: Putting in

    /// The number of a name; a new one for a new name.
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

    /// Replaces a snapshot by what another record says of it.
    mutating func replace(_ position: Int, by snapshot: Snapshot) {
        for row in entries[position].rows where row.form == .exception { free.append(row.sum) }
        // Later snapshots may have rows of the name: from now on they are looked at.
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

    /// Sets what a class held at a snapshot.
    mutating func set(_ size: ClassSize, of name: String, at position: Int) {
        let number = number(of: name)
        // A class has a row already where a record is repeated. Mostly that is known without a look at the others.
        if latest[number] >= position, let row = entries[position].rows.firstIndex(where: { $0.name == number }) {
            if entries[position].rows[row].form == .exception { free.append(entries[position].rows[row].sum) }
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
            let key = UInt32(name) | form.rawValue << 30
            return Row(key: key, active: active, sum: size.sum, created: created, destroyed: destroyed)
        }
        let index = free.popLast() ?? exceptions.count
        if index == exceptions.count { exceptions.append(size) } else { exceptions[index] = size }
        let key = UInt32(name) | Form.exception.rawValue << 30
        return Row(key: key, active: 0, sum: index, created: 0, destroyed: 0)
    }

    private func form(of size: ClassSize, in snapshot: Snapshot) -> Form? {
        guard size.unsized == 0, size.omittedReferents == 0, size.merged == nil else { return nil }
        if size.percentage == 0 { return .zero }
        let exact = Self.percentage(size.sum, of: snapshot)
        if size.percentage == exact { return .exact }
        return size.percentage == Self.rounded(exact) ? .rounded : nil
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
        case .exact: size.percentage = Self.percentage(row.sum, of: snapshot)
        case .rounded: size.percentage = Self.rounded(Self.percentage(row.sum, of: snapshot))
        }
        return size
    }

    private static func percentage(_ sum: Int, of snapshot: Snapshot) -> Double {
        snapshot.total > 0 ? Double(sum) * 100 / Double(snapshot.total) : 0
    }

    private static func rounded(_ percentage: Double) -> Double { (percentage * 1_000_000).rounded() / 1_000_000 }

    // MARK: Taking out

    /// Forgets the referents of a class at one snapshot.
    mutating func forgetReferents(of name: String, at former: Int) {
        guard let number = numbers[name], entries.indices.contains(former),
            let row = entries[former].rows.firstIndex(where: { $0.name == number }),
            entries[former].rows[row].form == .exception
        else { return }
        var size = exceptions[entries[former].rows[row].sum]
        size.merged = nil
        size.omittedReferents = 0
        free.append(entries[former].rows[row].sum)
        entries[former].rows[row] = self.row(size, number, of: entries[former].head)
    }

    /// Forgets a snapshot, which is counted before the next one then.
    mutating func forget(_ position: Int) {
        for row in entries[position].rows where row.form == .exception { free.append(row.sum) }
        let gap = entries[position].gap + 1
        entries.remove(at: position)
        if position < entries.count { entries[position].gap += gap }
        for number in latest.indices where latest[number] >= position && latest[number] != .max {
            latest[number] -= 1
        }
    }

    /// Brings the snapshots into the order of their numbers.
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
