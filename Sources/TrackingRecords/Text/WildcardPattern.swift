/// A pattern in which `*` matches any number of letters and `?` matches one; every other letter matches itself.
///
/// `fnmatch` supports more (brackets), counts bytes outside a UTF-8 locale, and takes exponential time for a pattern
/// with many stars, so a host must not call it with a pattern from a file.
package struct WildcardPattern: Sendable {
    private let letters: [Character]

    /// Creates a pattern.
    package init(_ text: String) { letters = Array(text) }

    /// Indicates whether the pattern matches a whole name, in no more steps than the product of their lengths.
    package func matches(_ name: String) -> Bool {
        // On a mismatch, continues at the latest star; earlier ones need not be tried again.
        let name = Array(name)
        var (index, position) = (0, 0)
        var star: (index: Int, position: Int)?
        while position < name.count {
            if index < letters.count, letters[index] == "*" {
                star = (index, position)
                index += 1
            } else if index < letters.count, letters[index] == "?" || letters[index] == name[position] {
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
        return letters[index...].allSatisfy { $0 == "*" }
    }
}
