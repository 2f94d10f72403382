internal import CTrackingRuntime
internal import Glibc
package import TrackingRecords

/// The sizes of objects and their referents, before names are resolved.
///
/// It uses mapped memory instead of malloc, so that a copy of the process can fill it and return it in shared memory.
package struct ReferentTree: ~Copyable {
    /// A place in the tree.
    package struct Node: BitwiseCopyable {
        let index: Int32

        /// The place of referents that did not fit.
        static var none: Self { Self(index: -1) }
    }

    private struct Entry: BitwiseCopyable {
        var label: ReferentLabel
        var size = 0
        var flat = 0
        var first: Int32 = -1
        var last: Int32 = -1
        var next: Int32 = -1
        /// The most recently found child: the next one mostly follows it.
        var recent: Int32 = -1
        /// Indicates whether children with the same name are combined.
        var isMerged = false
    }

    private struct Header: BitwiseCopyable {
        var count: Int32
        var hasOverflowed: Bool
    }

    /// The initial capacities: a tree that a copy fills cannot grow, and uses memory only for pages that were written.
    private static let (ownEntries, sharedEntries) = (1 << 10, 1 << 20)
    private static let headerBytes = 64

    private var memory: UnsafeMutableRawPointer?
    private var capacity = 0
    private let isShared: Bool
    private var isFixed = false

    /// Creates an empty tree, which uses no memory yet.
    ///
    /// - Parameter isShared: Whether it can be filled in a copy of the process; then it has space for a million
    ///   referents, or for as many as it had before.
    package init(isShared: Bool = false) { self.isShared = isShared }

    deinit { Self.unmap(memory, capacity) }

    private static func bytes(_ capacity: Int) -> Int { headerBytes + capacity * MemoryLayout<Entry>.stride }

    private static func map(_ capacity: Int, isShared: Bool) -> UnsafeMutableRawPointer? {
        ct_reserve(bytes(capacity), isShared ? 1 : 0)
    }

    private static func unmap(_ memory: UnsafeMutableRawPointer?, _ capacity: Int) {
        ct_unmap(memory, bytes(capacity))
    }

    private var header: UnsafeMutablePointer<Header>? { memory?.assumingMemoryBound(to: Header.self) }

    private var entries: UnsafeMutablePointer<Entry>? {
        (memory.map { $0 + Self.headerBytes })?.assumingMemoryBound(to: Entry.self)
    }

    /// Indicates whether some referents did not fit.
    package var hasOverflowed: Bool { header?.pointee.hasOverflowed ?? false }

    /// The used bytes.
    package var written: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: memory, count: header.map { Self.bytes(Int($0.pointee.count)) } ?? 0)
    }

    /// The place of the individually requested objects.
    package static let objects = Node(index: 0)
    /// The place of the sums of objects, by number.
    package static let sums = Node(index: 1)

    /// Empties the tree, and allocates its memory.
    ///
    /// - Parameter isFixed: Whether it must not grow, because a copy of the process is going to fill it.
    /// - Returns: `false` if the kernel gives no memory.
    package mutating func reset(isFixed: Bool = false) -> Bool {
        self.isFixed = isFixed
        if memory == nil {
            capacity = isShared ? Self.sharedEntries : Self.ownEntries
            memory = Self.map(capacity, isShared: isShared)
        }
        guard let header else { return false }
        header.pointee = Header(count: 0, hasOverflowed: false)
        _ = append(Entry(label: .root(0)))
        _ = append(Entry(label: .root(1)))
        return true
    }

    private mutating func append(_ entry: Entry) -> Int32 {
        guard let header else { return -1 }
        let index = Int(header.pointee.count)
        if index == capacity, isFixed || !grow() {
            self.header?.pointee.hasOverflowed = true
            return -1
        }
        entries?[index] = entry
        self.header?.pointee.count = Int32(truncatingIfNeeded: index + 1)
        return Int32(truncatingIfNeeded: index)
    }

    private mutating func grow() -> Bool {
        guard let memory, capacity < 1 << 28, let larger = Self.map(capacity * 2, isShared: isShared) else {
            return false
        }
        larger.copyMemory(from: memory, byteCount: Self.bytes(capacity))
        Self.unmap(memory, capacity)
        self.memory = larger
        capacity *= 2
        return true
    }

    // MARK: Filling

    /// Returns the place of an individually requested object.
    mutating func object(_ number: Int) -> Node { child(of: Self.objects, .root(number), merges: false) }

    /// Returns the place of the sum of all objects with a number.
    mutating func sum(_ number: Int) -> Node { child(of: Self.sums, .root(number), merges: true) }

    /// Returns the place of a referent.
    ///
    /// - Parameters:
    ///   - parent: The place of the referring object.
    ///   - label: The name of the referent.
    ///   - merges: Whether all referents of that name are combined, with their own referents.
    /// - Returns: The place.
    mutating func child(of parent: Node, _ label: ReferentLabel, merges: Bool = false) -> Node {
        guard let entries, parent.index >= 0 else { return .none }
        let isMerged = merges || (entries[Int(parent.index)].isMerged && parent.index > 1)
        if isMerged, let found = find(label, below: parent) { return Node(index: found) }
        var entry = Entry(label: label)
        entry.isMerged = isMerged
        let added = append(entry)
        guard added >= 0, let entries = self.entries else { return .none }
        let last = entries[Int(parent.index)].last
        if last >= 0 {
            entries[Int(last)].next = added
        } else {
            entries[Int(parent.index)].first = added
        }
        entries[Int(parent.index)].last = added
        entries[Int(parent.index)].recent = added
        return Node(index: added)
    }

    private func find(_ label: ReferentLabel, below parent: Node) -> Int32? {
        guard let entries else { return nil }
        let recent = entries[Int(parent.index)].recent
        let following = recent >= 0 ? entries[Int(recent)].next : -1
        var found = following >= 0 && entries[Int(following)].label == label ? following : -1
        var index = entries[Int(parent.index)].first
        while found < 0, index >= 0 {
            if entries[Int(index)].label == label { found = index }
            index = entries[Int(index)].next
        }
        guard found >= 0 else { return nil }
        entries[Int(parent.index)].recent = found
        return found
    }

    mutating func add(size: Int = 0, flat: Int = 0, to node: Node) {
        guard node.index >= 0 else { return }
        entries?[Int(node.index)].size += size
        entries?[Int(node.index)].flat += flat
    }

    // MARK: Reading

    /// Returns the objects, or the sums, in order, with their numbers.
    ///
    /// - Parameter list: ``objects`` or ``sums``.
    /// - Returns: Their places.
    package borrowing func places(in list: Node) -> [(number: Int, node: Node)] {
        var places: [(Int, Node)] = []
        guard let entries else { return places }
        var index = entries[Int(list.index)].first
        while index >= 0 {
            places.append((entries[Int(index)].label.number, Node(index: index)))
            index = entries[Int(index)].next
        }
        return places
    }

    /// Returns the content of a place.
    package borrowing func sized(_ node: Node, name: String) -> SizedObject {
        guard node.index >= 0, let entries else { return SizedObject(name: name, size: 0, flat: 0) }
        let entry = entries[Int(node.index)]
        var referents: [SizedObject] = []
        var index = entry.first
        while index >= 0 {
            referents.append(sized(Node(index: index), name: entries[Int(index)].label.text))
            index = entries[Int(index)].next
        }
        guard entry.isMerged else {
            return SizedObject(name: name, size: entry.size, flat: entry.flat, referents: referents)
        }
        // Properties of different classes may have the same name.
        var sum = SizedObject(name: name, size: entry.size, flat: entry.flat)
        sum.merge(SizedObject(name: name, size: 0, flat: 0, referents: referents))
        return sum
    }
}
