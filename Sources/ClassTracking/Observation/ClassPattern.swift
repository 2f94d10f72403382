import TrackingRecords

/// A pattern for names of classes: a name with its module, in which `*` matches any letters and `?` matches one.
struct ClassPattern: Equatable {
    let text: String

    /// Indicates whether it is the name of one class, without wildcards.
    var isName: Bool { !text.contains { $0 == "*" || $0 == "?" } }

    /// Indicates whether a class matches.
    func matches(_ description: ClassDescription) -> Bool {
        let pattern = WildcardPattern(text)
        return description.spellings.contains(where: pattern.matches)
    }

    /// Returns the names that are most similar to the pattern, at most five, without those that are not similar.
    func nearest(among classes: [ClassDescription]) -> [String] {
        let wanted = Self.letters(of: text)
        guard !wanted.isEmpty, wanted.count <= 256 else { return [] }
        var found: [(distance: Int, name: String)] = []
        for name in Set(classes.map(\.name)) {
            let plain = Self.letters(of: name)
            // A name without a module is compared with the last part.
            let last = plain.lastIndex(of: UInt8(ascii: ".")).map { Array(plain[($0 + 1)...]) } ?? plain
            let limit = max(2, wanted.count / 3)
            let distance = min(
                NearestName.distance(wanted, plain, limit: limit),
                NearestName.distance(wanted, last, limit: limit),
                !wanted.contains(UInt8(ascii: ".")) && last.starts(with: wanted) ? 1 : .max
            )
            if distance <= limit { found.append((distance, name)) }
        }
        return found.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(5).map(\.name)
    }

    /// Returns the letters that are compared: without case, parentheses, wildcards, and arguments of a generic class.
    private static func letters(of name: String) -> [UInt8] {
        Array(name.prefix { $0 != "<" }.lowercased().filter { !"()*?".contains($0) }.utf8)
    }
}
