#if CLI
extension String {
    func leftAligned(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    func rightAligned(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }

    /// Without the blanks that padding left at the end.
    var trimmed: String {
        var rest = self[...]
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
#endif
