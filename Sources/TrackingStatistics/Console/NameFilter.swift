/// Which names are meant: those that contain a text, or match a pattern with `*` and `?` as a whole.
package struct NameFilter: Sendable {
    private let pattern: [Character]
    private let text: String?

    /// - Parameter pattern: `Node`, or `MyApp.*Connection`.
    package init(_ pattern: String) {
        self.pattern = Array(pattern)
        text = pattern.contains { $0 == "*" || $0 == "?" } ? nil : pattern
    }

    package func matches(_ name: String) -> Bool {
        if let text { return text.isEmpty || name.contains(text) }
        // Back to the latest star where the rest does not match: no more than length times length.
        let name = Array(name)
        var (index, position) = (0, 0)
        var star: (index: Int, position: Int)?
        while position < name.count {
            if index < pattern.count, pattern[index] == "*" {
                star = (index, position)
                index += 1
            } else if index < pattern.count, pattern[index] == "?" || pattern[index] == name[position] {
                index += 1
                position += 1
            } else if let latest = star {
                star = (latest.index, latest.position + 1)
                index = latest.index + 1
                position = latest.position + 1
            } else {
                return false
            }
        }
        return pattern[index...].allSatisfy { $0 == "*" }
    }
}
