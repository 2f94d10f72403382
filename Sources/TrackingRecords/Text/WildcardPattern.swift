/// A pattern in which `*` stands for any letters, none included, and `?` for one; every other letter is itself.
///
/// `fnmatch` knows more (brackets), counts bytes outside of a UTF-8 locale, and takes exponential time where a pattern has
/// many stars: it must not be asked in a host, with a pattern out of a file.
package struct WildcardPattern: Sendable {
    private let letters: [Character]

    /// Makes a pattern.
    package init(_ text: String) { letters = Array(text) }

    /// Whether all of a name is as the pattern says, in no more steps than the product of their lengths.
    package func matches(_ name: String) -> Bool {
        // Back to the latest star where the rest does not match; those before it need not be tried again.
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
