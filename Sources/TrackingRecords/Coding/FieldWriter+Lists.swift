/// Lists are JSON in every form, so that one reader reads them all.
extension FieldWriter {
    /// The bytes to reserve for the key that holds the number of omitted rows.
    private static let noteBytes = 64

    /// Writes a list, as many of its first rows as fit.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - rows: The rows.
    ///   - limit: The largest number of bytes of the list.
    /// - Returns: The number of omitted rows.
    mutating func first<Row: ListRow>(_ key: StaticString, _ rows: [Row], limit: Int) -> Int {
        guard !rows.isEmpty else { return 0 }
        let begin = count
        var written = 0
        reserving(Self.noteBytes) { writer in
            writer.field(key) { writer in
                let start = writer.count
                writer.put(UInt8(ascii: "["))
                writer.reserving(2) { writer in
                    for row in rows {
                        let before = writer.count
                        if written > 0 { writer.put(UInt8(ascii: ",")) }
                        writer.row(row)
                        guard !writer.overflowed, writer.count - start < limit else {
                            writer.rewind(to: before)
                            break
                        }
                        written += 1
                    }
                }
                writer.put(UInt8(ascii: "]"))
            }
        }
        // Omit an empty list, so that re-encoding a decoded record reproduces it byte for byte.
        if written == 0 { rewind(to: begin) }
        return rows.count - written
    }

    /// Writes as many of the latest rows as fit; in the journal without brackets.
    ///
    /// - Returns: The number of omitted rows.
    mutating func latest<Row: ListRow>(_ key: StaticString, _ rows: [Row]) -> Int {
        let isCompact = style == .journal
        var first = rows.startIndex
        while first < rows.endIndex {
            let before = count
            field(key) { writer in
                if !isCompact { writer.put(UInt8(ascii: "[")) }
                for index in first..<rows.endIndex {
                    if index > first { writer.put(isCompact ? " " : ",") }
                    writer.row(rows[index], isCompact: isCompact)
                }
                if !isCompact { writer.put(UInt8(ascii: "]")) }
            }
            if count > before { return first }
            first += 1
        }
        return rows.count
    }

    /// Writes the parts of an object, level by level.
    ///
    /// - Returns: The number of omitted parts.
    mutating func tree(_ key: StaticString, _ root: SizedObject?) -> Int {
        guard let root else { return 0 }
        var omitted = 0
        reserving(Self.noteBytes) { writer in
            writer.field(key) { writer in
                writer.put(UInt8(ascii: "["))
                writer.quoted(root.name)
                writer.figures(of: root)
                if !root.referents.isEmpty {
                    writer.put(UInt8(ascii: ","))
                    omitted = writer.largestReferents(of: root, reserving: 2)
                }
                writer.put(UInt8(ascii: "]"))
            }
        }
        return omitted
    }

    /// Writes the sizes of an object, or the latest ones that fit.
    ///
    /// - Returns: The number of omitted sizes, and of omitted referents of the others.
    mutating func sizes(
        _ key: StaticString,
        _ sizes: [ObjectSize],
        className: String
    ) -> (sizes: Int, referents: Int) {
        guard !sizes.isEmpty else { return (0, 0) }
        var first = 0
        while true {
            let before = count
            var omitted = 0
            reserving(2 * Self.noteBytes) { writer in
                writer.field(key) { writer in
                    writer.put(UInt8(ascii: "["))
                    for index in first..<sizes.count {
                        if index > first { writer.put(UInt8(ascii: ",")) }
                        // A single size may be as large as fits; of several, a size is written with all its referents
                        // or omitted.
                        let isLast = index == sizes.count - 1 && first == index
                        omitted += writer.size(sizes[index], className: className, mayPrune: isLast)
                        if writer.overflowed { break }
                    }
                    writer.put(UInt8(ascii: "]"))
                }
            }
            if count > before { return (first, omitted) }
            guard first < sizes.count - 1 else { return (sizes.count, 0) }
            first += (sizes.count - first + 1) / 2
        }
    }

