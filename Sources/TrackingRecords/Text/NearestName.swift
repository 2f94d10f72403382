/// Finds the name that somebody meant who wrote another one.
package enum NearestName {
    /// Longer names are not compared: the distance takes the product of both lengths.
    private static let longest = 64

    /// Returns the candidate that differs by the fewest letters, if it is near enough to have been meant.
    ///
    /// Capitals, and which of `.`, `-` and `_` separates two words, make no difference: `file.maximumBytes` and
    /// `FILE_MAXIMUM_BYTES` are `file.maximum-bytes`. A missing first part makes none either: `floor` is `spike.floor`, if
    /// no other name ends like it.
    package static func of(_ name: String, among candidates: [String]) -> String? {
        let written = Array(folded(name))
        guard !written.isEmpty, written.count <= longest else { return nil }
        let distances = candidates.map { ($0, distance(written, Array(folded($0)))) }
        if let best = distances.min(by: { $0.1 < $1.1 }), best.1 <= max(2, written.count / 3), best.1 < written.count {
            return best.0
        }
        let endings = candidates.filter { folded($0).hasSuffix("-\(String(written))") }
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

    /// Returns how many letters have to be changed, added or removed to make one text of the other.
    ///
    /// - Parameters:
    ///   - first: One text.
    ///   - second: The other text.
    ///   - limit: The largest distance of interest.
    /// - Returns: The distance; `Int.max` where it is above the limit.
    package static func distance<Letter: Equatable>(
        _ first: [Letter],
        _ second: [Letter],
        limit: Int = .max
    ) -> Int {
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
