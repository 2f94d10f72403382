/// Finds the name that somebody meant who wrote another one.
enum NearestName {
    /// The candidate that differs by the fewest letters, if it is near enough to have been meant.
    ///
    /// Capitals, and which of `.`, `-` and `_` stands between two words, make no difference: `file.maximumBytes` and
    /// `FILE_MAXIMUM_BYTES` are `file.maximum-bytes`. Nor does a part that is missing in front: `floor` is `spike.floor`, if no
    /// other name ends like it.
    static func of(_ name: String, among candidates: [String]) -> String? {
        let written = folded(name)
        // Longer than any name there is: the distance takes the product of both lengths.
        guard !written.isEmpty, written.count <= 64 else { return nil }
        let distances = candidates.map { ($0, distance(written, folded($0))) }
        if let best = distances.min(by: { $0.1 < $1.1 }), best.1 <= max(2, written.count / 3), best.1 < written.count {
            return best.0
        }
        let endings = candidates.filter { folded($0).hasSuffix("-\(written)") }
        return endings.count == 1 ? endings[0] : nil
    }

    private static func folded(_ name: String) -> String {
        var folded = ""
        var wasLowercase = false
        for character in name {
            if character.isUppercase, wasLowercase { folded += "-" }
            wasLowercase = character.isLowercase
            folded += character == "." || character == "_" ? "-" : character.lowercased()
        }
        let prefix = "class-tracker-"
        return folded.hasPrefix(prefix) ? String(folded.dropFirst(prefix.count)) : folded
    }

    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (index, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let change = diagonal + (right[column] == character ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, row[column] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
