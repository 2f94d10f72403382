import TrackingRecords

/// Which names are meant: those that contain a text, or match a pattern with `*` and `?` as a whole.
package struct NameFilter: Sendable {
    private let pattern: WildcardPattern
    private let text: String?

    /// - Parameter pattern: `Node`, or `MyApp.*Connection`.
    package init(_ pattern: String) {
        self.pattern = WildcardPattern(pattern)
        text = pattern.contains { $0 == "*" || $0 == "?" } ? nil : pattern
    }

    package func matches(_ name: String) -> Bool {
        if let text { return text.isEmpty || name.contains(text) }
        return pattern.matches(name)
    }
}
