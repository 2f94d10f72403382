/// Finds the valid name that a user probably meant by an invalid one.
package enum NearestName {
    /// Longer names are not compared: the time of a comparison is the product of both lengths.
    private static let longest = 64

    /// Returns the candidate that differs by the fewest letters, if it is near enough.
    ///
    /// Case, and the separator between two words (`.`, `-` or `_`), make no difference: `file.maximumBytes` and
    /// `FILE_MAXIMUM_BYTES` match `file.maximum-bytes`. The first part may be missing: `floor` matches `spike.floor`,
    /// if no other name has the same ending.
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

    /// Returns the number of letters to change, add or remove to turn one text into the other.
    ///
    /// - Parameters:
    ///   - first: One text.
    ///   - second: The other text.
    ///   - limit: The largest distance of interest.
    /// - Returns: The distance; `Int.max` if it is above the limit.
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