    private mutating func size(_ size: ObjectSize, className: String, mayPrune: Bool) -> Int {
        var omitted = 0
        let isRenamed = size.size.name != className
        put(UInt8(ascii: "["))
        micros(size.timestamp)
        figures(of: size.size)
        if !size.size.referents.isEmpty {
            put(UInt8(ascii: ","))
            if mayPrune {
                // Reserves the brackets, and the class name that the object had at that time.
                omitted = largestReferents(of: size.size, reserving: 4 + (isRenamed ? length(of: size.size.name) : 0))
            } else {
                referents(of: size.size)
            }
        } else if isRenamed {
            put(",[]")
        }
        if isRenamed {
            put(UInt8(ascii: ","))
            quoted(size.size.name)
        }
        put(UInt8(ascii: "]"))
        return omitted
    }

    private mutating func length(of text: String) -> Int {
        let start = count
        quoted(text)
        defer { rewind(to: start) }
        return overflowed ? remaining : count - start
    }

    private mutating func figures(of object: SizedObject) {
        put(UInt8(ascii: ","))
        decimal(object.size)
        put(UInt8(ascii: ","))
        decimal(object.flat)
    }

    /// Writes all referents, or as many of the largest as fit; returns the number of omitted ones.
    private mutating func largestReferents(of root: SizedObject, reserving bytes: Int) -> Int {
        let start = count
        var omitted = 0
        reserving(bytes) { writer in
            writer.referents(of: root)
            guard writer.overflowed else { return }
            writer.rewind(to: start)
            var pruning = TreePruning()
            writer.measure(root, depth: 1, parent: -1, &pruning)
            omitted = writer.pruned(root, &pruning)
        }
        return omitted
    }

    private mutating func measure(_ object: SizedObject, depth: Int, parent: Int, _ pruning: inout TreePruning) {
        for referent in object.referents {
            let start = count
            row(ReferentRow(referent, level: depth))
            // A referent that does not fit alone is never chosen.
            let cost = overflowed ? Int.max / 2 : count - start + 1
            rewind(to: start)
            let index = pruning.add(size: referent.size, depth: depth, cost: cost, parent: parent)
            measure(referent, depth: depth + 1, parent: index, &pruning)
        }
    }

    private mutating func pruned(_ root: SizedObject, _ pruning: inout TreePruning) -> Int {
        // A number reserves the length of the longest one.
        pruning.choose(limit: remaining - 2 - Digits.longest)
        put(UInt8(ascii: "["))
        var position = 0
        var isFirst = true
        write(root, depth: 1, pruning.isKept, &position, &isFirst)
        put(UInt8(ascii: "]"))
        return pruning.omitted
    }

    private mutating func referents(of root: SizedObject) {
        put(UInt8(ascii: "["))
        var position = 0
        var isFirst = true
        write(root, depth: 1, nil, &position, &isFirst)
        put(UInt8(ascii: "]"))
    }

    private mutating func write(
        _ object: SizedObject,
        depth: Int,
        _ isKept: [Bool]?,
        _ position: inout Int,
        _ isFirst: inout Bool
    ) {
        for referent in object.referents {
            if overflowed { return }
            let isWritten = isKept?[position] ?? true
            position += 1
            if isWritten {
                if !isFirst { put(UInt8(ascii: ",")) }
                isFirst = false
                row(ReferentRow(referent, level: depth))
            }
            write(referent, depth: depth + 1, isKept, &position, &isFirst)
        }
    }
}

/// Chooses the parts of an object to write within a number of bytes: the largest ones, and those that contain them.
private struct TreePruning {
    private struct Node {
        var size: Int
        var depth: Int
        var cost: Int
        var parent: Int
    }

    private var nodes: [Node] = []
    private(set) var isKept: [Bool] = []

    mutating func add(size: Int, depth: Int, cost: Int, parent: Int) -> Int {
        nodes.append(Node(size: size, depth: depth, cost: cost, parent: parent))
        return nodes.count - 1
    }

    mutating func choose(limit: Int) {
        isKept = [Bool](repeating: false, count: nodes.count)
        var left = limit
        let order = nodes.indices.sorted {
            (nodes[$1].size, nodes[$0].depth, $0) < (nodes[$0].size, nodes[$1].depth, $1)
        }
        for index in order {
            let node = nodes[index]
            guard node.parent < 0 || isKept[node.parent] else { continue }
            guard node.cost <= left else { break }
            left -= node.cost
            isKept[index] = true
        }
    }

    var omitted: Int { isKept.count { !$0 } }
}
