import TrackingRecords

/// Which classes are meant: a name with its module, in which `*` stands for any letters and `?` for one.
struct ClassPattern: Equatable {
    let text: String

    /// Whether a class is meant.
    func matches(_ description: ClassDescription) -> Bool {
        let pattern = WildcardPattern(text)
        return description.spellings.contains(where: pattern.matches)
    }

    /// The names that are most like the pattern, at most five; what is nothing like it is left out.
    func nearest(among classes: [ClassDescription]) -> [String] {
        let wanted = Self.letters(of: text)
        guard !wanted.isEmpty, wanted.count <= 256 else { return [] }
        var found: [(distance: Int, name: String)] = []
        for name in Set(classes.map(\.name)) {
            let plain = Self.letters(of: name)
            // Who leaves out the module means the last part.
            let last = plain.lastIndex(of: UInt8(ascii: ".")).map { Array(plain[($0 + 1)...]) } ?? plain
            let limit = max(2, wanted.count / 3)
            let distance = min(
                Self.distance(wanted, plain, limit: limit),
                Self.distance(wanted, last, limit: limit),
                !wanted.contains(UInt8(ascii: ".")) && last.starts(with: wanted) ? 1 : .max
            )
            if distance <= limit { found.append((distance, name)) }
        }
        return found.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(5).map(\.name)
    }

    /// What counts when names are compared: neither case, nor parentheses, wildcards or the arguments of a generic class.
    private static func letters(of name: String) -> [UInt8] {
        Array(name.prefix { $0 != "<" }.lowercased().filter { !"()*?".contains($0) }.utf8)
    }

    /// How many letters have to be changed, added or taken away; `Int.max` where that is above the limit.
    private static func distance(_ first: [UInt8], _ second: [UInt8], limit: Int) -> Int {
        guard abs(first.count - second.count) <= limit else { return .max }
        var row = Array(0...second.count)
        for (index, letter) in first.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in second.enumerated() {
                let changed = diagonal + (letter == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(changed, row[column] + 1, diagonal + 1)
            }
        }
        return row[second.count] <= limit ? row[second.count] : .max
    }
}
