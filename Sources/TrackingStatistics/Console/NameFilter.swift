import TrackingRecords

/// A filter for names: they contain a text, or match a pattern with `*` and `?` as a whole.
package struct NameFilter: Sendable {
    private let pattern: WildcardPattern
    private let text: String?

    /// Creates a filter.
    ///
    /// - Parameter pattern: A part of a name, `Node`, or a pattern, `MyApp.*Connection`.
    package init(_ pattern: String) {
        self.pattern = WildcardPattern(pattern)
        text = pattern.contains { $0 == "*" || $0 == "?" } ? nil : pattern
    }

    /// Indicates whether a name passes the filter.
    package func matches(_ name: String) -> Bool {
        if let text { return text.isEmpty || name.contains(text) }
        return pattern.matches(name)
    }
}
